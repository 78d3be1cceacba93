"""Whose name a username is before anybody asked for it: members' handles, and what groups will be called."""

import re

from sqlalchemy import ColumnElement, func, literal_column, select, union_all

from academic.tables import courses
from federation.actors.usernames import username_from
from federation.tables.actors import actors
from tenants.door import Transaction
from tenants.tables import org_units, users

_OWNERS = (
    (courses, courses.c.visibility == "public", actors.c.course_id),
    (org_units, org_units.c.status == "active", actors.c.org_unit_id),
)


async def is_handle(tx: Transaction, username: str, *, besides: int = 0) -> bool:
    """Whether a member of the institution, other than the one `besides`, has this handle: the name is kept for them."""
    handle = users.c.handle == username
    query = select(users.c.id).where(users.c.tenant_id == tx.tenant_id, handle, users.c.id != besides)
    return (await tx.connection.execute(query)).first() is not None


async def is_group_name(tx: Transaction, username: str) -> bool:
    """Whether the group of a public course, or of a unit in use, is to be called so once somebody asks for it."""
    codes = [
        select(table.c.code).where(
            table.c.tenant_id == tx.tenant_id,
            shown,
            _begins_alike(table.c.code, username),
            ~select(actors.c.id).where(actors.c.tenant_id == tx.tenant_id, owner == table.c.id).exists(),
        )
        for table, shown, owner in _OWNERS
    ]
    found = (await tx.connection.execute(union_all(*codes))).scalars()
    return any(username_from(code) == username for code in found)


def _begins_alike(code: ColumnElement[str], username: str) -> ColumnElement[bool]:
    """Of the codes few are left; `username_from` then says which."""
    plain = func.lower(func.normalize(code, literal_column("NFKD")))
    letters = func.regexp_replace(plain, "[^a-z0-9]+", "", "g")
    return func.starts_with(letters, re.sub("[^a-z0-9]+", "", username))
