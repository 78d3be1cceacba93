"""What every change of a row begins and ends with: the lock, the version, clear conflicts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import RowMapping, Table, func, null, select, update
from sqlalchemy.exc import IntegrityError

from kernel.errors import ErrorCode, FediflowError, InvalidInput
from kernel.unset import UNSET
from tenants.door import Transaction
from tenants.model import NotFound

InputPath = Sequence[str | int]


class VersionConflict(FediflowError):
    """Somebody else changed the object since the caller read it."""

    code = ErrorCode.CONFLICT


class AlreadyTaken(InvalidInput):
    """A value that must be unique belongs to another object."""

    code = ErrorCode.CONFLICT


async def locked(
    tx: Transaction, table: Table, object_id: int, *, what: str, expected_version: int | None = None
) -> RowMapping:
    """The object's row, locked until the end; `NotFound` without it, `VersionConflict` when it moved on."""
    query = (
        select(table)
        .where(table.c.tenant_id == tx.tenant_id, table.c.id == object_id)
        .with_for_update(key_share=True)  # ids never change, so rows that refer to it need not wait
    )
    row = (await tx.connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no such {what}")
    if expected_version is not None and row["version"] != expected_version:
        raise VersionConflict(
            f"the {what} is at version {row['version']}, not {expected_version}", current_id=object_id
        )
    return row


async def alone(tx: Transaction, what: str) -> None:
    """Waits until no other transaction of the tenant does this; ends with the transaction."""
    key = func.hashtextextended(what, tx.tenant_id)
    await tx.connection.execute(select(func.pg_advisory_xact_lock(key)))


async def write_changes(tx: Transaction, table: Table, row: RowMapping, changes: Mapping[str, Any]) -> bool:
    """Writes the members that were given and differ, one version further; False where nothing differs."""
    given = {name: value for name, value in changes.items() if value is not UNSET and row[name] != value}
    if not given:
        return False
    values = {name: null() if value is None else value for name, value in given.items()}
    await tx.connection.execute(
        update(table)
        .where(table.c.tenant_id == tx.tenant_id, table.c.id == row["id"])
        .values(**values, version=row["version"] + 1, updated_at=tx.now)
    )
    return True


async def touch(tx: Transaction, table: Table, object_id: int) -> None:
    """One version further without a change of the row itself: something that belongs to it changed."""
    await tx.connection.execute(
        update(table)
        .where(table.c.tenant_id == tx.tenant_id, table.c.id == object_id)
        .values(version=table.c.version + 1, updated_at=tx.now)
    )


@contextmanager
def taken_values(values: Mapping[str, tuple[str, InputPath]]) -> Iterator[None]:
    """Turns a violated unique constraint into `AlreadyTaken` with the sentence and path given for its name."""
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
        if not isinstance(name, str) or name not in values:
            raise
        sentence, path = values[name]
        raise AlreadyTaken(sentence, path=list(path)) from error
