"""Signing in and out, and personal access tokens.

A refresh token is good for one use. A second use, also one that races the first, ends the session for both: one of them
is a thief's and nobody can tell which. A client that lost the answer to its refresh signs in again; there is no grace,
because a grace is the thief's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import insert, select, update

from kernel.crypto.secret_texts import same
from kernel.errors import InvalidInput
from tenants.authority import held_roles, require, require_not_above
from tenants.door import Transaction
from tenants.model import Forbidden, NotFound, Permission, Scope, Unauthenticated
from tenants.people.model import line
from tenants.signin.passwords import CheckedPassword
from tenants.signin.refusals import refused_password, refused_token
from tenants.signin.revocations import RevocationKind, Revocations, revoke_after_commit
from tenants.signin.services import SignInServices
from tenants.signin.sessions import (
    add_refresh_token,
    end_session,
    kept_refresh_token,
    open_session,
    use_refresh_token,
)
from tenants.signin.tokens import TokenKind, new_token, parse_token
from tenants.tables import credentials, personal_access_tokens, users

LONGEST_TOKEN_LIFETIME = timedelta(days=366)
LONGEST_TOKEN_NAME = 100


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that began or went on: fifteen minutes of access, and the token for the next ones."""

    user_id: int
    session_id: int
    access_token: str
    refresh_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewToken:
    """A personal access token; the secret is shown this once."""

    id: int
    secret: str


async def sign_in(tx: Transaction, services: SignInServices, checked: CheckedPassword) -> SignedIn:
    """A session for whoever knew the password (`tenants.signin.passwords`), if it is theirs still."""
    if not await _still_so(tx, checked):
        raise refused_password()
    if checked.new_hash is not None:
        await _keep_hash(tx, checked.user_id, checked.new_hash)
    session_id, refresh_token = await open_session(tx, user_id=checked.user_id)
    return await _signed_in(
        tx, services, checked.user_id, session_id, refresh_token, checked.position, checked.language
    )


async def begin_session(
    tx: Transaction, services: SignInServices, *, user_id: int, position: int
) -> SignedIn:
    """A session for somebody whom another than us has recognised, if they are active.

    `position` is where the revocations stood before anything was read (`Revocations.position`).
    """
    language = await _active_language(tx, user_id)
    session_id, refresh_token = await open_session(tx, user_id=user_id)
    return await _signed_in(tx, services, user_id, session_id, refresh_token, position, language)


async def refresh(
    tx: Transaction, services: SignInServices, *, refresh_token: str, address: str | None
) -> SignedIn:
    """The next fifteen minutes of a session, and its next refresh token."""
    token = parse_token(refresh_token)
    if token is None or token.kind is not TokenKind.REFRESH or token.tenant_slug != tx.tenant.slug:
        raise refused_token()
    attempt = await services.limits.take(tenant_id=tx.tenant_id, address=address, name=None)
    kept = await kept_refresh_token(tx, token)
    if kept is None or not same(kept.secret_hash, token.digest):
        raise refused_token()
    reuse = f"{tx.tenant_id}:{kept.session_id}:reuse"
    position, was_reused = await services.revocations.standing(reuse)
    if was_reused or not kept.may_go_on(tx.now):
        raise refused_token()
    if not await use_refresh_token(tx, token):
        await _end_for_reuse(tx, services.revocations, kept.session_id, reuse)
    await services.limits.give_back(attempt)
    following = await add_refresh_token(tx, session_id=kept.session_id)
    return await _signed_in(tx, services, kept.user_id, kept.session_id, following, position, kept.language)


async def sign_out(tx: Transaction, revocations: Revocations) -> int:
    """Ends the caller's session and everything that was issued in it. Returns the session's id."""
    session_id = tx.principal.session_id
    if session_id is None:
        raise InvalidInput("only a session can be signed out of; a token is revoked")
    if await end_session(tx, session_id=session_id, reason="signed_out"):
        await revoke_after_commit(tx, revocations, kind=RevocationKind.SESSION, subject_id=session_id)
    return session_id


async def create_token(
    tx: Transaction,
    *,
    name: str,
    scopes: Iterable[Scope],
    expires_at: datetime,
    user_id: int | None = None,
) -> NewToken:
    """A personal access token for the caller, or for `user_id` where the caller manages tokens.

    Made with a token, it gives no scope that the other does not have, and ends no later.
    """
    owner = user_id if user_id is not None else tx.principal.user_id
    if owner is None:
        raise Unauthenticated("sign in to make a token")
    if owner != tx.principal.user_id:
        require(tx, Permission.MANAGE_TOKENS, "make tokens for others")
        await require_not_above(tx, owner, "make tokens for others")
    label = line(name, ["input", "name"], longest=LONGEST_TOKEN_NAME, what="the name of a token")
    granted = _checked_scopes(tx, frozenset(scopes))
    await _check_expiry(tx, expires_at)
    await _require_active(tx, owner)
    text, token = new_token(TokenKind.PERSONAL, tx.tenant.slug, tx.new_id())
    row = {
        "tenant_id": tx.tenant_id,
        "id": token.id,
        "user_id": owner,
        "name": label,
        "secret_hash": token.digest,
        "scopes": sorted(scope.value for scope in granted),
        "created_at": tx.now,
        "expires_at": expires_at,
    }
    await tx.connection.execute(insert(personal_access_tokens).values(row))
    await tx.announce("token.created", "token", token.id, user_id=str(owner))
    return NewToken(token.id, text)


async def revoke_token(tx: Transaction, revocations: Revocations, *, token_id: int) -> int:
    """Ends a personal access token: one's own, or anyone's where the caller manages tokens."""
    tokens = personal_access_tokens.c
    this = (tokens.tenant_id == tx.tenant_id) & (tokens.id == token_id)
    query = select(tokens.user_id, tokens.revoked_at).where(this).with_for_update()
    row = (await tx.connection.execute(query)).one_or_none()
    manages = tx.principal.access.may(Permission.MANAGE_TOKENS)
    if row is None or not (manages or row.user_id == tx.principal.user_id):
        raise NotFound("there is no such token", path=["input", "id"])
    if row.revoked_at is None:
        await tx.connection.execute(update(personal_access_tokens).where(this).values(revoked_at=tx.now))
        await tx.announce("token.revoked", "token", token_id, user_id=str(row.user_id))
        await revoke_after_commit(tx, revocations, kind=RevocationKind.TOKEN, subject_id=token_id)
    return token_id


async def _still_so(tx: Transaction, checked: CheckedPassword) -> bool:
    """Locks the person and looks again: active, and the hash that was checked is still theirs.

    Whoever changes a password or suspends somebody holds the same lock while ending their sessions; so no session of an
    old password is opened behind their back.
    """
    lock = (
        update(users)
        .where(users.c.tenant_id == tx.tenant_id, users.c.id == checked.user_id, users.c.status == "active")
        .values(last_sign_in_at=tx.now)
    )
    if (await tx.connection.execute(lock)).rowcount != 1:
        return False
    kept = select(credentials.c.password_hash).where(
        credentials.c.tenant_id == tx.tenant_id, credentials.c.user_id == checked.user_id
    )
    return (await tx.connection.execute(kept)).scalar_one_or_none() == checked.password_hash


async def _active_language(tx: Transaction, user_id: int) -> str | None:
    """Locks the person, as `_still_so` does, and notes that they came in; which language they prefer."""
    lock = (
        update(users)
        .where(users.c.tenant_id == tx.tenant_id, users.c.id == user_id, users.c.status == "active")
        .values(last_sign_in_at=tx.now)
        .returning(users.c.preferred_language)
    )
    found = (await tx.connection.execute(lock)).one_or_none()
    if found is None:
        raise Unauthenticated("this person is not let in: ask the institution")
    return found.preferred_language  # type: ignore[no-any-return]  # a text column


async def _keep_hash(tx: Transaction, user_id: int, password_hash: str) -> None:
    """The same password at today's cost: nothing anyone did, so `changed_at` stays."""
    await tx.connection.execute(
        update(credentials)
        .where(credentials.c.tenant_id == tx.tenant_id, credentials.c.user_id == user_id)
        .values(password_hash=password_hash)
    )


async def _signed_in(
    tx: Transaction,
    services: SignInServices,
    user_id: int,
    session_id: int,
    refresh_token: str,
    position: int,
    language: str | None,
) -> SignedIn:
    access_token, expires_at = services.access_tokens.issue(
        tenant=tx.tenant,
        user_id=user_id,
        session_id=session_id,
        position=position,
        held=await held_roles(tx.connection, tx.tenant_id, user_id),
        languages=(language,) if language else (),
        now=tx.now,
    )
    return SignedIn(user_id, session_id, access_token, refresh_token, expires_at)


async def _end_for_reuse(
    tx: Transaction, revocations: Revocations, session_id: int, event_id: str
) -> NoReturn:
    """Ends the session in the directory, whose rows stay though `tx` is rolled back by this refusal."""
    await revocations.revoke(
        tenant_id=tx.tenant_id, kind=RevocationKind.SESSION, subject_id=session_id, event_id=event_id
    )
    raise refused_token()


def _checked_scopes(tx: Transaction, scopes: frozenset[Scope]) -> frozenset[Scope]:
    if not scopes:
        raise InvalidInput("a token has at least one scope", path=["input", "scopes"])
    if beyond := scopes - tx.principal.access.scopes:
        names = ", ".join(sorted(scope.value for scope in beyond))
        raise Forbidden(f"a token cannot give what yours does not have: {names}", path=["input", "scopes"])
    return scopes


async def _check_expiry(tx: Transaction, expires_at: datetime) -> None:
    path = ["input", "expiresAt"]
    if not tx.now < expires_at <= tx.now + LONGEST_TOKEN_LIFETIME:
        raise InvalidInput(f"a token ends within {LONGEST_TOKEN_LIFETIME.days} days from now", path=path)
    if tx.principal.token_id is None:
        return
    tokens = personal_access_tokens.c
    of_this = select(tokens.expires_at).where(
        tokens.tenant_id == tx.tenant_id, tokens.id == tx.principal.token_id
    )
    latest = (await tx.connection.execute(of_this)).scalar_one()
    if expires_at > latest:
        raise InvalidInput(
            f"a token made with a token ends with that one: by {latest.isoformat()}", path=path
        )


async def _require_active(tx: Transaction, user_id: int) -> None:
    query = select(users.c.status).where(users.c.tenant_id == tx.tenant_id, users.c.id == user_id)
    status = (await tx.connection.execute(query)).scalar_one_or_none()
    if status is None:
        raise NotFound("there is no such person", path=["input", "userId"])
    if status != "active":
        raise InvalidInput("this person is not active", path=["input", "userId"])
