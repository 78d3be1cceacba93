"""Who is asking and what they may do: roles, permissions, scopes, principals. Pure.

The permission table below is the only one; `docs/permissions.md` is printed from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from kernel.errors import ErrorCode, FediflowError

# Only `tenants.directory` makes one: whoever holds it may use it.
TenantId = NewType("TenantId", int)


class Role(StrEnum):
    """What somebody is at an institution; held in the whole tenant, or for an org unit and everything below it."""

    TENANT_ADMIN = "tenant_admin"
    REGISTRAR = "registrar"
    INSTRUCTOR = "instructor"
    STUDENT = "student"
    ANALYST = "analyst"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What may be done beyond one's own things."""

    READ_USERS = "read_users"
    WRITE_USERS = "write_users"
    GRANT_ROLES = "grant_roles"
    READ_PRIVATE_CATALOG = "read_private_catalog"
    WRITE_CATALOG = "write_catalog"
    WRITE_STRUCTURE = "write_structure"  # org units and terms
    READ_ENROLLMENTS = "read_enrollments"
    WRITE_ENROLLMENTS = "write_enrollments"
    RECORD_RESULTS = "record_results"
    MANAGE_TOKENS = "manage_tokens"
    DECLARE_ATTRIBUTES = "declare_attributes"
    PUBLISH_DOCUMENTS = "publish_documents"
    WATCH_IMPORTS = "watch_imports"
    READ_REPORTS = "read_reports"
    MODERATE = "moderate"  # reports, and what is seen of others on the social web
    OPERATE_FEDERATION = "operate_federation"  # deliveries to other servers, and which of them are dealt with
    RESOLVE_IDENTITIES = "resolve_identities"  # link and remove those of others, decide about clashes
    MANAGE_SIGN_IN = "manage_sign_in"  # which providers say who somebody is
    MANAGE_SEARCH = "manage_search"  # which words mean the same, and what is found first


P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.TENANT_ADMIN: frozenset(Permission),
    Role.REGISTRAR: frozenset(
        {
            P.READ_USERS,
            P.WRITE_USERS,
            P.READ_PRIVATE_CATALOG,
            P.WRITE_CATALOG,
            P.READ_ENROLLMENTS,
            P.WRITE_ENROLLMENTS,
            P.RECORD_RESULTS,
            P.READ_REPORTS,
            P.MODERATE,
            P.RESOLVE_IDENTITIES,
            P.MANAGE_SEARCH,
        }
    ),
    Role.INSTRUCTOR: frozenset(),  # what they may do follows from the offerings they teach
    Role.STUDENT: frozenset(),
    Role.ANALYST: frozenset({P.READ_PRIVATE_CATALOG, P.READ_REPORTS}),
    Role.AUDITOR: frozenset({P.READ_USERS, P.READ_PRIVATE_CATALOG, P.READ_ENROLLMENTS, P.READ_REPORTS}),
}
# Permissions that make sense for a part of the institution; the others are held in the whole tenant or not at all.
PERMISSIONS_BY_UNIT = frozenset(
    {
        P.READ_USERS,
        P.READ_PRIVATE_CATALOG,
        P.WRITE_CATALOG,
        P.READ_ENROLLMENTS,
        P.WRITE_ENROLLMENTS,
        P.RECORD_RESULTS,
    }
)


class Scope(StrEnum):
    """What a token may be used for; a signed-in person's own session has all of them."""

    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    ORG_UNITS_READ = "org_units:read"
    ORG_UNITS_WRITE = "org_units:write"
    COURSES_READ = "courses:read"
    COURSES_WRITE = "courses:write"
    ENROLLMENTS_READ = "enrollments:read"
    ENROLLMENTS_WRITE = "enrollments:write"
    TOKENS_WRITE = "tokens:write"
    POSTS_READ = "posts:read"  # the social web: actors, posts, timelines
    POSTS_WRITE = "posts:write"
    FOLLOWS_WRITE = "follows:write"
    IDENTITIES_READ = "identities:read"
    IDENTITIES_WRITE = "identities:write"
    NOTIFICATIONS_READ = "notifications:read"
    NOTIFICATIONS_WRITE = "notifications:write"
    MODERATION_READ = "moderation:read"  # reports, what moderators did, whom the person blocked and muted
    MODERATION_WRITE = "moderation:write"
    FEDERATION_OPERATE = "federation:operate"
    SEARCHES_READ = "searches:read"  # what the person saved; and what the institution says about its search
    SEARCHES_WRITE = "searches:write"


ALL_SCOPES = frozenset(Scope)
# What the public catalogue and the social web show to somebody who has not said who they are.
ANONYMOUS_SCOPES = frozenset({Scope.ORG_UNITS_READ, Scope.COURSES_READ, Scope.POSTS_READ})


@dataclass(frozen=True, slots=True)
class Access:
    """What a principal may do: the part of a plan's key that decides which SQL is compiled.

    `held` counts in the whole tenant; `by_unit` only for org units where the viewer has a role that grants it, which the
    SQL looks up by the viewer's id. `roles` are those held in the whole tenant (who reads a tenant's own field).
    """

    is_member: bool = False
    held: frozenset[Permission] = frozenset()
    by_unit: frozenset[Permission] = frozenset()
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = ANONYMOUS_SCOPES

    def may(self, permission: Permission) -> bool:
        """Whether it is held in the whole tenant."""
        return permission in self.held


ANONYMOUS = Access()


def access_of(
    roles: Iterable[Role], unit_roles: Iterable[Role] = (), scopes: frozenset[Scope] = ALL_SCOPES
) -> Access:
    """The access of a member with these roles in the whole tenant and those for some org unit."""
    roles, unit_roles = frozenset(roles), frozenset(unit_roles)
    held = frozenset(p for role in roles for p in PERMISSIONS[role])
    by_unit = frozenset(p for role in unit_roles for p in PERMISSIONS[role]) & PERMISSIONS_BY_UNIT
    return Access(True, held, by_unit - held, roles, scopes)


def roles_granting(permission: Permission) -> tuple[Role, ...]:
    """The roles that grant a permission, in a fixed order."""
    return tuple(role for role in Role if permission in PERMISSIONS[role])


@dataclass(frozen=True, slots=True)
class Tenant:
    """An institution as the directory knows it."""

    id: TenantId
    slug: str
    name: dict[str, str] = field(hash=False)
    shard: str
    region: str
    time_zone: str
    languages: tuple[str, ...]  # the first is the default
    domains: tuple[str, ...]
    is_suspended: bool
    documents_only: bool = False  # text is answered only where it was published (`tenants.documents`)
    country: str | None = None  # ISO 3166-1 alpha-2
    subdivision: str | None = None  # ISO 3166-2, of that country
    latitude: float | None = None  # degrees of WGS 84, both or neither
    longitude: float | None = None

    def day_of(self, moment: datetime) -> date:
        """The day that a moment belongs to where the institution is."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: nobody (user_id None), a person in a session, or a token acting for a person."""

    tenant: Tenant
    user_id: int | None = None
    access: Access = ANONYMOUS
    session_id: int | None = None
    token_id: int | None = None
    languages: tuple[str, ...] = ()

    @property
    def viewer_id(self) -> int:
        """The viewer's id for SQL; 0 is nobody's."""
        return self.user_id or 0


class Forbidden(FediflowError):
    """The caller is known and may not do this here."""

    code = ErrorCode.FORBIDDEN


class NotFound(FediflowError):
    """There is no such object for this caller; another tenant's, or a hidden one, does not exist either."""

    code = ErrorCode.NOT_FOUND


class Unauthenticated(FediflowError):
    """The caller has not said who they are, or what they said does not hold."""

    code = ErrorCode.UNAUTHENTICATED


class TenantMismatch(FediflowError):
    """Two parts of the request name different tenants."""

    code = ErrorCode.TENANT_MISMATCH


class TenantRequired(FediflowError):
    """The request names no tenant and asks for something only a tenant has."""

    code = ErrorCode.TENANT_REQUIRED


class TenantSuspended(FediflowError):
    """The tenant exists and its service is switched off by the operator."""

    code = ErrorCode.TENANT_SUSPENDED
