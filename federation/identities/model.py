"""The kinds of identities, and what each may look like: normalised so that two spellings of one are equal. Pure.

Where a specification says that case does not matter, it does not; where it says nothing, every character counts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from federation.protocol.origins import host_of, is_web_uri, origin_of
from kernel.errors import InvalidInput

LONGEST = 1024
LONGEST_ISSUER = 500
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
ESI_PREFIX = "urn:schac:personalUniqueCode:int:esi:"
ESI_SHOWN = ESI_PREFIX + "…"
"""How a European Student Identifier is shown to anybody who reads it."""


class IdentityKind(StrEnum):
    """What a value is."""

    OIDC_SUBJECT = "oidc_subject"
    SAML_SUBJECT = "saml_subject"
    ACTIVITYPUB_ACTOR = "activitypub_actor"
    EDUPERSON_SUBJECT_ID = "eduperson_subject_id"
    EDUPERSON_PAIRWISE_ID = "eduperson_pairwise_id"
    EDUPERSON_PRINCIPAL_NAME = "eduperson_principal_name"
    SCHAC_HOME_ORGANIZATION = "schac_home_organization"
    EUROPEAN_STUDENT_IDENTIFIER = "european_student_identifier"


class Verification(StrEnum):
    """Who vouches for an identity."""

    PROVIDER = "provider"  # the institution's own, at a sign-in
    SIGNED_ACTIVITY = "signed_activity"
    REL_ME = "rel_me"
    ADMINISTRATOR = "administrator"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity as it was read: `value` as it is kept, `key` what is compared, `scope` the domain it is given out by."""

    kind: IdentityKind
    value: str
    key: str
    issuer: str = ""
    name_identifier_type: str | None = None
    scope: str | None = None

    @property
    def is_encrypted(self) -> bool:
        """Whether it is stored encrypted and looked up by a blind index."""
        return self.kind is IdentityKind.EUROPEAN_STUDENT_IDENTIFIER

    @property
    def names_one_person(self) -> bool:
        """False of a home organization, which thousands share."""
        return self.kind is not IdentityKind.SCHAC_HOME_ORGANIZATION


def read_identity(
    kind: IdentityKind,
    value: str,
    *,
    issuer: str | None = None,
    name_identifier_type: str | None = None,
    allow_http: bool = False,
) -> Identity:
    """The identity that a value of this kind says; `InvalidInput` names the member and the rule it breaks.

    `issuer` belongs to subjects and to nothing else. `allow_http`: actors on this machine, for tests and the demo.
    """
    if len(value) > LONGEST or not value.isprintable() or not value.strip():
        raise _wrong(f"the value has 1 to {LONGEST} printable characters")
    has_issuer = kind in (IdentityKind.OIDC_SUBJECT, IdentityKind.SAML_SUBJECT)
    if has_issuer != bool(issuer):
        raise _wrong("a subject has an issuer, and nothing else has one", "issuer")
    if kind is IdentityKind.OIDC_SUBJECT:
        return _oidc_subject(value, issuer or "", name_identifier_type)
    if kind is IdentityKind.SAML_SUBJECT:
        return _saml_subject(value, issuer or "", name_identifier_type)
    if name_identifier_type is not None:
        raise _wrong("a subject has a type of its identifier, and nothing else has one", "nameIdentifierType")
    if kind is IdentityKind.ACTIVITYPUB_ACTOR:
        return read_actor_address(value, allow_http=allow_http)
    return _READERS[kind](value.strip())


def read_actor_address(value: str, *, allow_http: bool = False, member: str = "value") -> Identity:
    """An ActivityPub actor by its id (ActivityPub section 3.1): an https URI, its host in lower case.

    `member` is what a refusal blames.
    """
    if not is_web_uri(value, allow_http=allow_http):
        raise _wrong("an actor is an https address, such as https://social.example.org/users/ada", member)
    parts, origin = urlsplit(value), origin_of(value)
    normal = f"{origin}{value[len(parts.scheme) + 3 + len(parts.netloc) :] or '/'}"
    return Identity(IdentityKind.ACTIVITYPUB_ACTOR, normal, normal, scope=None)


def instance_of(actor_address: str) -> str:
    """The server of an actor: its host, with its port where it has one."""
    return host_of(actor_address)


def _oidc_subject(value: str, issuer: str, type_: str | None) -> Identity:
    """OpenID Connect Core 1.0 sections 2 (`iss`, `sub`: compared exactly, at most 255 ASCII characters) and 8."""
    parts = urlsplit(issuer)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise _wrong("an OpenID issuer is an https address without query and fragment", "issuer")
    if len(value) > 255 or not value.isascii():
        raise _wrong("an OpenID subject has at most 255 ASCII characters")
    if type_ not in (None, "public", "pairwise"):
        raise _wrong("an OpenID subject is public or pairwise", "nameIdentifierType")
    return Identity(IdentityKind.OIDC_SUBJECT, value, value, _issuer(issuer), type_)


def _saml_subject(value: str, issuer: str, type_: str | None) -> Identity:
    """SAML Core 2.0 sections 8.3.6 (issuers) and 8.3.7 (persistent identifiers: opaque, at most 256 characters)."""
    if (type_ or PERSISTENT) != PERSISTENT:
        raise _wrong(
            f"only {PERSISTENT} names the same person tomorrow; transient identifiers and addresses do not",
            "nameIdentifierType",
        )
    if len(value) > 256:
        raise _wrong("a persistent identifier has at most 256 characters")
    return Identity(IdentityKind.SAML_SUBJECT, value, value, _issuer(issuer), PERSISTENT)


def _issuer(text: str) -> str:
    if len(text) > LONGEST_ISSUER or not text.isprintable() or " " in text:
        raise _wrong(f"an issuer has at most {LONGEST_ISSUER} printable characters and no blanks", "issuer")
    return text


def _subject_identifier(kind: IdentityKind) -> Callable[[str], Identity]:
    def read(value: str) -> Identity:
        """SAML V2.0 Subject Identifier Attributes Profile 1.0, sections 3.3 and 3.4: `unique@scope`, case ignored."""
        if not _SUBJECT_ID.fullmatch(value):
            raise _wrong("expected UNIQUE@SCOPE: letters, digits, = and - before it, a domain behind it")
        normal = value.lower()
        return Identity(kind, normal, normal, scope=normal.rpartition("@")[2])

    return read


def _principal_name(value: str) -> Identity:
    """eduPersonPrincipalName (eduPerson 202208, 2.2.8): `user@scope`, case ignored, at most 256 characters."""
    user, at, scope = value.rpartition("@")
    if (
        not at
        or not user
        or "@" in user
        or " " in value
        or len(value) > 256
        or not _DOMAIN.fullmatch(scope.lower())
    ):
        raise _wrong("expected USER@SCOPE with one @ and a domain behind it")
    normal = value.casefold()
    return Identity(IdentityKind.EDUPERSON_PRINCIPAL_NAME, normal, normal, scope=scope.lower())


def _home_organization(value: str) -> Identity:
    """schacHomeOrganization (SCHAC 1.5): the domain name of the institution that somebody belongs to."""
    domain = value.lower().removesuffix(".")
    if not _DOMAIN.fullmatch(domain):
        raise _wrong("a home organization is a domain name, such as example.edu")
    return Identity(IdentityKind.SCHAC_HOME_ORGANIZATION, domain, domain, scope=domain)


def _student_identifier(value: str) -> Identity:
    """`urn:schac:personalUniqueCode:int:esi:<domain or country>:<code>` (SCHAC 1.5 personalUniqueCode, case ignored).

    It is made to be carried to other institutions, so no scope is asked for.
    """
    found = _ESI.fullmatch(value)
    if found is None or not _DOMAIN.fullmatch(found["home"].lower()):
        raise _wrong(f"expected {ESI_PREFIX}HOME:CODE, HOME a domain or the code of a country")
    return Identity(IdentityKind.EUROPEAN_STUDENT_IDENTIFIER, value, value.lower())


def _wrong(message: str, member: str = "value") -> InvalidInput:
    return InvalidInput(message, path=[member])


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.ASCII)
_SUBJECT_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9=-]{0,126}@[a-zA-Z0-9][a-zA-Z0-9.-]{0,126}", re.ASCII)
_ESI = re.compile(
    r"urn:schac:personalUniqueCode:int:esi:(?P<home>[a-z0-9.-]{2,253}):(?P<code>[\x21-\x7e]{1,200})",
    re.ASCII | re.IGNORECASE,
)
_READERS: Mapping[IdentityKind, Callable[[str], Identity]] = {
    IdentityKind.EDUPERSON_SUBJECT_ID: _subject_identifier(IdentityKind.EDUPERSON_SUBJECT_ID),
    IdentityKind.EDUPERSON_PAIRWISE_ID: _subject_identifier(IdentityKind.EDUPERSON_PAIRWISE_ID),
    IdentityKind.EDUPERSON_PRINCIPAL_NAME: _principal_name,
    IdentityKind.SCHAC_HOME_ORGANIZATION: _home_organization,
    IdentityKind.EUROPEAN_STUDENT_IDENTIFIER: _student_identifier,
}
