"""Who somebody is whom a provider let in: by its subject, else by the institution's rule; never by a guess.

Whoever is claimed by two is a case for an administrator, which stays though nobody is signed in.
"""

import contextlib
from dataclasses import dataclass

from sqlalchemy import select

from federation.identities.conflicts import open_conflict
from federation.identities.finding import Held, holder_of
from federation.identities.linking import link_identity, used_identity
from federation.identities.model import Identity, IdentityKind, Verification
from federation.signin.claims import Claims, others_of, profile_of, subject_of, text_of
from federation.signin.invitations import use_invitation
from federation.signin.newcomers import create_newcomer
from federation.signin.providers import EXTERNAL_ID, Provider
from federation.signin.refusals import UnableToSignIn
from federation.tables.identities import federation_identities
from kernel.errors import InvalidInput
from tenants.changing import alone
from tenants.data_keys import DataKeys
from tenants.door import Transaction
from tenants.signin.providers import EXTERNAL_ID_TYPE
from tenants.tables import user_external_ids, users

_CLASH = (
    "somebody here has what the provider says of you: an administrator decides, until then sign in as before"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a provider says of somebody, and in which scopes it may."""

    provider: Provider
    claims: Claims
    scopes: frozenset[str]
    invitation_hash: str | None = None

    @property
    def subject(self) -> Identity:
        """Who it is to the provider."""
        return subject_of(self.claims, self.provider.client.issuer)

    @property
    def others(self) -> list[Identity]:
        """What else they are called, as far as this provider may say so."""
        found = {(one.kind, one.key): one for one in others_of(self.claims) if self._may_say(one)}
        return list(found.values())

    def _may_say(self, one: Identity) -> bool:
        reassigned = one.kind is IdentityKind.EDUPERSON_PRINCIPAL_NAME and not self.provider.never_reassigns
        return (one.scope is None or one.scope in self.scopes) and not reassigned


@dataclass(frozen=True, slots=True)
class Recognised:
    """A person; or nobody and why, in a transaction that is to be kept: a case may have been opened in it."""

    user_id: int | None
    refusal: UnableToSignIn | None = None


async def recognise(tx: Transaction, keys: DataKeys, shown: Shown) -> Recognised:
    """The person, made or linked by the rule where the rule says so. Raises `UnableToSignIn` with nothing to be kept."""
    subject = shown.subject
    await alone(tx, f"sign-in {subject.issuer} {subject.key}")
    held = await holder_of(tx, keys, subject)
    if held is None:
        found = await _first_time(tx, keys, shown, subject)
    elif shown.invitation_hash is not None:
        found = await _invited(tx, keys, shown.invitation_hash, subject)
    else:
        await used_identity(tx, identity_id=held.identity_id)
        found = Recognised(held.user_id)
    if found.user_id is not None:
        await _require_active(tx, found.user_id)
        await link_others(tx, keys, user_id=found.user_id, shown=shown)
    return found


async def link_others(tx: Transaction, keys: DataKeys, *, user_id: int, shown: Shown) -> None:
    """Links what else the provider says the person is called; a clash becomes a case, and what is refused is left out."""
    for identity in shown.others:
        held = await holder_of(tx, keys, identity)
        if held is not None and held.user_id == user_id:
            await used_identity(tx, identity_id=held.identity_id)
            continue
        with contextlib.suppress(InvalidInput):
            await _link(tx, keys, user_id, identity)


async def _first_time(tx: Transaction, keys: DataKeys, shown: Shown, subject: Identity) -> Recognised:
    """Nobody here has this subject yet."""
    if shown.invitation_hash is not None:
        return await _invited(tx, keys, shown.invitation_hash, subject)
    registered = await _by_external_id(tx, EXTERNAL_ID_TYPE, f"{subject.issuer} {subject.value}")
    if registered is not None:
        return await _linked(tx, keys, registered, subject)
    if shown.provider.provisioning == EXTERNAL_ID:
        return await _matched(tx, keys, shown, subject)
    if shown.provider.provisioning == "invitation":
        raise UnableToSignIn("who signs in here for the first time needs an invitation")
    return await _made(tx, keys, shown, subject)


async def _invited(tx: Transaction, keys: DataKeys, invitation_hash: str, subject: Identity) -> Recognised:
    return await _linked(tx, keys, await use_invitation(tx, invitation_hash), subject)


async def _matched(tx: Transaction, keys: DataKeys, shown: Shown, subject: Identity) -> Recognised:
    """By an id that the institution gave, in a claim that its provider vouches for."""
    matching = shown.provider.matching
    assert matching is not None, "the database has a check"
    value = text_of(shown.claims, matching.claim)
    if value is None:
        raise UnableToSignIn(f"the provider does not say {matching.claim}, by which people are found here")
    user_id = await _by_external_id(tx, matching.type, value)
    if user_id is None:
        raise UnableToSignIn(f"nobody here has the {matching.type} that the provider says")
    known = await _other_subject(tx, user_id, subject)
    if known is not None:
        return await _clash(tx, known, IdentityKind.OIDC_SUBJECT, shown)
    return await _linked(tx, keys, user_id, subject)


async def _made(tx: Transaction, keys: DataKeys, shown: Shown, subject: Identity) -> Recognised:
    """A person who is not here yet; refused where what is said of them says that they are."""
    for identity in shown.others:
        held = await holder_of(tx, keys, identity)
        if held is not None:
            return await _clash(tx, held, identity.kind, shown)
    user_id = await create_newcomer(tx, profile_of(shown.claims))
    return await _linked(tx, keys, user_id, subject)


async def _linked(tx: Transaction, keys: DataKeys, user_id: int, subject: Identity) -> Recognised:
    linked = await _link(tx, keys, user_id, subject)
    return Recognised(user_id) if linked else Recognised(None, UnableToSignIn(_CLASH))


async def _link(tx: Transaction, keys: DataKeys, user_id: int, identity: Identity) -> bool:
    """False where another person has it: then a case was opened."""
    linked = await link_identity(
        tx,
        keys,
        user_id=user_id,
        identity=identity,
        verified_by=Verification.PROVIDER,
        never_reassigned=True,  # asked before: see `Shown.others`
    )
    return linked.conflict_id is None


async def _clash(tx: Transaction, held: Held, kind: IdentityKind, shown: Shown) -> Recognised:
    name = profile_of(shown.claims).display_name
    await open_conflict(tx, held, kind, claimant_id=None, claim=name)
    return Recognised(None, UnableToSignIn(_CLASH))


async def _by_external_id(tx: Transaction, type_: str, value: str) -> int | None:
    query = select(user_external_ids.c.user_id).where(
        user_external_ids.c.tenant_id == tx.tenant_id,
        user_external_ids.c.type == type_,
        user_external_ids.c.value == value,
    )
    found = (await tx.connection.execute(query)).scalar_one_or_none()
    return None if found is None else int(found)


async def _other_subject(tx: Transaction, user_id: int, subject: Identity) -> Held | None:
    """Another subject of the same issuer that the person has, its row locked."""
    identities = federation_identities.c
    query = (
        select(identities.id)
        .where(
            identities.tenant_id == tx.tenant_id,
            identities.user_id == user_id,
            identities.kind == subject.kind.value,
            identities.issuer == subject.issuer,
        )
        .limit(1)
        .with_for_update()
    )
    found = (await tx.connection.execute(query)).scalar_one_or_none()
    return None if found is None else Held(found, user_id)


async def _require_active(tx: Transaction, user_id: int) -> None:
    query = select(users.c.status).where(users.c.tenant_id == tx.tenant_id, users.c.id == user_id)
    if (await tx.connection.execute(query)).scalar_one() != "active":
        raise UnableToSignIn("this person is not let in: ask the institution")
