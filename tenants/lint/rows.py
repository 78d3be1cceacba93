"""The lint's rules about tables: each has a class, and row-level security exactly as rendered."""

from collections.abc import Iterator

from sqlalchemy import MetaData, Table

from kernel.tables import SCHEMA, TableClass
from tenants.lint.catalogue import Catalogue, CataloguePolicy, Relation
from tenants.lint.described import described, held, is_ours, with_policies
from tenants.lint.findings import Finding
from tenants.policies import CANONICAL, CANONICAL_PRINTED, VERSION_TABLE, Policy, policies_of
from tenants.registry import NoClass, column_use, table_class


def no_class(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """A table or column that the registry does not know, or that the database does not have."""
    there = {relation.name: relation for relation in catalogue.relations if is_ours(relation)}
    for relation in there.values():
        if relation.name != VERSION_TABLE and f"{SCHEMA}.{relation.name}" not in metadata.tables:
            yield Finding("no-class", str(relation), "the table is not described, so it has no class")
    for relation in catalogue.relations:
        if relation.schema != SCHEMA and relation.is_table and held(relation.usable_by):
            yield Finding("no-class", str(relation), "a table outside the schema may be used by our roles")
    for table in metadata.sorted_tables:
        yield from _table_without_class(table, there.get(table.name), catalogue)


def row_security_off(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """A table with tenants' rows and no row-level security."""
    for relation, _ in with_policies(catalogue, metadata):
        if not relation.secured:
            yield Finding("row-security-off", str(relation), "row-level security is not enabled")
    for relation in catalogue.relations:
        if relation.is_partition and not relation.secured and held(relation.usable_by):
            yield Finding(
                "row-security-off", str(relation), "the partition can be read past its table's policies"
            )


def row_security_not_forced(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """A table whose owner sees everything."""
    for relation, _ in with_policies(catalogue, metadata):
        if not relation.forced:
            yield Finding(
                "row-security-not-forced", str(relation), "row-level security does not hold its owner"
            )


def policies_differ(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """Policies that are missing, not as rendered, or too many."""
    rendered = {str(relation): policies_of(table) for relation, table in described(catalogue, metadata)}
    for relation in catalogue.relations:
        wanted = {policy.name: _shape(policy) for policy in rendered.get(str(relation), ())}
        found = {policy.name: _found(policy) for policy in catalogue.policies if policy.oid == relation.oid}
        for name in sorted(wanted.keys() | found.keys()):
            if name not in found:
                yield Finding("policies-differ", f"{relation}.{name}", "the policy is missing")
            elif name not in wanted:
                yield Finding("policies-differ", f"{relation}.{name}", "the policy is not one of ours")
            elif wanted[name] != found[name]:
                yield Finding("policies-differ", f"{relation}.{name}", "the policy is not as rendered")


def tenant_id_wrong(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """A tenant's table whose tenant_id is missing, nullable or no bigint."""
    ids = {column.oid: column for column in catalogue.columns if column.name == "tenant_id"}
    for relation, table in with_policies(catalogue, metadata):
        column = ids.get(relation.oid)
        if column is None and (table_class(table) is TableClass.TENANT or "tenant_id" in table.c):
            yield Finding("tenant-id-wrong", str(relation), "it has no tenant_id")
        elif column is not None and not (column.required and column.type == "bigint"):
            yield Finding("tenant-id-wrong", str(relation), "tenant_id is not 'bigint not null'")


def _table_without_class(table: Table, relation: Relation | None, catalogue: Catalogue) -> Iterator[Finding]:
    where = f"{SCHEMA}.{table.name}"
    try:
        table_class(table)
    except NoClass as error:
        yield Finding("no-class", where, str(error))
    if relation is None:
        yield Finding("no-class", where, "the described table is not in the database")
        return
    there = {column.name for column in catalogue.columns if column.oid == relation.oid}
    for name in sorted(there ^ set(table.c.keys())):
        problem = "is not described, so it has no class" if name in there else "is not in the database"
        yield Finding("no-class", f"{where}.{name}", f"the column {problem}")
    for column in table.c:
        try:
            column_use(column)
        except NoClass as error:
            yield Finding("no-class", f"{where}.{column.name}", str(error))


def _shape(policy: Policy) -> tuple[object, ...]:
    roles = tuple(sorted(role.value for role in policy.roles))
    return policy.permissive, policy.command, roles, _printed(policy.using), _printed(policy.check)


def _found(policy: CataloguePolicy) -> tuple[object, ...]:
    return (
        policy.permissive,
        policy.command,
        tuple(sorted(policy.roles)),
        policy.using_text,
        policy.check_text,
    )


def _printed(expression: str | None) -> str | None:
    return CANONICAL_PRINTED if expression == CANONICAL else expression
