"""Setting passwords: one's own with the current one, another's by whoever writes users."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kernel.errors import InvalidInput
from tenants.door import Transaction
from tenants.people.model import checked_password, normal_password
from tenants.people.rights import person_to_change
from tenants.signin.revocations import RevocationKind, revoke_after_commit
from tenants.signin.services import SignInServices
from tenants.signin.sessions import end_sessions_of
from tenants.tables import credentials

LONGEST_GIVEN = 1024


async def set_password(
    tx: Transaction,
    services: SignInServices,
    *,
    user_id: int,
    password: str,
    current_password: str | None = None,
) -> int:
    """Sets a password and ends the person's sessions; only the session in which they change their own goes on.

    Its access token ends too: the next one comes by refresh. Personal access tokens stay.
    """
    new = checked_password(password, ["input", "password"])
    person = await person_to_change(tx, user_id, "set passwords")
    if new.casefold() == str(person.row["handle"]).casefold():
        raise InvalidInput("a password is not one's handle", path=["input", "password"])
    if person.is_own:
        await _require_current(tx, services, user_id, current_password)
    kept = await services.passwords.hash(new)
    statement = insert(credentials).values(
        tenant_id=tx.tenant_id, user_id=user_id, password_hash=kept, changed_at=tx.now
    )
    await tx.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "user_id"],
            set_={
                "password_hash": statement.excluded.password_hash,
                "changed_at": statement.excluded.changed_at,
            },
        )
    )
    staying = tx.principal.session_id if person.is_own else None
    await end_sessions_of(tx, user_id=user_id, reason="password_changed", but=staying)
    await tx.announce("user.password_changed", "user", user_id)
    await revoke_after_commit(tx, services.revocations, kind=RevocationKind.USER, subject_id=user_id)
    return user_id


async def _require_current(
    tx: Transaction, services: SignInServices, user_id: int, current: str | None
) -> None:
    """Counted like a sign-in: whoever found an open session does not get to guess the password behind it."""
    path = ["input", "currentPassword"]
    query = select(credentials.c.password_hash).where(
        credentials.c.tenant_id == tx.tenant_id, credentials.c.user_id == user_id
    )
    kept = (await tx.connection.execute(query)).scalar_one_or_none()
    if kept is None:
        raise InvalidInput("there is no current password; an administrator sets the first one", path=path)
    attempt = await services.limits.take_own(tenant_id=tx.tenant_id, user_id=user_id)
    if not await services.passwords.verify(kept, normal_password(current or "")[:LONGEST_GIVEN]):
        raise InvalidInput("the current password is wrong", path=path)
    await services.limits.give_back(attempt)
