"""The catalogue lint: reads what a database really is and names whatever could let a row cross tenants.

    findings = await lint_database(connection, kind="shard")

Any role may run it. It compares with the tables that are loaded, so load all `tables` modules first.
"""

from collections.abc import Callable, Iterator
from typing import Literal

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.tables import DIRECTORY, SHARD
from tenants.lint.catalogue import Catalogue, read_catalogue
from tenants.lint.code import definer_without_search_path, materialised_view_readable, view_as_owner
from tenants.lint.findings import Finding
from tenants.lint.keys import bare_set_null, foreign_key_without_tenant, unique_without_tenant
from tenants.lint.powers import (
    grants_differ,
    may_truncate,
    owned_by_held_role,
    role_missing,
    set_config_executable,
    too_powerful,
)
from tenants.lint.rows import (
    no_class,
    policies_differ,
    row_security_not_forced,
    row_security_off,
    tenant_id_wrong,
)

__all__ = ["RULES", "DatabaseKind", "Finding", "Rule", "lint_database"]

DatabaseKind = Literal["shard", "directory"]
Rule = Callable[[Catalogue, MetaData], Iterator[Finding]]
"""A pure function of what a database is and what it should be."""

RULES: tuple[Rule, ...] = (
    no_class,
    row_security_off,
    row_security_not_forced,
    policies_differ,
    tenant_id_wrong,
    unique_without_tenant,
    foreign_key_without_tenant,
    bare_set_null,
    role_missing,
    too_powerful,
    set_config_executable,
    owned_by_held_role,
    may_truncate,
    grants_differ,
    view_as_owner,
    materialised_view_readable,
    definer_without_search_path,
)

_METADATA: dict[DatabaseKind, MetaData] = {"shard": SHARD, "directory": DIRECTORY}


async def lint_database(connection: AsyncConnection, *, kind: DatabaseKind = "shard") -> list[Finding]:
    """Everything that is wrong, by rule and object; an empty list is a clean database."""
    catalogue = await read_catalogue(connection)
    found = (finding for rule in RULES for finding in rule(catalogue, _METADATA[kind]))
    return sorted(found, key=lambda finding: (finding.rule, finding.object))
