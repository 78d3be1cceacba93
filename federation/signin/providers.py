"""The OpenID providers of an institution: registering, changing and removing them. Their secrets go in and never come out."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select

from federation.identities.model import LONGEST_ISSUER
from federation.protocol.origins import is_web_uri
from federation.signin.client import Client
from federation.signin.refusals import UnableToSignIn
from federation.tables.signin import PROVISIONINGS, openid_providers
from kernel.errors import InvalidInput
from kernel.unset import UNSET, Unset
from tenants.authority import require
from tenants.changing import locked, taken_values, write_changes
from tenants.data_keys import DataKeys
from tenants.door import Transaction
from tenants.model import NotFound, Permission, Tenant
from tenants.people.model import line

LONGEST_NAME = 100
MOST_SCOPES = 50
DEFAULT_SCOPES = ("openid", "profile", "email")
EXTERNAL_ID = "external_id"
_SECRET = openid_providers.c.client_secret
_PRINTABLE = re.compile(r"[\x21-\x7e]+", re.ASCII)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}", re.ASCII)  # RFC 6749 section 3.3
_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,63}", re.ASCII)
_TAKEN = {
    "openid_providers_tenant_id_issuer_client_id_key": (
        "this client of this issuer is registered already",
        ["input", "clientId"],
    )
}

# Whose domain it is: the id of an institution, None where it is nobody's.
OwnerOf = Callable[[str], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Matching:
    """Which claim is compared with which type of external id."""

    claim: str
    type: str


@dataclass(frozen=True, slots=True)
class NewProvider:
    """A provider; `asserted_scopes` are those that it may give out scoped ids in, beside the institution's domains."""

    name: str
    issuer: str
    client_id: str
    provisioning: str
    client_secret: str | None = field(default=None, repr=False)
    requested_scopes: Sequence[str] = DEFAULT_SCOPES
    matching: Matching | None = None
    asserted_scopes: Sequence[str] = ()
    never_reassigns: bool = False
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class ProviderChanges:
    """What becomes different. The issuer stays: another one is another provider, with subjects of its own."""

    name: str | Unset = UNSET
    client_id: str | Unset = UNSET
    client_secret: str | Unset | None = field(default=UNSET, repr=False)
    requested_scopes: Sequence[str] | Unset = UNSET
    provisioning: str | Unset = UNSET
    matching: Matching | Unset | None = UNSET
    asserted_scopes: Sequence[str] | Unset = UNSET
    never_reassigns: bool | Unset = UNSET
    is_enabled: bool | Unset = UNSET


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as a sign-in needs it."""

    id: int
    client: Client
    provisioning: str
    matching: Matching | None
    asserted_scopes: frozenset[str]
    never_reassigns: bool


async def create_provider(tx: Transaction, keys: DataKeys, *, provider: NewProvider) -> int:
    """Registers a provider. Whoever may do that decides who can sign in as anybody, so only an administrator may."""
    require(tx, Permission.MANAGE_SIGN_IN, "register providers")
    values = {
        "name": _name(provider.name),
        "issuer": checked_issuer(provider.issuer),
        "client_id": _printable(provider.client_id, "clientId"),
        "requested_scopes": _requested(provider.requested_scopes),
        "provisioning": _provisioning(provider.provisioning),
        "asserted_scopes": asserted(provider.asserted_scopes),
        "never_reassigns": provider.never_reassigns,
        "is_enabled": provider.is_enabled,
        **_given_matching(provider.provisioning, provider.matching),
    }
    if provider.client_secret is not None:
        values["client_secret"] = await _encrypted(tx, keys, provider.client_secret)
    provider_id = tx.new_id()
    with taken_values(_TAKEN):
        await tx.connection.execute(
            insert(openid_providers).values(
                tenant_id=tx.tenant_id, id=provider_id, created_at=tx.now, updated_at=tx.now, **values
            )
        )
    await tx.announce("openid_provider.created", "openid_provider", provider_id)
    return provider_id


async def update_provider(
    tx: Transaction,
    keys: DataKeys,
    *,
    provider_id: int,
    changes: ProviderChanges,
    expected_version: int | None = None,
) -> int:
    """Changes a provider. Without `is_enabled` nobody comes in by it, and what it asserted counts no more."""
    require(tx, Permission.MANAGE_SIGN_IN, "change providers")
    row = await locked(tx, openid_providers, provider_id, what="provider", expected_version=expected_version)
    values: dict[str, Any] = {
        "name": _given(changes.name, _name),
        "client_id": _given(changes.client_id, lambda value: _printable(value, "clientId")),
        "requested_scopes": _given(changes.requested_scopes, _requested),
        "asserted_scopes": _given(changes.asserted_scopes, asserted),
        "never_reassigns": changes.never_reassigns,
        "is_enabled": changes.is_enabled,
    }
    if not isinstance(changes.client_secret, Unset):
        secret = changes.client_secret
        values["client_secret"] = None if secret is None else await _encrypted(tx, keys, secret)
    if not (isinstance(changes.provisioning, Unset) and isinstance(changes.matching, Unset)):
        values |= _rule(row["provisioning"], _matching(row["matching"]), changes)
    with taken_values(_TAKEN):
        if await write_changes(tx, openid_providers, row, values):
            await tx.announce("openid_provider.updated", "openid_provider", provider_id)
    return provider_id


async def remove_provider(tx: Transaction, *, provider_id: int, expected_version: int | None = None) -> int:
    """Removes a provider: sign-ins under way end. Subjects that are linked stay, and count no more."""
    require(tx, Permission.MANAGE_SIGN_IN, "remove providers")
    await locked(tx, openid_providers, provider_id, what="provider", expected_version=expected_version)
    await tx.connection.execute(
        delete(openid_providers).where(
            openid_providers.c.tenant_id == tx.tenant_id, openid_providers.c.id == provider_id
        )
    )
    await tx.announce("openid_provider.removed", "openid_provider", provider_id)
    return provider_id


async def enabled_provider(tx: Transaction, keys: DataKeys, provider_id: int) -> Provider:
    """The provider with its secret; `NotFound` where nobody signs in by it."""
    query = select(openid_providers).where(
        openid_providers.c.tenant_id == tx.tenant_id,
        openid_providers.c.id == provider_id,
        openid_providers.c.is_enabled,
    )
    row = (await tx.connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound("there is no such provider to sign in by", path=["providerId"])
    stored = row["client_secret"]
    secret = None if stored is None else (await keys.decrypt(tx, _SECRET, stored)).decode()
    return Provider(
        row["id"],
        Client(row["issuer"], row["client_id"], secret, tuple(row["requested_scopes"])),
        row["provisioning"],
        _matching(row["matching"]),
        frozenset(row["asserted_scopes"]),
        row["never_reassigns"],
    )


async def only_provider(tx: Transaction) -> int:
    """The one provider that an institution has; `InvalidInput` where one must be named."""
    query = select(openid_providers.c.id).where(
        openid_providers.c.tenant_id == tx.tenant_id, openid_providers.c.is_enabled
    )
    found = (await tx.connection.execute(query.limit(2))).scalars().all()
    if not found:
        raise UnableToSignIn("this institution has no provider to sign in by")
    if len(found) > 1:
        raise InvalidInput("this institution has several providers: say which", path=["providerId"])
    return int(found[0])


async def require_not_of_others(scopes: Sequence[str], tenant: Tenant, owner_of: OwnerOf) -> None:
    """Raises `InvalidInput` for a scope that is the domain of another institution of this platform."""
    for place, scope in enumerate(scopes):
        owner = await owner_of(scope)
        if owner is not None and owner != tenant.id:
            raise InvalidInput(
                f"{scope[:253]} is a domain of another institution", path=["assertedScopes", place]
            )


def checked_issuer(text: str) -> str:
    """An issuer as it stands in tokens, character for character (Discovery section 3)."""
    # http for providers on this machine: the HTTP client refuses to ask any other.
    if len(text) > LONGEST_ISSUER or "?" in text or "#" in text or not is_web_uri(text, allow_http=True):
        raise InvalidInput("an issuer is an https address without query and fragment", path=["issuer"])
    return text


def asserted(scopes: Sequence[str]) -> list[str]:
    """Domains, each once, in lower case."""
    found = list(dict.fromkeys(scope.strip().lower() for scope in scopes))
    if len(found) > MOST_SCOPES or not all(_DOMAIN.fullmatch(scope) for scope in found):
        raise InvalidInput(
            f"at most {MOST_SCOPES} scopes are given, each a domain such as example.edu",
            path=["assertedScopes"],
        )
    return found


def _rule(provisioning: str, matching: Matching | None, changes: ProviderChanges) -> dict[str, Any]:
    """The rule after a change; another rule than the one by external ids forgets what that compared."""
    rule = provisioning if isinstance(changes.provisioning, Unset) else _provisioning(changes.provisioning)
    if not isinstance(changes.matching, Unset):
        matching = changes.matching
    elif rule != EXTERNAL_ID:
        matching = None
    return {"provisioning": rule, "matching": None, **_given_matching(rule, matching)}


def _given_matching(provisioning: str, matching: Matching | None) -> dict[str, Any]:
    if (provisioning == EXTERNAL_ID) != (matching is not None):
        raise InvalidInput(
            "people are matched by a claim and a type of external id where the rule is EXTERNAL_ID, else by nothing",
            path=["matching"],
        )
    if matching is None:
        return {}
    claim = line(matching.claim, ["matching", "claim"], longest=100, what="a claim")
    type_ = line(matching.type, ["matching", "type"], longest=64, what="a type")
    return {"matching": {"claim": claim, "type": type_}}


def _matching(stored: dict[str, str] | None) -> Matching | None:
    return None if stored is None else Matching(stored["claim"], stored["type"])


async def _encrypted(tx: Transaction, keys: DataKeys, secret: str) -> bytes:
    return await keys.encrypt(tx, _SECRET, _printable(secret, "clientSecret"))


def _requested(scopes: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(scopes))
    if "openid" not in found or len(found) > MOST_SCOPES or not all(map(_SCOPE.fullmatch, found)):
        raise InvalidInput(
            f"at most {MOST_SCOPES} scopes are asked for, among them openid", path=["requestedScopes"]
        )
    return found


def _provisioning(value: str) -> str:
    assert value in PROVISIONINGS, value  # the edge has an enum
    return value


def _name(value: str) -> str:
    return line(value, ["input", "name"], longest=LONGEST_NAME, what="a provider's name")


def _printable(value: str, member: str) -> str:
    if len(value) > 1000 or not _PRINTABLE.fullmatch(value):
        raise InvalidInput("this has 1 to 1000 printable ASCII characters and no blanks", path=[member])
    return value


def _given(value: Any, check: Callable[[Any], Any]) -> Any:
    return UNSET if isinstance(value, Unset) else check(value)
