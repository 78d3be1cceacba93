"""Checking somebody's password before their sign-in's transaction begins.

What takes time (the limits, the directory, the work of a hash) happens while no connection to the tenant's shard is
held: many sign-ins waiting for each other keep nobody else from the database.
"""

from dataclasses import dataclass

from sqlalchemy import Select, bindparam, select

from kernel.database.compiled import Compiled
from tenants.door import Door
from tenants.model import Tenant
from tenants.people.model import email_key, normal_password
from tenants.signin.refusals import refused_password
from tenants.signin.services import SignInServices
from tenants.tables import credentials, user_emails, users

_LONGEST_GIVEN = 1024


@dataclass(frozen=True, slots=True)
class CheckedPassword:
    """Whose password was right, against which hash, and where the revocations stood before anything was read."""

    user_id: int
    language: str | None
    password_hash: str
    position: int
    # The same password at today's cost, where the kept hash was made at another.
    new_hash: str | None


async def check_password(
    door: Door,
    tenant: Tenant,
    services: SignInServices,
    *,
    handle_or_email: str,
    password: str,
    address: str | None,
) -> CheckedPassword:
    """Who is active and has this password; `address` is where the request came from, for the limits.

    Unknown, wrong and suspended are one answer after the same work.
    """
    name = email_key(handle_or_email)
    if len(name) > _LONGEST_GIVEN or len(password) > _LONGEST_GIVEN or "\0" in name + password:
        raise refused_password()
    attempt = await services.limits.take(tenant_id=tenant.id, address=address, name=name)
    position = await services.revocations.position()
    query = _BY_EMAIL if "@" in name else _BY_HANDLE
    async with door.read(tenant) as connection:
        found = await query.row(connection, tenant=tenant.id, name=name)
    kept: str | None = found["password_hash"] if found is not None else None
    given = normal_password(password)
    fits = await services.passwords.verify(kept, given)
    if found is None or kept is None or not fits or found["status"] != "active":
        raise refused_password()
    await services.limits.give_back(attempt)
    new_hash = await services.passwords.hash(given) if services.passwords.is_outdated(kept) else None
    return CheckedPassword(found["id"], found["preferred_language"], kept, position, new_hash)


def _people() -> Select[tuple[int, str, str | None, str | None]]:
    """People with their hashes, whatever their status."""
    return (
        select(users.c.id, users.c.status, users.c.preferred_language, credentials.c.password_hash)
        .outerjoin(
            credentials,
            (credentials.c.tenant_id == users.c.tenant_id) & (credentials.c.user_id == users.c.id),
        )
        .where(users.c.tenant_id == bindparam("tenant"))
    )


_OWNER = select(user_emails.c.user_id).where(
    user_emails.c.tenant_id == bindparam("tenant"),
    user_emails.c.address_key == bindparam("name"),
    user_emails.c.is_primary,
)
_BY_EMAIL = Compiled(_people().where(users.c.id == _OWNER.scalar_subquery()))
_BY_HANDLE = Compiled(_people().where(users.c.handle == bindparam("name")))
