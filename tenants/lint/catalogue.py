"""What a database is, read from its catalogue into values: the lint's rules are pure functions of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.database.named_sql import named_statements
from kernel.database.roles import DatabaseRole

# Those that row-level security has to hold.
HELD_ROLES = (DatabaseRole.APP, DatabaseRole.WORKER, DatabaseRole.ANALYST)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table ('r', 'p', 'f'), view ('v') or materialised view ('m')."""

    oid: int
    schema: str
    name: str
    kind: str
    secured: bool
    forced: bool
    is_partition: bool
    owner: str
    options: tuple[str, ...]
    usable_by: tuple[str, ...]
    truncatable_by: tuple[str, ...]

    @property
    def is_table(self) -> bool:
        """Whether it stores rows of its own."""
        return self.kind in ("r", "p", "f")

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class CatalogueColumn:
    """A column of a relation."""

    oid: int
    name: str
    required: bool
    type: str


@dataclass(frozen=True, slots=True)
class CataloguePolicy:
    """A policy as the catalogue prints it."""

    oid: int
    name: str
    permissive: bool
    command: str
    roles: tuple[str, ...]
    using_text: str | None
    check_text: str | None


@dataclass(frozen=True, slots=True)
class UniqueIndex:
    """What keeps values unique, or excludes them."""

    oid: int
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of a table lead to `targets` of another; `set_columns` are those a deletion sets to null."""

    oid: int
    target_oid: int
    name: str
    columns: tuple[str, ...]
    targets: tuple[str, ...]
    on_delete: str
    on_update: str
    set_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that is not the system's."""

    name: str
    definer: bool
    owner: str
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege on a table, or on one column of it."""

    oid: int
    column: str | None
    grantee: str
    privilege: str


@dataclass(frozen=True, slots=True)
class Role:
    """One of our roles in this database."""

    name: str
    superuser: bool
    bypasses: bool
    member_of: tuple[str, ...]
    set_config: bool
    temporary: bool
    creates_schemas: bool
    creates_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A database as far as tenants are concerned."""

    relations: tuple[Relation, ...]
    columns: tuple[CatalogueColumn, ...]
    policies: tuple[CataloguePolicy, ...]
    uniques: tuple[UniqueIndex, ...]
    foreign_keys: tuple[ForeignKey, ...]
    functions: tuple[Function, ...]
    grants: tuple[Grant, ...]
    roles: tuple[Role, ...]


async def read_catalogue(connection: AsyncConnection) -> Catalogue:
    """Reads everything; see `catalogue.sql`."""
    roles = {"roles": list(HELD_ROLES)}
    relations = tuple(Relation(**row) for row in await _rows(connection, "relations", **roles))
    # Only `text[]` is an array that the driver sends without asking the server about types, which needs set_config.
    oids = {"oids": [str(relation.oid) for relation in relations]}
    return Catalogue(
        relations=relations,
        columns=tuple(CatalogueColumn(**row) for row in await _rows(connection, "columns", **oids)),
        policies=tuple(CataloguePolicy(**row) for row in await _rows(connection, "policies")),
        uniques=tuple(UniqueIndex(**row) for row in await _rows(connection, "uniques")),
        foreign_keys=tuple(ForeignKey(**row) for row in await _rows(connection, "foreign_keys")),
        functions=tuple(Function(**row) for row in await _rows(connection, "functions")),
        grants=tuple(Grant(**row) for row in await _rows(connection, "grants", **oids)),
        roles=tuple(Role(**row) for row in await _rows(connection, "roles", **roles)),
    )


_SQL = named_statements(Path(__file__).with_suffix(".sql"))


async def _rows(connection: AsyncConnection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    found = await connection.execute(text(_SQL[name]), parameters)
    return [
        {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        for row in found.mappings()
    ]
