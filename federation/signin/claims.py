"""What a provider says of a person, read tolerantly: a name, a handle, an address, and what they are called elsewhere. Pure.

Standard claims are OpenID Connect Core 1.0 section 5.1; those of research and education have the names of the REFEDS white
paper on OpenID Connect attributes. What cannot be read is left out: only the subject is needed.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from federation.identities.model import Identity, IdentityKind, read_identity
from federation.signin.refusals import ProviderRefused
from kernel.errors import InvalidInput
from kernel.languages import language_tag
from tenants.people.model import LONGEST_DISPLAY_NAME, LONGEST_NAME, checked_email

Claims = Mapping[str, Any]

_LONGEST_HANDLE = 40  # leaves room for a number behind it
_MOST_OF_A_KIND = 5
# Claim -> what it is. A provider that proxies others may give lists.
_KINDS: Mapping[str, IdentityKind] = {
    "subject_id": IdentityKind.EDUPERSON_SUBJECT_ID,
    "subject-id": IdentityKind.EDUPERSON_SUBJECT_ID,
    "pairwise_id": IdentityKind.EDUPERSON_PAIRWISE_ID,
    "pairwise-id": IdentityKind.EDUPERSON_PAIRWISE_ID,
    "eduperson_principal_name": IdentityKind.EDUPERSON_PRINCIPAL_NAME,
    "schac_home_organization": IdentityKind.SCHAC_HOME_ORGANIZATION,
    "schac_personal_unique_code": IdentityKind.EUROPEAN_STUDENT_IDENTIFIER,
    "european_student_identifier": IdentityKind.EUROPEAN_STUDENT_IDENTIFIER,
}
KEPT = frozenset({"sub", *_KINDS})
"""The claims that are kept until a link is completed: no more than is linked."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody whom nobody here knows yet, as a new person would be called."""

    handle: str
    given_name: str
    family_name: str
    display_name: str
    email: str | None
    is_email_verified: bool
    language: str | None


def subject_of(claims: Claims, issuer: str) -> Identity:
    """The provider's subject; `ProviderRefused` where it is none."""
    try:
        return read_identity(IdentityKind.OIDC_SUBJECT, str(claims.get("sub", "")), issuer=issuer)
    except InvalidInput:
        raise ProviderRefused("the provider's ID token is refused for its sub: it names nobody") from None


def others_of(claims: Claims) -> Iterator[Identity]:
    """What else the provider says the person is called; what is malformed is passed over."""
    for claim, kind in _KINDS.items():
        for value in _texts(claims.get(claim))[:_MOST_OF_A_KIND]:
            with contextlib.suppress(InvalidInput):
                yield read_identity(kind, value)


def text_of(claims: Claims, claim: str) -> str | None:
    """The text (or the number as text) of a claim; None where it has none, or several."""
    value = claims.get(claim)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    found = _texts(value)
    return found[0] if len(found) == 1 else None


def profile_of(claims: Claims) -> Profile:
    """How a person is called who is made of these claims."""
    handle = _handle(claims)
    whole = _name(claims.get("name"), LONGEST_DISPLAY_NAME)
    first, _, last = whole.rpartition(" ") if whole else ("", "", "")
    given = _name(claims.get("given_name"), LONGEST_NAME) or first or last or handle
    family = _name(claims.get("family_name"), LONGEST_NAME) or last or handle
    return Profile(
        handle=handle,
        given_name=given[:LONGEST_NAME],
        family_name=family[:LONGEST_NAME],
        display_name=whole or f"{given} {family}"[:LONGEST_DISPLAY_NAME],
        email=_email(claims.get("email")),
        is_email_verified=claims.get("email_verified") is True,
        language=_language(claims.get("locale")),
    )


def _handle(claims: Claims) -> str:
    """Out of the preferred name or the address, in the letters that handles have."""
    for claim in ("preferred_username", "nickname", "email"):
        local = next(iter(_texts(claims.get(claim))), "").partition("@")[0]
        plain = unicodedata.normalize("NFKD", local).encode("ascii", "ignore").decode().lower()
        handle = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("._-")[:_LONGEST_HANDLE]
        if handle:
            return handle
    return "person"


def _texts(value: object) -> list[str]:
    """Those of one or more values that are texts; NUL and halves of characters, which no database holds, are not printable."""
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, str) and one and one.isprintable()]


def _name(value: object, longest: int) -> str:
    """One line of printable characters, or nothing."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text[:longest] if text.isprintable() else ""


def _email(value: object) -> str | None:
    with contextlib.suppress(InvalidInput):
        return next((checked_email(one, ["email"]) for one in _texts(value)), None)
    return None


def _language(value: object) -> str | None:
    with contextlib.suppress(InvalidInput):
        return str(language_tag(value.replace("_", "-"))) if isinstance(value, str) else None
    return None
