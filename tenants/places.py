"""Where an institution is: a country, a part of it, and a point, as far as the operator says them."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite

from kernel.errors import InvalidInput

# ISO 3166-1 alpha-2, as officially assigned; XK stands for Kosovo by custom.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a list of 250 literals would be a page
)
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class InstitutionPlace:
    """Where an institution is; what is None nobody said. The names are those of the directory's columns."""

    country: str | None = None  # ISO 3166-1 alpha-2
    subdivision: str | None = None  # ISO 3166-2
    latitude: float | None = None  # degrees of WGS 84
    longitude: float | None = None

    @property
    def columns(self) -> Mapping[str, str | float | None]:
        """What is stored of it."""
        return asdict(self)


NOWHERE = InstitutionPlace()


def checked_place(given: InstitutionPlace) -> InstitutionPlace:
    """The place with its codes in capitals; raises `InvalidInput` where there is no such place."""
    country = _upper(given.country)
    if country is not None and country not in COUNTRIES:
        raise InvalidInput(
            f"{given.country!r} is no country of ISO 3166-1 alpha-2 such as DE", path=["country"]
        )
    subdivision = _upper(given.subdivision)
    if subdivision is not None:
        if not _SUBDIVISION.fullmatch(subdivision):
            raise InvalidInput(
                f"{given.subdivision!r} is no subdivision of ISO 3166-2 such as DE-HE", path=["subdivision"]
            )
        if country is None or not subdivision.startswith(country):
            raise InvalidInput(
                f"the subdivision {subdivision} is not of the country {country or '(none)'}",
                path=["subdivision"],
            )
    if (given.latitude is None) != (given.longitude is None):
        raise InvalidInput("a point has latitude and longitude, or neither", path=["latitude"])
    _require_degrees("latitude", given.latitude, 90)
    _require_degrees("longitude", given.longitude, 180)
    return InstitutionPlace(country, subdivision, given.latitude, given.longitude)


def _upper(text: str | None) -> str | None:
    return text.strip().upper() if text is not None else None


def _require_degrees(name: str, degrees: float | None, most: int) -> None:
    if degrees is not None and not (isfinite(degrees) and abs(degrees) <= most):
        raise InvalidInput(f"{name} lies between -{most} and {most}", path=[name])
