"""Proving who controls a remote actor: a code that comes back signed by it, or its profile that points back here.

`start_identity_link` makes a code. Then either the actor sends it to anybody here in an activity (`answered`, called where
what arrives is worked on), or its profile links to the person's page here, or shows the code (`open_proof` and
`control_shown` outside of a transaction, then `verify_identity`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import asyncpg
from sqlalchemy import Select, bindparam, delete, func, insert, select

from federation.identities.linking import Linked, link_identity
from federation.identities.model import Verification, read_actor_address
from federation.identities.pages import actor_points_back, normal_page, page_points_back
from federation.protocol.addresses import Addresses
from federation.protocol.origins import is_web_uri, same_origin
from federation.remote.failures import NotFetched
from federation.remote.fetcher import Fetcher
from federation.remote.signing import SignerSource
from federation.tables.actors import actors
from federation.tables.identities import identity_proofs
from kernel.crypto.secret_texts import SECRET_PATTERN, digest, new_secret
from kernel.database.compiled import Compiled
from kernel.errors import ErrorCode, InvalidInput
from tenants.door import Transaction
from tenants.model import NotFound, TenantId, Unauthenticated

LIFETIME = timedelta(hours=24)
MOST_OPEN = 5
_PREFIX = "ffid_"
_CODE = re.compile(_PREFIX + SECRET_PATTERN, re.ASCII)
_MOST_CODES = 5  # looked up of one activity
_MOST_BYTES = 512 * 1024


class NotShown(InvalidInput):
    """The actor's server could not be asked, or nothing there points back here."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class Started:
    """A proof that was begun: its code, shown this once, and the person's page here, where they have one."""

    proof_id: int
    code: str
    expires_at: datetime
    page_url: str | None


@dataclass(frozen=True, slots=True)
class OpenProof:
    """A proof under way: whose, of which actor, and which pages here count as the person's."""

    id: int
    user_id: int
    actor_address: str
    code: str
    pages: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShownControl:
    """That the actor's profile points back; `public_key` is what it signs with, where it says."""

    proof: OpenProof
    public_key: str | None


async def start_identity_link(
    tx: Transaction, *, actor: str, addresses: Addresses | None, allow_http: bool = False
) -> Started:
    """Begins to prove that the caller controls a remote actor. Good for 24 hours; at most five at once.

    `addresses` are the institution's; None where it has no domain. Beginning again for the same actor ends what was begun.
    """
    user_id = _person(tx)
    address = read_actor_address(actor, allow_http=allow_http, member="actor").value
    if addresses is not None and addresses.of(address) is not None:
        raise InvalidInput("this actor belongs to this institution already", path=["actor"])
    own = (identity_proofs.c.tenant_id == tx.tenant_id) & (identity_proofs.c.user_id == user_id)
    over = (identity_proofs.c.expires_at <= tx.now) | (identity_proofs.c.actor_address == address)
    await tx.connection.execute(delete(identity_proofs).where(own, over))
    count = select(func.count()).select_from(identity_proofs).where(own)
    if (await tx.connection.execute(count)).scalar_one() >= MOST_OPEN:
        raise InvalidInput(f"at most {MOST_OPEN} proofs are open at once: end one, or wait", path=["actor"])
    started = Started(tx.new_id(), _PREFIX + new_secret(), tx.now + LIFETIME, None)
    await tx.connection.execute(
        insert(identity_proofs).values(
            tenant_id=tx.tenant_id,
            id=started.proof_id,
            user_id=user_id,
            actor_address=address,
            code_hash=digest(started.code),
            created_at=tx.now,
            expires_at=started.expires_at,
        )
    )
    own_actor = await _ACTOR.row(tx.driver, tenant=tx.tenant_id, person=user_id)
    if addresses is None or own_actor is None:
        return started
    page = addresses.profile(own_actor["preferred_username"])
    return Started(started.proof_id, started.code, started.expires_at, page)


async def open_proof(
    driver: "asyncpg.Connection[Any]",
    tenant_id: TenantId,
    *,
    user_id: int,
    code: str,
    addresses: Addresses | None,
    now: datetime,
) -> OpenProof:
    """The person's proof of this code, read outside of the mutation's transaction; `NotFound` where there is none."""
    row = await _PROOF.row(driver, tenant=tenant_id, person=user_id, code=digest(code), now=now)
    if row is None:
        raise NotFound(
            "there is no such proof under way: begin one with startIdentityLink", path=["input", "code"]
        )
    own_actor = await _ACTOR.row(driver, tenant=tenant_id, person=user_id)
    pages = (
        frozenset(_pages(addresses, own_actor))
        if addresses is not None and own_actor is not None
        else frozenset()
    )
    return OpenProof(row["id"], user_id, row["actor_address"], code, pages)


async def control_shown(fetcher: Fetcher, proof: OpenProof, signer: SignerSource | None) -> ShownControl:
    """Asks the actor's server whether its profile points back; raises `NotShown` with what was missing.

    `signer` is for servers that answer nobody they do not know.
    """
    try:
        actor = await fetcher.actor(proof.actor_address, signer)
        public_key = actor.keys[0].value if actor.keys else None
        if actor_points_back(actor, proof.pages, proof.code):
            return ShownControl(proof, public_key)
        if actor.url is not None and proof.pages and same_origin(actor.url, actor.id):
            page = await fetcher.documents.text(actor.url, accept="text/html", most_bytes=_MOST_BYTES)
            if page_points_back(page.decode(errors="replace"), proof.pages):
                return ShownControl(proof, public_key)
    except NotFetched as error:
        raise NotShown(
            f"the actor's profile could not be read: {error.message}",
            path=["input", "code"],
            reason=error.why.value,
        ) from error
    raise NotShown(
        "the actor's profile does not point back here: link to your page from it, or write the code into it",
        path=["input", "code"],
        reason="not_shown",
    )


async def verify_identity(tx: Transaction, shown: ShownControl) -> Linked:
    """Links the actor whose profile pointed back; the proof is used up."""
    this = (identity_proofs.c.tenant_id == tx.tenant_id) & (identity_proofs.c.id == shown.proof.id)
    gone = await tx.connection.execute(
        delete(identity_proofs).where(this, identity_proofs.c.expires_at > tx.now)
    )
    if gone.rowcount != 1:
        raise NotFound("this proof is over: begin another with startIdentityLink", path=["input", "code"])
    return await _link(
        tx, shown.proof.user_id, shown.proof.actor_address, Verification.REL_ME, shown.public_key
    )


async def answered(
    tx: Transaction, actor_uri: str, text: str, *, public_key: str | None = None
) -> tuple[Linked, ...]:
    """Links the actor that answers a proof: `text` is of an activity that it signed, with a code in it.

    Empty where there is no code that was made for this very actor. Call it for every text that comes in: without a code
    it asks no database.
    """
    codes = [digest(found[0]) for found in islice(_CODE.finditer(text), _MOST_CODES)]
    if not codes or not is_web_uri(actor_uri, allow_http=True):
        return ()
    address = read_actor_address(actor_uri, allow_http=True).value
    proofs = (
        delete(identity_proofs)
        .where(
            identity_proofs.c.tenant_id == tx.tenant_id,
            identity_proofs.c.code_hash.in_(codes),
            identity_proofs.c.actor_address == address,
            identity_proofs.c.expires_at > tx.now,
        )
        .returning(identity_proofs.c.user_id)
    )
    people = sorted((await tx.connection.execute(proofs)).scalars())
    return tuple([await _link(tx, one, address, Verification.SIGNED_ACTIVITY, public_key) for one in people])


async def _link(
    tx: Transaction, user_id: int, address: str, verified_by: Verification, public_key: str | None
) -> Linked:
    identity = read_actor_address(address, allow_http=True)
    return await link_identity(
        tx, None, user_id=user_id, identity=identity, verified_by=verified_by, actor_public_key=public_key
    )


def _person(tx: Transaction) -> int:
    if tx.principal.user_id is None:
        raise Unauthenticated("sign in first")
    return tx.principal.user_id


def _pages(addresses: Addresses, actor: Any) -> Iterator[str]:
    """The person's page and actor under every domain, as `normal_page` writes them."""
    for domain in (addresses.domain, *sorted(addresses.also)):
        under = Addresses(addresses.scheme, domain)
        for page in (under.profile(actor["preferred_username"]), under.actor(actor["id"])):
            normal = normal_page(page)
            if normal is not None:
                yield normal


_FIND_ACTOR: Select[Any] = select(actors.c.id, actors.c.preferred_username).where(
    actors.c.tenant_id == bindparam("tenant"), actors.c.user_id == bindparam("person"), actors.c.is_local
)
_ACTOR = Compiled(_FIND_ACTOR)
_FIND_PROOF: Select[Any] = select(identity_proofs.c.id, identity_proofs.c.actor_address).where(
    identity_proofs.c.tenant_id == bindparam("tenant"),
    identity_proofs.c.user_id == bindparam("person"),
    identity_proofs.c.code_hash == bindparam("code"),
    identity_proofs.c.expires_at > bindparam("now"),
)
_PROOF = Compiled(_FIND_PROOF)
