"""Sign-ins under way, as rows: each is begun, sent to the provider, brought back once, and completed once, in ten minutes."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, insert, select, update

from federation.signin.claims import KEPT, Claims
from federation.signin.client import Begun
from federation.signin.refusals import NoSuchSignIn
from federation.tables.signin import openid_flows
from kernel.crypto.secret_texts import digest, is_secret, new_secret, same
from tenants.data_keys import DataKeys
from tenants.door import Transaction

LIFETIME = timedelta(minutes=10)
# The page that gets a code exchanges it at once.
CODE_LIFETIME = timedelta(minutes=2)
_VERIFIER = openid_flows.c.code_verifier
_CLAIMS = openid_flows.c.claims
# What is hashed for a ticket is never what is hashed for a state: one is no use as the other.
_TICKET = "ticket "


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sign-in is for: which page gets the browser back, who links, which invitation is used.

    `challenge` is S256 of a secret that the page keeps and shows when it completes the sign-in.
    """

    return_to: str
    challenge: str | None = None
    linking_user_id: int | None = None
    invitation: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A sign-in that goes to the provider now, and the secret that this browser has to bring back with it."""

    flow_id: int
    begun: Begun
    binding: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """A sign-in that came back, for the first and only time."""

    flow_id: int
    provider_id: int
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    return_to: str
    linking_user_id: int | None
    invitation_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider said of somebody who links, and the domains that it spoke for then."""

    claims: Claims = field(repr=False)
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Completed:
    """What a code stands for: a person who is signed in, or what a person links."""

    provider_id: int
    user_id: int | None
    linking_user_id: int | None
    vouched: Vouched | None


async def send(tx: Transaction, keys: DataKeys, *, provider_id: int, wish: Wish, redirect_uri: str) -> Sent:
    """A new sign-in."""
    sent, values = await _sent(tx, keys, tx.new_id(), redirect_uri)
    row = {
        "tenant_id": tx.tenant_id,
        "id": sent.flow_id,
        "provider_id": provider_id,
        "created_at": tx.now,
        **_of_wish(wish),
        **values,
    }
    await tx.connection.execute(insert(openid_flows).values(row))
    return sent


async def new_ticket(tx: Transaction, *, provider_id: int, wish: Wish) -> str:
    """A sign-in that begins when somebody follows the link with this ticket, once."""
    ticket = new_secret()
    row = {
        "tenant_id": tx.tenant_id,
        "id": tx.new_id(),
        "provider_id": provider_id,
        "state_hash": digest(_TICKET + ticket),
        "created_at": tx.now,
        "expires_at": tx.now + LIFETIME,
        **_of_wish(wish),
    }
    await tx.connection.execute(insert(openid_flows).values(row))
    return ticket


async def send_by_ticket(
    tx: Transaction, keys: DataKeys, *, provider_id: int, ticket: str, redirect_uri: str
) -> Sent:
    """The sign-in of a ticket, which is used up; `NoSuchSignIn` where it was before, or is none."""
    query = (
        select(openid_flows.c.id)
        .where(
            openid_flows.c.state_hash == digest(_TICKET + ticket),
            openid_flows.c.provider_id == provider_id,
            _is_open(tx),
        )
        .with_for_update()
    )
    flow_id = (await tx.connection.execute(query)).scalar_one_or_none() if is_secret(ticket) else None
    if flow_id is None:
        raise NoSuchSignIn("this link was used before, or is older than ten minutes: ask for another one")
    sent, values = await _sent(tx, keys, flow_id, redirect_uri)
    await _write(tx, flow_id, values)
    return sent


async def flow_of_state(tx: Transaction, state: str) -> int | None:
    """Which sign-in a state belongs to, whatever became of it: the browser's cookie is named after it."""
    if not is_secret(state):
        return None
    query = select(openid_flows.c.id).where(
        openid_flows.c.tenant_id == tx.tenant_id, openid_flows.c.state_hash == digest(state)
    )
    found = (await tx.connection.execute(query)).scalar_one_or_none()
    return None if found is None else int(found)


async def take_back(tx: Transaction, keys: DataKeys, *, flow_id: int, binding: str | None) -> Returned:
    """The sign-in that came back, used up by that; `NoSuchSignIn` where it was before, or this is another browser."""
    query = (
        select(openid_flows)
        .where(openid_flows.c.id == flow_id, openid_flows.c.binding_hash.is_not(None), _is_open(tx))
        .with_for_update()
    )
    row = (await tx.connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NoSuchSignIn("this sign-in came back before, or took longer than ten minutes: begin again")
    if binding is None or not same(row["binding_hash"], digest(binding)):
        raise NoSuchSignIn(
            "this sign-in was begun in another browser, or its cookies are off: begin again here"
        )
    await _write(tx, flow_id, {"used_at": tx.now})
    return Returned(
        flow_id,
        row["provider_id"],
        row["nonce"],
        (await keys.decrypt(tx, _VERIFIER, row["code_verifier"])).decode(),
        row["return_to"],
        row["linking_user_id"],
        row["invitation_hash"],
    )


async def keep_person(tx: Transaction, *, flow_id: int, user_id: int) -> str:
    """The one-time code for a session of this person."""
    return await _with_code(tx, flow_id, {"signed_in_user_id": user_id})


async def keep_vouched(tx: Transaction, keys: DataKeys, *, flow_id: int, vouched: Vouched) -> str:
    """The one-time code for linking what the provider said."""
    claims = {name: value for name, value in vouched.claims.items() if name in KEPT}
    kept = orjson.dumps({"claims": claims, "scopes": sorted(vouched.scopes)})
    return await _with_code(tx, flow_id, {"claims": await keys.encrypt(tx, _CLAIMS, kept)})


async def take_code(
    tx: Transaction, keys: DataKeys, *, code: str, challenge: str | None, linking: bool
) -> Completed:
    """What a one-time code stands for, used up by that.

    `challenge` is made of the verifier that was shown with the code, None where none was. `NoSuchSignIn` where the code is
    none, was used, is too old, is for the other purpose (`linking`), or came without its verifier.
    """
    purpose = openid_flows.c.linking_user_id
    query = (
        select(openid_flows)
        .where(
            openid_flows.c.tenant_id == tx.tenant_id,
            openid_flows.c.completion_hash == digest(code),
            openid_flows.c.completed_at.is_(None),
            openid_flows.c.expires_at > tx.now,
            purpose.is_not(None) if linking else purpose.is_(None),
        )
        .with_for_update()
    )
    row = (await tx.connection.execute(query)).mappings().one_or_none() if is_secret(code) else None
    if row is None:
        raise NoSuchSignIn("this code was used before, is too old, or is for something else: begin again")
    if not same(row["completion_challenge"] or "", challenge or ""):
        raise NoSuchSignIn("this code belongs to a page that has its verifier: begin again")
    await _write(tx, row["id"], {"completed_at": tx.now})
    vouched = await _vouched(tx, keys, row["claims"])
    return Completed(row["provider_id"], row["signed_in_user_id"], row["linking_user_id"], vouched)


async def _vouched(tx: Transaction, keys: DataKeys, stored: bytes | None) -> Vouched | None:
    if stored is None:
        return None
    kept = orjson.loads(await keys.decrypt(tx, _CLAIMS, stored))
    return Vouched(kept["claims"], frozenset(kept["scopes"]))


async def _sent(
    tx: Transaction, keys: DataKeys, flow_id: int, redirect_uri: str
) -> tuple[Sent, dict[str, Any]]:
    """New secrets, and what is kept of them."""
    begun = Begun(redirect_uri, new_secret(), new_secret(), new_secret() + new_secret())
    binding = new_secret()
    values = {
        "state_hash": digest(begun.state),
        "binding_hash": digest(binding),
        "nonce": begun.nonce,
        "code_verifier": await keys.encrypt(tx, _VERIFIER, begun.code_verifier),
        "expires_at": tx.now + LIFETIME,
    }
    return Sent(flow_id, begun, binding), values


def _of_wish(wish: Wish) -> dict[str, Any]:
    values = {
        "return_to": wish.return_to,
        "completion_challenge": wish.challenge,
        "linking_user_id": wish.linking_user_id,
        "invitation_hash": digest(wish.invitation) if wish.invitation is not None else None,
    }
    return {name: value for name, value in values.items() if value is not None}


async def _with_code(tx: Transaction, flow_id: int, values: dict[str, Any]) -> str:
    code = new_secret()
    await _write(
        tx, flow_id, {**values, "completion_hash": digest(code), "expires_at": tx.now + CODE_LIFETIME}
    )
    return code


def _is_open(tx: Transaction) -> ColumnElement[bool]:
    return (
        (openid_flows.c.tenant_id == tx.tenant_id)
        & openid_flows.c.used_at.is_(None)
        & (openid_flows.c.expires_at > tx.now)
    )


async def _write(tx: Transaction, flow_id: int, values: dict[str, Any]) -> None:
    await tx.connection.execute(
        update(openid_flows)
        .where(openid_flows.c.tenant_id == tx.tenant_id, openid_flows.c.id == flow_id)
        .values(values)
    )
