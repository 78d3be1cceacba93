"""Values of facets as clients write and read them, and as engines have them: the same for searches and for saved ones."""

import re
from decimal import Decimal

from academic.entities.catalogue import ACADEMIC_SESSION
from kernel.errors import InvalidInput
from kernel.ids import parse_global_id
from kernel.languages import language_tag
from search.model import Facet
from tenants.entities import ORG_UNIT

LONGEST_VALUE = 200

# What clients call the filters, which are the facets.
FILTERS = {
    "language": Facet.LANGUAGE,
    "level": Facet.LEVEL,
    "credits": Facet.CREDITS,
    "delivery": Facet.DELIVERY,
    "institution": Facet.INSTITUTION,
    "term": Facet.TERM,
    "seats": Facet.SEATS,
    "orgUnit": Facet.ORG_UNIT,
    "country": Facet.COUNTRY,
    "region": Facet.REGION,
}
_IDS = {Facet.TERM: ACADEMIC_SESSION, Facet.ORG_UNIT: ORG_UNIT}
_CREDITS = re.compile(r"([^:\s]{1,60}):([0-9]{1,6}(?:\.[0-9]{1,2})?)", re.ASCII)
_SEATS = frozenset({"free", "full", "unlimited"})


def read_value(facet: Facet, value: object, where: str) -> str:
    """A facet's value as engines have it; raises `InvalidInput` with the path `where` for what no value can be."""
    if not isinstance(value, str) or not value:
        raise _refused(where, f"{where} has a value that is no text, or an empty one")
    if len(value) > LONGEST_VALUE:
        raise _refused(
            where, f"{where}: a value has {len(value)} characters; at most {LONGEST_VALUE} are allowed"
        )
    match facet:
        case Facet.TERM | Facet.ORG_UNIT:
            return _number(facet, value, where)
        case Facet.LANGUAGE:
            return _tag(value)
        case Facet.CREDITS:
            return _credits(value, where)
        case Facet.SEATS:
            if value.lower() not in _SEATS:
                raise _refused(where, f"{where} is FREE, FULL or UNLIMITED")
            return value.lower()
        case Facet.INSTITUTION:
            return value.lower()
        case Facet.COUNTRY | Facet.REGION:
            return value.upper()
        case _:
            return value


def written_value(facet: Facet, value: str) -> str:
    """A facet's value as clients write it."""
    if facet in _IDS:
        return f"{_IDS[facet].prefix}_{value}"
    if facet in (Facet.KIND, Facet.SEATS):
        return value.upper()
    if facet is Facet.CREDITS:
        scheme, _, hundredths = value.rpartition(":")
        return f"{scheme}:{Decimal(hundredths).scaleb(-2)}"
    return value


def read_language(value: str) -> str:
    """The language that a text is said to be in; raises `InvalidInput` for what is no language tag."""
    try:
        return language_tag(value)
    except InvalidInput as error:
        raise InvalidInput(f"language: {error.message}", path=["language"], argument="language") from None


def _number(facet: Facet, value: str, where: str) -> str:
    entity = _IDS[facet]
    try:
        found = parse_global_id(value)
    except InvalidInput as error:
        raise _refused(where, f"{where}: {error.message}") from None
    if found.prefix != entity.prefix:
        raise _refused(
            where,
            f"{where} is {value!r}, which is no id of type {entity.name}: those begin '{entity.prefix}_'",
        )
    return str(found.number)


def _tag(value: str) -> str:
    try:
        return language_tag(value)
    except InvalidInput:
        return value  # nothing has it


def _credits(value: str, where: str) -> str:
    """`ECTS:7.50` in hundredths."""
    found = _CREDITS.fullmatch(value)
    if found is None:
        raise _refused(where, f"{where} has values such as ECTS:7.50")
    return f"{found[1].upper()}:{int(Decimal(found[2]).scaleb(2))}"


def _refused(where: str, message: str) -> InvalidInput:
    return InvalidInput(message, path=[where])
