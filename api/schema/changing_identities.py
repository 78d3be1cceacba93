"""The mutations of identities: link, prove, take off, decide."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from academic.entities.people import USER
from api.schema.identities import FederationIdentity, IdentityConflict, IdentityKind
from api.schema.inputs import OPTIONAL, ChangeInput, given_or, id_of, optional_text_of, text_of
from api.schema.mutation_fields import Changed, Repeatable, mutation
from api.schema.people import User
from api.schema.runs import acts
from api.services import Services
from federation.entities.identities import FEDERATION_IDENTITY, IDENTITY_CONFLICT
from federation.identities.conflicts import Decision, resolve_identity_conflict
from federation.identities.linking import Linked, link_identity, unlink_identity
from federation.identities.model import IdentityKind as Kind
from federation.identities.model import Verification, read_identity
from federation.identities.proofs import (
    ShownControl,
    control_shown,
    open_proof,
    start_identity_link,
    verify_identity,
)
from federation.identities.rights import require_manager
from federation.local import addresses_of
from federation.protocol.addresses import Addresses
from federation.remote.failures import NotFetched
from federation.remote.instance_signer import instance_signer
from federation.remote.signing import SignerSource
from kernel.clock import system_clock
from kernel.errors import InvalidInput
from tenants.door import Door, Transaction
from tenants.model import Principal, Scope, Tenant, Unauthenticated


@strawberry.enum(description="Give the identity to the claimant, or leave it where it is.")
class IdentityDecision(Enum):
    MERGE = "merge"
    REJECT = "reject"


@strawberry.input
class LinkIdentityInput:
    user_id: strawberry.ID
    kind: IdentityKind
    value: str
    issuer: str | None = strawberry.field(default=OPTIONAL, description="Of subjects: the provider's.")
    name_identifier_type: str | None = strawberry.field(
        default=OPTIONAL, description="Of subjects: `public` or `pairwise` (OpenID), or SAML's Format."
    )
    never_reassigned: bool | None = strawberry.field(
        default=OPTIONAL, description="Of principal names: that none is ever given to a second person."
    )
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class StartIdentityLinkInput:
    actor: str = strawberry.field(
        description="An ActivityPub actor: its address, or its handle @user@domain."
    )


@strawberry.input
class VerifyIdentityInput:
    code: str = strawberry.field(description="What `startIdentityLink` gave.")


@strawberry.input
class ResolveIdentityConflictInput(ChangeInput):
    decision: IdentityDecision
    reason: str


def _link(given: LinkIdentityInput) -> Mapping[str, Any]:
    return {
        "user_id": id_of(given, USER, "user_id"),
        "identity": read_identity(
            Kind(given.kind.value),
            text_of(given, "value"),
            issuer=optional_text_of(given, "issuer"),
            name_identifier_type=optional_text_of(given, "name_identifier_type"),
        ),
        "never_reassigned": bool(given_or(given.never_reassigned)),
    }


async def _link_identity(tx: Transaction, values: Mapping[str, Any], services: Services) -> Changed:
    await require_manager(tx, values["user_id"], "link identities of others")
    linked = await link_identity(tx, services.data_keys, verified_by=Verification.ADMINISTRATOR, **values)
    return identity_changed(linked)


async def _address(
    door: Door, principal: Principal, given: StartIdentityLinkInput, services: Services, _: str
) -> str:
    """The actor's address; of a handle what its server says."""
    actor = text_of(given, "actor")
    if principal.user_id is None or "://" in actor:
        return actor
    try:
        return await services.fetcher.webfinger(actor)
    except NotFetched as error:
        raise InvalidInput(error.message, path=["input", "actor"]) from error


async def _start(tx: Transaction, address: str, services: Services, _: str) -> Changed:
    started = await start_identity_link(
        tx,
        actor=address,
        addresses=_addresses(tx.tenant, services),
        allow_http=services.fetcher.allow_http,
    )
    return Changed(
        None, {"code": started.code, "expires_at": started.expires_at, "page_url": started.page_url}
    )


async def _prove(
    door: Door, principal: Principal, given: VerifyIdentityInput, services: Services, _: str
) -> ShownControl:
    if principal.user_id is None:
        raise Unauthenticated("sign in first")
    async with door.read(principal.tenant) as driver:
        proof = await open_proof(
            driver,
            principal.tenant.id,
            user_id=principal.user_id,
            code=text_of(given, "code"),
            addresses=_addresses(principal.tenant, services),
            now=system_clock(),
        )
    return await control_shown(services.fetcher, proof, _signer(door, principal.tenant, services))


async def _verify(tx: Transaction, shown: ShownControl, services: Services, _: str) -> Changed:
    return identity_changed(await verify_identity(tx, shown))


async def _resolve(
    tx: Transaction, given: ResolveIdentityConflictInput, services: Services, _: str
) -> Changed:
    return Changed(
        await resolve_identity_conflict(
            tx,
            conflict_id=id_of(given, IDENTITY_CONFLICT),
            decision=Decision(given.decision.value),
            reason=text_of(given, "reason"),
            expected_version=given_or(given.expected_version),
        )
    )


def identity_changed(linked: Linked) -> Changed:
    """Ids are unique over all tables, so of identity and case the one is hydrated that there is."""
    return Changed(linked.object_id, {"is_in_conflict": linked.conflict_id is not None})


def _addresses(tenant: Tenant, services: Services) -> Addresses | None:
    return addresses_of(tenant, services.public_url) if tenant.domains else None


def _signer(door: Door, tenant: Tenant, services: Services) -> SignerSource | None:
    addresses = _addresses(tenant, services)
    return instance_signer(door, services.actor_keys, tenant, addresses) if addresses is not None else None


IDENTITY_LINKED: dict[str, Any] = {
    "objects": {"federation_identity": FederationIdentity, "identity_conflict": IdentityConflict},
    "extras": {
        "is_in_conflict": (
            bool,
            "Somebody else has this identity: nothing is linked, and an administrator decides.",
        )
    },
    "scope": Scope.IDENTITIES_WRITE,
}


@strawberry.type
class IdentityMutations:
    link_identity = mutation(
        "linkIdentity",
        Repeatable(_link, _link_identity),
        input=LinkIdentityInput,
        description="Says what a person is called elsewhere; for those who decide about identities.",
        **IDENTITY_LINKED,
    )
    start_identity_link = mutation(
        "startIdentityLink",
        _start,
        prepare=_address,
        input=StartIdentityLinkInput,
        objects={},
        extras={
            "code": (
                str,
                "Shown this once. Send it from the actor to somebody here in a direct message, or write it into its profile.",
            ),
            "expires_at": datetime,
            "page_url": (
                str,
                "Or link to this page from the profile, with rel=me; null: the person has none here.",
            ),
        },
        scope=Scope.IDENTITIES_WRITE,
        description="Begins to prove that the viewer controls an ActivityPub actor elsewhere.",
    )
    verify_identity = mutation(
        "verifyIdentity",
        _verify,
        prepare=_prove,
        input=VerifyIdentityInput,
        description="Asks the actor's server whether its profile points back, and links the actor to the viewer.",
        **IDENTITY_LINKED,
    )
    unlink_identity = mutation(
        "unlinkIdentity",
        acts(unlink_identity, "identity_id", FEDERATION_IDENTITY),
        input=ChangeInput,
        objects={"user": User},
        scope=Scope.IDENTITIES_WRITE,
        description="Takes an identity off its person: one's own, or anybody's for those who decide about identities.",
    )
    resolve_identity_conflict = mutation(
        "resolveIdentityConflict",
        _resolve,
        input=ResolveIdentityConflictInput,
        objects={"identity_conflict": IdentityConflict},
        scope=Scope.IDENTITIES_WRITE,
        description="Decides a case. MERGE moves the identity, and nothing else, from its holder to the claimant.",
    )
