"""The lint's rules about roles: what they own, are and may do."""

from collections.abc import Iterator

from sqlalchemy import MetaData

from kernel.database.roles import DatabaseRole
from tenants.lint.catalogue import HELD_ROLES, Catalogue
from tenants.lint.described import held, is_ours
from tenants.lint.findings import Finding
from tenants.policies import READABLE, VERSION_TABLE, grants_of


def role_missing(catalogue: Catalogue, _: MetaData) -> Iterator[Finding]:
    """A role that this server does not have."""
    for name in sorted({role.value for role in HELD_ROLES} - {role.name for role in catalogue.roles}):
        yield Finding("role-missing", name, "the role does not exist")


def too_powerful(catalogue: Catalogue, _: MetaData) -> Iterator[Finding]:
    """A role that policies should hold and do not."""
    for role in catalogue.roles:
        reasons = {
            "it is a superuser": role.superuser,
            "it bypasses row-level security": role.bypasses,
            f"it is a member of {', '.join(role.member_of)}": bool(role.member_of),
            "it may create schemas": role.creates_schemas,
            f"it may create objects in {', '.join(role.creates_in)}": bool(role.creates_in),
            # Imports stage rows on connections of their own.
            "it may create temporary tables": role.temporary and role.name != DatabaseRole.WORKER,
        }
        for reason in (reason for reason, holds in reasons.items() if holds):
            yield Finding("too-powerful", role.name, reason)


def set_config_executable(catalogue: Catalogue, _: MetaData) -> Iterator[Finding]:
    """One injected SELECT of it would change the tenant."""
    for role in catalogue.roles:
        if role.set_config:
            yield Finding("set-config-executable", role.name, "it may execute set_config")


def owned_by_held_role(catalogue: Catalogue, _: MetaData) -> Iterator[Finding]:
    """A role that policies should hold owns something, and so can change its policies."""
    owners = [(str(relation), relation.owner) for relation in catalogue.relations]
    owners += [(function.name, function.owner) for function in catalogue.functions]
    for name, owner in owners:
        if held((owner,)):
            yield Finding("owned-by-held-role", name, f"it is owned by {owner}")


def may_truncate(catalogue: Catalogue, _: MetaData) -> Iterator[Finding]:
    """TRUNCATE asks no policy."""
    for relation in catalogue.relations:
        for role in held(relation.truncatable_by):
            yield Finding("may-truncate", str(relation), f"{role} may truncate it")


def grants_differ(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """Privileges on our tables that are missing or too many, for our roles or for everybody."""
    ours = {role.value for role in DatabaseRole} | {"public"}
    for relation in catalogue.relations:
        table = metadata.tables.get(str(relation))
        described = relation.name == VERSION_TABLE if table is None else "class" in table.info
        if not (is_ours(relation) and described):
            continue
        wanted = {
            (column, grant.role.value, privilege)
            for grant in (READABLE if table is None else grants_of(table))
            for privilege in grant.privileges
            for column in (grant.columns or (None,))
        }
        found = {
            (grant.column, grant.grantee, grant.privilege)
            for grant in catalogue.grants
            if grant.oid == relation.oid and grant.grantee in ours
        }
        for column, role, privilege in sorted(wanted ^ found, key=str):
            how = "may" if (column, role, privilege) in found else "may not"
            where = f"{relation}.{column}" if column else str(relation)
            yield Finding("grants-differ", where, f"{role} {how} {privilege}, which is not as rendered")
