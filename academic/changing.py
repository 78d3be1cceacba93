"""What changes of the academic line have in common: the right to, the rows they refer to, checked values."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, Table, literal, null, select, true

from kernel.entities import TENANT, Entity
from kernel.errors import ErrorCode, FediflowError, InvalidInput, below
from kernel.languages import language_text
from tenants.door import Transaction
from tenants.entities import viewer_holds_for_unit
from tenants.model import Access, Forbidden, NotFound, Permission

# A language-tagged title is shown in lists; a description is a page.
LONGEST_TITLE = 500
LONGEST_CODE = 64


class StillInUse(FediflowError):
    """Something active still hangs on what should be archived."""

    code = ErrorCode.CONFLICT


class NotPossibleNow(FediflowError):
    """The object is in a state in which this cannot be done."""

    code = ErrorCode.CONFLICT


def shared(tx: Transaction) -> dict[str, Any]:
    """The values of the parameters that visibility rules share."""
    return {"tenant_id": tx.tenant_id, "viewer_id": tx.principal.viewer_id}


async def referred(tx: Transaction, table: Table, object_id: int, *, path: list[str]) -> RowMapping:
    """The active row an input names, held as it is until the end; `InvalidInput` at `path` when there is none."""
    query = (
        select(table)
        .where(table.c.tenant_id == tx.tenant_id, table.c.id == object_id)
        .with_for_update(read=True)
    )
    row = (await tx.connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise InvalidInput(f"there is no such {_noun(table)}", path=path)
    if row.get("status", "active") != "active":
        raise InvalidInput(f"the {_noun(table)} is archived", path=path)
    return row


def require_in_use(row: RowMapping, what: str) -> None:
    """Raises `NotPossibleNow` for what is archived: it stays readable and takes no changes."""
    if "archived" in (row.get("status"), row.get("state")):
        raise NotPossibleNow(f"the {what} is archived and takes no changes")


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values for a statement: nothing is SQL's null, where a JSON column would keep a JSON null."""
    return {name: null() if value is None else value for name, value in values.items()}


def holds(access: Access, permission: Permission, unit_id: ColumnElement[int]) -> ColumnElement[bool]:
    """In SQL: the viewer holds the permission in the whole tenant, or for this unit where that is possible."""
    if access.may(permission):
        return true()
    if permission in access.by_unit:
        return viewer_holds_for_unit(permission, unit_id)
    return literal(False)


async def require_on(
    tx: Transaction,
    permission: Permission,
    entity: Entity,
    object_id: int,
    unit_of: Callable[[FromClause], ColumnElement[int]],
) -> None:
    """Refuses a caller without the permission for the object's unit, which `unit_of` finds for its row.

    Who sees the object hears `Forbidden`; for everybody else, and where there is none, it does not exist.
    """
    access = tx.principal.access
    row = entity.table.alias()
    query = select(holds(access, permission, unit_of(row)), entity.visible_to(access, row)).where(
        row.c.tenant_id == TENANT, row.c.id == object_id
    )
    found = (await tx.connection.execute(query, shared(tx))).one_or_none()
    if found is not None and found[0]:
        return
    if found is not None and found[1]:
        raise Forbidden(f"this takes the right to {_right(permission)} in its org unit")
    raise NotFound(f"there is no such {_noun(entity.table)}")


@contextmanager
def of_input() -> Iterator[None]:
    """Turns the member that a rule of the model names into its path in the input."""
    with below("input"):
        yield


def choice(value: str, allowed: Collection[str], member: str) -> str:
    """One of a closed set."""
    if value not in allowed:
        raise InvalidInput(f"{value[:32]!r} is none of {', '.join(allowed)}", path=["input", member])
    return value


def texts(value: Mapping[str, str], member: str, *, longest: int = LONGEST_TITLE) -> dict[str, str]:
    """A language-tagged text of the input."""
    with of_input():
        return language_text(value, path=member, longest=longest)


def optional_texts(
    value: Mapping[str, str] | None, member: str, *, longest: int = LONGEST_TITLE
) -> dict[str, str] | None:
    """A language-tagged text of the input, or none; given in no language at all is an error, not none."""
    return None if value is None else texts(value, member, longest=longest)


def code(value: str) -> str:
    """A code as institutions write them: 1 to 64 characters, none of them control or at an end blank."""
    if not 1 <= len(value) <= LONGEST_CODE or value != value.strip() or not value.isprintable():
        raise InvalidInput(
            f"a code has 1 to {LONGEST_CODE} printable characters and no blank at its ends",
            path=["input", "code"],
        )
    return value


def _noun(table: Table) -> str:
    return table.name.removesuffix("s").replace("_", " ")


def _right(permission: Permission) -> str:
    return permission.replace("_", " ")
