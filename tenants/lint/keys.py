"""The lint's rules about keys, which PostgreSQL checks without asking row-level security."""

from collections.abc import Iterator

from sqlalchemy import MetaData

from kernel.tables import TableClass
from tenants.lint.catalogue import Catalogue, ForeignKey
from tenants.lint.described import described, tenant_tables
from tenants.lint.findings import Finding
from tenants.registry import table_class


def unique_without_tenant(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """A unique index across tenants tells one tenant what another has."""
    tables = {relation.oid: relation for relation, _ in tenant_tables(catalogue, metadata)}
    for index in catalogue.uniques:
        if index.oid in tables and index.columns[:1] != ("tenant_id",):
            yield Finding(
                "unique-without-tenant",
                f"{tables[index.oid]}.{index.name}",
                f"it is unique over ({', '.join(index.columns)}), which does not begin with tenant_id",
            )


def foreign_key_without_tenant(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """A reference that can lead to another tenant's row: foreign keys are checked without row-level security."""
    tables = {relation.oid: relation for relation, _ in tenant_tables(catalogue, metadata)}
    shared = {
        r.oid for r, table in described(catalogue, metadata) if table_class(table) is TableClass.REFERENCE
    }
    for key in catalogue.foreign_keys:
        inside = key.oid in tables or key.target_oid in tables
        if inside and key.target_oid not in shared and ("tenant_id", "tenant_id") not in _pairs(key):
            yield Finding(
                "foreign-key-without-tenant", _key_name(catalogue, key), "it does not pair tenant_id"
            )


def bare_set_null(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """`on delete set null` without columns tries to null tenant_id too."""
    tables = {relation.oid for relation, _ in tenant_tables(catalogue, metadata)}
    for key in catalogue.foreign_keys:
        names_columns = bool(key.set_columns) and "tenant_id" not in key.set_columns
        if key.oid in tables and (
            (key.on_delete in ("n", "d") and not names_columns) or key.on_update in ("n", "d")
        ):
            yield Finding(
                "bare-set-null", _key_name(catalogue, key), "it would set tenant_id; name the columns"
            )


def _pairs(key: ForeignKey) -> set[tuple[str, str]]:
    return set(zip(key.columns, key.targets, strict=True))


def _key_name(catalogue: Catalogue, key: ForeignKey) -> str:
    relation = next((str(one) for one in catalogue.relations if one.oid == key.oid), "?")
    return f"{relation}.{key.name}"
