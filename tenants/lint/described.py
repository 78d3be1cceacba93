"""Brings together what a database has and what the tables describe."""

from collections.abc import Iterator

from sqlalchemy import MetaData, Table

from kernel.tables import SCHEMA, TableClass
from tenants.lint.catalogue import HELD_ROLES, Catalogue, Relation
from tenants.policies import policies_of


def is_ours(relation: Relation) -> bool:
    """Whether it is a table of our schema; a partition is a part of one."""
    return relation.schema == SCHEMA and relation.is_table and not relation.is_partition


def held(roles: tuple[str, ...]) -> list[str]:
    """Those of the roles that row-level security has to hold."""
    return [role.value for role in HELD_ROLES if role in roles]


def described(catalogue: Catalogue, metadata: MetaData) -> Iterator[tuple[Relation, Table]]:
    """Our tables that are both in the database and in the code."""
    for relation in catalogue.relations:
        table = metadata.tables.get(str(relation))
        # A table that declares no class is a finding of its own.
        if relation.is_table and table is not None and "class" in table.info:
            yield relation, table


def with_policies(catalogue: Catalogue, metadata: MetaData) -> Iterator[tuple[Relation, Table]]:
    """Those with row-level security."""
    return ((relation, table) for relation, table in described(catalogue, metadata) if policies_of(table))


def tenant_tables(catalogue: Catalogue, metadata: MetaData) -> Iterator[tuple[Relation, Table]]:
    """Those with the rows of tenants."""
    for relation, table in described(catalogue, metadata):
        if table.info["class"] is TableClass.TENANT:
            yield relation, table
