"""Sessions and their refresh tokens as rows: opening, continuing, ending."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, select, update

from tenants.door import Transaction
from tenants.signin.tokens import Token, TokenKind, new_token
from tenants.tables import refresh_tokens, sessions, users

LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class KeptRefreshToken:
    """A refresh token as the database knows it, with its session and its person."""

    secret_hash: str
    session_id: int
    user_id: int
    ends_at: datetime
    is_ended: bool
    user_status: str
    language: str | None

    def may_go_on(self, now: datetime) -> bool:
        """Whether the session still runs and its person may use it."""
        return not self.is_ended and now < self.ends_at and self.user_status == "active"


async def open_session(tx: Transaction, *, user_id: int) -> tuple[int, str]:
    """A new session: its id and its first refresh token."""
    session_id = tx.new_id()
    await tx.connection.execute(
        insert(sessions).values(
            tenant_id=tx.tenant_id,
            id=session_id,
            user_id=user_id,
            created_at=tx.now,
            expires_at=tx.now + LIFETIME,
        )
    )
    return session_id, await add_refresh_token(tx, session_id=session_id)


async def add_refresh_token(tx: Transaction, *, session_id: int) -> str:
    """The next refresh token of a session."""
    text, token = new_token(TokenKind.REFRESH, tx.tenant.slug, tx.new_id())
    await tx.connection.execute(
        insert(refresh_tokens).values(
            tenant_id=tx.tenant_id,
            id=token.id,
            session_id=session_id,
            secret_hash=token.digest,
            created_at=tx.now,
        )
    )
    return text


async def kept_refresh_token(tx: Transaction, token: Token) -> KeptRefreshToken | None:
    """What is kept of a refresh token; the caller compares the secret."""
    query = (
        select(
            refresh_tokens.c.secret_hash,
            refresh_tokens.c.session_id,
            sessions.c.user_id,
            sessions.c.expires_at,
            sessions.c.ended_at,
            users.c.status,
            users.c.preferred_language,
        )
        .join(
            sessions,
            (sessions.c.tenant_id == refresh_tokens.c.tenant_id)
            & (sessions.c.id == refresh_tokens.c.session_id),
        )
        .join(users, (users.c.tenant_id == sessions.c.tenant_id) & (users.c.id == sessions.c.user_id))
        .where(refresh_tokens.c.tenant_id == tx.tenant_id, refresh_tokens.c.id == token.id)
    )
    row = (await tx.connection.execute(query)).one_or_none()
    if row is None:
        return None
    return KeptRefreshToken(
        row.secret_hash,
        row.session_id,
        row.user_id,
        row.expires_at,
        row.ended_at is not None,
        row.status,
        row.preferred_language,
    )


async def use_refresh_token(tx: Transaction, token: Token) -> bool:
    """Uses it up; False when it was used before. Of two at the same time the second waits here and learns it."""
    result = await tx.connection.execute(
        update(refresh_tokens)
        .where(
            refresh_tokens.c.tenant_id == tx.tenant_id,
            refresh_tokens.c.id == token.id,
            refresh_tokens.c.used_at.is_(None),
        )
        .values(used_at=tx.now)
    )
    return result.rowcount == 1


async def end_session(tx: Transaction, *, session_id: int, reason: str) -> bool:
    """Ends one session; False when it had ended before."""
    return await _end(tx, sessions.c.id == session_id, reason) == 1


async def end_sessions_of(tx: Transaction, *, user_id: int, reason: str, but: int | None = None) -> None:
    """Ends all sessions of a person, but for one."""
    whose = sessions.c.user_id == user_id
    await _end(tx, whose if but is None else whose & (sessions.c.id != but), reason)


async def _end(tx: Transaction, which: ColumnElement[bool], reason: str) -> int:
    result = await tx.connection.execute(
        update(sessions)
        .where(sessions.c.tenant_id == tx.tenant_id, sessions.c.ended_at.is_(None), which)
        .values(ended_at=tx.now, end_reason=reason)
    )
    return result.rowcount
