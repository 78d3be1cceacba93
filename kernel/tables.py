"""How tables are described: every table and every column says what class of data it holds.

`SHARD` and `DIRECTORY` are the two schemas' descriptions. A tenant table starts with `tenant_id` in its primary key, in
every unique and in every foreign key, because PostgreSQL checks those without row-level security.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

SCHEMA = "fediflow"

_BY_ID: dict[str, Any] = {"postgresql_partition_by": "RANGE (id)"}
_NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}

SHARD = MetaData(schema=SCHEMA, naming_convention=_NAMES)
DIRECTORY = MetaData(schema=SCHEMA, naming_convention=_NAMES)


class TableClass(StrEnum):
    """Who may touch the rows of a table; the policies and grants follow from it."""

    TENANT = "tenant"
    QUEUE = "queue"
    DIRECTORY = "directory"
    REFERENCE = "reference"


class DataClass(StrEnum):
    """How a column's values are treated in logs, errors, traces and exports."""

    PUBLIC = "public"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    SECRET = "secret"  # noqa: S105 - the name of a class of data


@dataclass(frozen=True, slots=True)
class DataUse:
    """A class of data, why it is kept and how long."""

    kind: DataClass
    purpose: str
    retention: str


PUBLIC = DataUse(DataClass.PUBLIC, "", "")


def column(
    name: str, type_: Any, *items: Any, data: DataUse = PUBLIC, nullable: bool = False, **options: Any
) -> Column[Any]:
    """A column with its class; personal, sensitive and secret ones say why they are kept and how long."""
    info = {"class": data.kind, "purpose": data.purpose, "retention": data.retention}
    return Column(name, type_, *items, nullable=nullable, info=info, **options)


def tenant_table(
    name: str,
    *items: SchemaItem,
    key: tuple[str, ...] = ("id",),
    append_only: bool = False,
    partitioned: bool = False,
    derived: bool = False,
) -> Table:
    """A table of one tenant's rows: `tenant_id` first, primary key `(tenant_id, *key)`.

    What is `derived` says nothing that other tables do not say, and can be made out of them again: no export holds it.
    What is `append_only` the application adds rows to and never changes: a history. A `partitioned` one lies in ranges of
    ids, which are times (`fediflow.roll_partitions` makes and drops them).
    """
    return Table(
        name,
        SHARD,
        column("tenant_id", BigInteger, autoincrement=False),
        *items,
        PrimaryKeyConstraint("tenant_id", *key),
        info={"class": TableClass.TENANT, "append_only": append_only, "derived": derived},
        **(_BY_ID if partitioned else {}),
    )


def queue_table(
    name: str, *items: SchemaItem, readable: tuple[str, ...] = (), partitioned: bool = False
) -> Table:
    """A table the application only appends to and the worker empties; it holds ids and addresses, no contents.

    Of its own tenant's rows the application reads the columns that are `readable`, and nothing else.
    """
    # The application may not read all of it, so an insert must not ask for what the server filled in.
    info = {"class": TableClass.QUEUE, "readable": readable}
    return Table(name, SHARD, *items, implicit_returning=False, info=info, **(_BY_ID if partitioned else {}))


def readable_part(table: Table) -> Table:
    """A queue table as the application may read it: its readable columns alone, and the indexes over those."""
    names: tuple[str, ...] = table.info["readable"]
    part = Table(
        table.name,
        MetaData(schema=SCHEMA, naming_convention=_NAMES),
        *(
            Column(one.name, one.type, nullable=one.nullable, info=one.info)
            for one in table.c
            if one.name in names
        ),
        PrimaryKeyConstraint(*(one.name for one in table.primary_key)),
        info=table.info,
    )
    for one in table.indexes:
        if set(one.columns.keys()) <= set(names):
            Index(
                one.name,
                *(part.c[name] for name in one.columns.keys()),  # noqa: SIM118 - of columns, not of names
                postgresql_where=one.dialect_options["postgresql"]["where"],
            )
    return part


def directory_table(
    name: str,
    *items: SchemaItem,
    kind: TableClass = TableClass.DIRECTORY,
    app: tuple[str, ...] = ("select",),
    worker: tuple[str, ...] = ("select",),
    partitioned: bool = False,
) -> Table:
    """A table of the directory database, which every process sees; `app` and `worker` are what the roles may do with it."""
    info = {"class": kind, "app": app, "worker": worker}
    return Table(name, DIRECTORY, *items, info=info, **(_BY_ID if partitioned else {}))


def row_id() -> Column[Any]:
    """The row's snowflake id (`kernel.ids`)."""
    return column("id", BigInteger)


def timestamps() -> tuple[Column[Any], Column[Any]]:
    """`created_at` and `updated_at`, written by the operations."""
    moment = DateTime(timezone=True)
    return column("created_at", moment), column("updated_at", moment)


def version() -> Column[Any]:
    """The number an update must name as `expectedVersion`; every change adds one."""
    return column("version", Integer, server_default=text("1"))


def references(
    table: str, *columns: str, on_delete: str | None = None, to: tuple[str, ...] = ("id",)
) -> ForeignKeyConstraint:
    """A foreign key inside the tenant: `(tenant_id, *columns)` to `(tenant_id, *to)` of `table`."""
    return ForeignKeyConstraint(
        ["tenant_id", *columns],
        [f"{SCHEMA}.{table}.{name}" for name in ("tenant_id", *to)],
        ondelete=on_delete,
    )


def unique(*columns: str) -> UniqueConstraint:
    """A unique constraint inside the tenant."""
    return UniqueConstraint("tenant_id", *columns)


def language_texts(name: str, *, nullable: bool = False) -> tuple[Column[Any], CheckConstraint]:
    """A language-tagged text (`kernel.languages.LanguageText`): a JSON object from BCP 47 tag to text, never empty."""
    check = f"jsonb_typeof({name}) = 'object' and {name} <> '{{}}'"
    return column(name, JSONB, nullable=nullable), CheckConstraint(check, name=name)


def one_of(name: str, values: tuple[str, ...] | list[str]) -> CheckConstraint:
    """A CHECK that keeps a text column to a closed set; the GraphQL enum is compared with it by a lint."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{name} in ({listed})", name=name)


def external_ids(owner: str, *, data: DataUse = PUBLIC) -> Table:
    """`<owner>_external_ids`: the ids other systems know an object by, one object per (type, value).

    `data` is the class of the values: what other systems call a person is as personal as a name.
    """
    owner_id = f"{owner}_id"
    table = tenant_table(
        f"{owner}_external_ids",
        column(owner_id, BigInteger),
        column("type", Text),
        column("value", Text, data=data),
        references(f"{owner}s", owner_id, on_delete="CASCADE"),
        CheckConstraint("length(type) between 1 and 64", name="type_length"),
        CheckConstraint("length(value) between 1 and 255", name="value_length"),
        key=("type", "value"),
    )
    index(table, owner_id)
    return table


def attribute_values(owner: str) -> Table:
    """`<owner>_attributes`: the values of the tenant's own declared fields, one row a field, canonical text."""
    owner_id = f"{owner}_id"
    table = tenant_table(
        f"{owner}_attributes",
        column(owner_id, BigInteger),
        column("definition_id", BigInteger),
        column("value", Text, data=DataUse(DataClass.PERSONAL, "the tenant's own field", "as its owner")),
        references(f"{owner}s", owner_id, on_delete="CASCADE"),
        references("attribute_definitions", "definition_id", on_delete="CASCADE"),
        CheckConstraint("length(value) <= 2000", name="value_length"),
        key=(owner_id, "definition_id"),
    )
    index(table, "definition_id", "value", owner_id)
    return table


def index(table: Table, *columns: str, where: str | None = None, unique: bool = False) -> None:
    """A btree index that starts with `tenant_id`."""
    from_columns = [table.c["tenant_id"], *(table.c[name] for name in columns)]
    name = "_".join((table.name, *columns, "key" if unique else "idx"))[:63]
    Index(name, *from_columns, unique=unique, postgresql_where=text(where) if where else None)


def sort_key(name: str, of: str, *, data: DataUse = PUBLIC) -> Column[Any]:
    """A generated column that sorts the text `of` for people: case and diacritics folded.

    Not an ICU collation, because not every PostgreSQL build has ICU (docs/decisions/0006).
    """
    folded = f"regexp_replace(normalize({of}, NFKD), '[\u0300-\u036f]+', '', 'g')"
    plain = f"replace(translate({folded}, 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss')"
    return column(name, Text, Computed(f"lower({plain})", persisted=True), data=data)
