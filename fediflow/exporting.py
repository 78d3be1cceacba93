"""An institution's rows as files: a JSON Lines file a table and a manifest, all of one moment, complete or not there.

Read under row-level security as any other reader would be. Secrets stay where they are; what is known of people comes
only where it is asked for, and then decrypted: an institution's own data is of no use to it as ciphertext. Numbers that exceed JavaScript's are texts, as everywhere outside.
"""

import base64
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, ColumnElement, Table, Text, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from federation.tables.identities import federation_identities
from kernel.clock import system_clock
from kernel.crypto.columns import ColumnKeys
from kernel.errors import ErrorCode, FediflowError
from kernel.tables import SHARD, DataClass, TableClass
from migrations.schema import LOADED, History
from migrations.versions import require_known_version
from tenants.data_keys import DataKeys, place_of
from tenants.door import driver_of, set_tenant
from tenants.model import Tenant
from tenants.registry import column_use, table_class

FORMAT = 1
_ENCRYPTED = (federation_identities.c.encrypted_value,)
_BATCH = 2_000
_TOLD_EVERY = 5_000


class Occupied(FediflowError):
    """There is something where the export should be."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class _Written:
    rows: int
    columns: list[str]
    sha256: str


async def export_tenant(
    engine: AsyncEngine,
    tenant: Tenant,
    directory: Path,
    *,
    with_personal_data: bool,
    data_keys: DataKeys,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, Any]:
    """Writes everything of a tenant into `directory`, which must not exist or be empty. Returns the manifest.

    Raises `KeyLost` where personal data is asked for and what it is encrypted with is not there.
    """
    tables = exported_tables(with_personal_data=with_personal_data)
    with _whole(directory) as unfinished:
        async with _snapshot(engine, tenant) as connection:
            version = await require_known_version(connection, History.SHARD, name=tenant.shard)
            told = _Told(progress, await _count(connection, tenant, list(tables)))
            keys = await data_keys.read(driver_of(connection), tenant.id) if with_personal_data else None
            written = {
                str(table.name): await _write(connection, tenant, table, columns, unfinished, told, keys)
                for table, columns in tables.items()
            }
        manifest = _manifest(tenant, version, with_personal_data, written)
        (unfinished / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return manifest


def exported_tables(*, with_personal_data: bool) -> dict[Table, list[str]]:
    """The tenant tables, parents first, and their columns that may leave. What is made out of others stays."""
    assert LOADED
    allowed = {DataClass.PUBLIC}
    if with_personal_data:
        allowed |= {DataClass.PERSONAL, DataClass.SENSITIVE}
    found = {}
    for table in SHARD.sorted_tables:
        if table_class(table) is TableClass.TENANT and not table.info["derived"]:
            found[table] = [str(column.name) for column in table.c if column_use(column).kind in allowed]
    return found


class _Told:
    """Adds up what was written and tells it now and then."""

    def __init__(self, progress: Callable[[int, int], None], of: int) -> None:
        self._progress, self._of, self._done = progress, of, 0

    def one_more(self) -> None:
        self._done += 1
        if self._done % _TOLD_EVERY == 0 or self._done == self._of:
            self._progress(self._done, self._of)


@contextmanager
def _whole(directory: Path) -> Iterator[Path]:
    """A folder beside `directory` that becomes it at the end, or is gone."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Occupied(f"{directory} is not empty: choose a new directory for the export")
    unfinished = directory.absolute().with_name(directory.absolute().name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        yield unfinished
        if directory.exists():
            directory.rmdir()
        unfinished.rename(directory)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@asynccontextmanager
async def _snapshot(engine: AsyncEngine, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
    """One moment of the tenant's rows, as long as the export takes."""
    async with engine.connect() as connection:
        await connection.execute(text("set transaction isolation level repeatable read, read only"))
        await connection.execute(text("set local statement_timeout = 0"))
        await connection.execute(text(set_tenant(tenant.id)))
        yield connection
        await connection.rollback()


async def _count(connection: AsyncConnection, tenant: Tenant, tables: list[Table]) -> int:
    total = 0
    for table in tables:
        query = select(func.count()).select_from(table).where(table.c.tenant_id == tenant.id)
        total += (await connection.execute(query)).scalar_one()
    return total


async def _write(
    connection: AsyncConnection,
    tenant: Tenant,
    table: Table,
    columns: list[str],
    folder: Path,
    told: _Told,
    keys: ColumnKeys | None,
) -> _Written:
    query = (
        select(*(_read(table.c[name]) for name in columns))
        .where(table.c.tenant_id == tenant.id)
        .order_by(*table.primary_key.columns)
        .execution_options(yield_per=_BATCH)
    )
    big = {name for name in columns if isinstance(table.c[name].type, BigInteger)}
    digest, rows = hashlib.sha256(), 0
    with (folder / f"{table.name}.jsonl").open("wb") as file:
        async with connection.stream(query) as found:
            async for row in found.mappings():
                values = _readable(table, dict(row), keys)
                line = orjson.dumps(_values(values, big), default=_encoded) + b"\n"
                file.write(line)
                digest.update(line)
                rows += 1
                told.one_more()
    return _Written(rows, columns, digest.hexdigest())


def _read(column: Column[Any]) -> ColumnElement[Any]:
    """The column; an array of ids as texts: the driver would ask for a right that nobody has to read any other array."""
    if isinstance(column.type, ARRAY) and isinstance(column.type.item_type, BigInteger):
        return cast(column, ARRAY(Text)).label(column.name)
    return column


def _readable(table: Table, row: dict[str, Any], keys: ColumnKeys | None) -> dict[str, Any]:
    """The row with what is encrypted in it decrypted."""
    for column in _ENCRYPTED:
        if column.table is table and row.get(column.name) is not None:
            assert keys is not None, "somebody encrypted it"
            row[column.name] = keys.decrypt(place_of(column), row[column.name]).decode()
    return row


def _values(row: dict[str, Any], big: set[str]) -> dict[str, Any]:
    return {
        str(name): str(value) if name in big and value is not None else value for name, value in row.items()
    }


def _encoded(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"a {type(value).__name__} cannot be exported")


def _manifest(
    tenant: Tenant, version: str, with_personal_data: bool, written: dict[str, _Written]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "tenant": {
            "slug": tenant.slug,
            "name": tenant.name,
            "time_zone": tenant.time_zone,
            "languages": list(tenant.languages),
            "domains": list(tenant.domains),
        },
        "schema_version": version,
        "exported_at": system_clock().isoformat(),
        "personal_data": with_personal_data,
        "tables": {
            name: {"file": f"{name}.jsonl", "rows": one.rows, "columns": one.columns, "sha256": one.sha256}
            for name, one in written.items()
        },
    }
