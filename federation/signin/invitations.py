"""Invitations: a link for one person whom nobody has signed in as yet, shown once and good for one sign-in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import insert, update

from federation.signin.refusals import UnableToSignIn
from federation.tables.signin import invitations
from kernel.crypto.secret_texts import digest, new_secret
from kernel.errors import ErrorCode, InvalidInput
from tenants.authority import require, require_not_above
from tenants.changing import locked
from tenants.door import Transaction
from tenants.model import Permission
from tenants.tables import users

LIFETIME = timedelta(days=14)
LONGEST_LIFETIME = timedelta(days=90)


class UnableToInvite(InvalidInput):
    """This person needs no invitation, or is not let in."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation; the secret is in its link and nowhere else."""

    user_id: int
    secret: str = field(repr=False)
    expires_at: datetime


async def create_invitation(tx: Transaction, *, user_id: int, expires_at: datetime | None = None) -> Invited:
    """A new invitation for this person; those before it are good for nothing from now on."""
    require(tx, Permission.WRITE_USERS, "invite people")
    await require_not_above(tx, user_id, "invite this person")
    until = expires_at if expires_at is not None else tx.now + LIFETIME
    if not tx.now < until <= tx.now + LONGEST_LIFETIME:
        raise InvalidInput(
            f"an invitation ends within {LONGEST_LIFETIME.days} days from now", path=["expiresAt"]
        )
    row = await locked(tx, users, user_id, what="person")
    if row["status"] != "active":
        raise UnableToInvite("this person is not active", path=["userId"])
    if row["last_sign_in_at"] is not None:
        raise UnableToInvite(
            "this person has signed in before: they link their account while signed in", path=["userId"]
        )
    await tx.connection.execute(
        update(invitations)
        .where(
            invitations.c.tenant_id == tx.tenant_id,
            invitations.c.user_id == user_id,
            invitations.c.used_at.is_(None),
        )
        .values(used_at=tx.now)
    )
    secret = new_secret()
    values = {
        "tenant_id": tx.tenant_id,
        "id": tx.new_id(),
        "user_id": user_id,
        "secret_hash": digest(secret),
        "created_at": tx.now,
        "expires_at": until,
        **({"created_by_id": tx.principal.user_id} if tx.principal.user_id is not None else {}),
    }
    await tx.connection.execute(insert(invitations).values(values))
    await tx.announce("user.invited", "user", user_id)
    return Invited(user_id, secret, until)


async def use_invitation(tx: Transaction, secret_hash: str) -> int:
    """Whom it is for, used up by that; `UnableToSignIn` where it was before, or is over."""
    query = (
        update(invitations)
        .where(
            invitations.c.tenant_id == tx.tenant_id,
            invitations.c.secret_hash == secret_hash,
            invitations.c.used_at.is_(None),
            invitations.c.expires_at > tx.now,
        )
        .values(used_at=tx.now)
        .returning(invitations.c.user_id)
    )
    found = (await tx.connection.execute(query)).scalar_one_or_none()
    if found is None:
        raise UnableToSignIn("this invitation was used before, was replaced, or is over: ask for another one")
    return int(found)
