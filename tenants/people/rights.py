"""Who may change a person: they themselves a little, whoever writes users all of it, nobody more than they hold."""

from dataclasses import dataclass

from sqlalchemy import RowMapping

from tenants.authority import require_not_above
from tenants.changing import locked
from tenants.door import Transaction
from tenants.model import Forbidden, NotFound, Permission
from tenants.tables import users


@dataclass(frozen=True, slots=True)
class Person:
    """The locked row of a person, and whether the caller is that person."""

    row: RowMapping
    is_own: bool

    @property
    def id(self) -> int:
        """Their id."""
        return int(self.row["id"])


async def person_to_manage(
    tx: Transaction, user_id: int, what: str, *, expected_version: int | None = None
) -> Person:
    """The person, locked, for a caller who writes users and to whom they are not above."""
    person = await person_to_change(tx, user_id, what, expected_version=expected_version)
    if not tx.principal.access.may(Permission.WRITE_USERS):
        raise Forbidden(f"you may not {what}", permission=Permission.WRITE_USERS.value)
    return person


async def person_to_change(
    tx: Transaction, user_id: int, what: str, *, expected_version: int | None = None
) -> Person:
    """The person, locked, for themselves or for a caller who writes users and to whom they are not above.

    Whoever may not change people learns of those only that they may see.
    """
    access = tx.principal.access
    is_own = tx.principal.user_id == user_id
    if not is_own and not access.may(Permission.WRITE_USERS):
        if access.may(Permission.READ_USERS):
            await locked(tx, users, user_id, what="person")
            raise Forbidden(f"you may not {what}", permission=Permission.WRITE_USERS.value)
        raise NotFound("there is no such person")
    row = await locked(tx, users, user_id, what="person", expected_version=expected_version)
    if row["status"] == "deleted":
        raise NotFound("there is no such person")
    if not is_own:
        await require_not_above(tx, user_id, what)
    return Person(row, is_own)
