"""What the operator does with institutions: enters them in the directory, switches them off and on again.

These run on a connection to the directory as the worker: the application may not move or switch a tenant.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import ErrorCode, FediflowError, InvalidInput
from kernel.languages import language_tag, language_text
from kernel.unset import UNSET, Unset
from tenants.model import NotFound
from tenants.places import NOWHERE, InstitutionPlace, checked_place
from tenants.tables import shards, tenant_domains, tenants

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]", re.ASCII)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*", re.ASCII)
_LONGEST_NAME = 300


class AlreadyTaken(FediflowError):
    """Another institution has this slug or domain."""

    code = ErrorCode.CONFLICT


@dataclass(frozen=True, slots=True)
class NewTenant:
    """An institution to be. `languages`: the first is its default; `domains`: the first is its primary one."""

    slug: str
    name: Mapping[str, str]
    shard: str
    region: str
    time_zone: str
    languages: Sequence[str]
    domains: Sequence[str] = field(default=())
    place: InstitutionPlace = NOWHERE


async def create_tenant(
    directory: AsyncConnection, *, tenant: NewTenant, tenant_id: int, now: datetime
) -> int:
    """Enters an institution. Returns its id."""
    values = _checked(tenant)
    shard_id = (
        await directory.execute(select(shards.c.id).where(shards.c.name == tenant.shard))
    ).scalar_one_or_none()
    if shard_id is None:
        raise NotFound(f"there is no shard {tenant.shard!r}")
    domains = [_domain(domain) for domain in tenant.domains]
    try:
        await directory.execute(
            insert(tenants).values(
                id=tenant_id, shard_id=shard_id, settings={}, created_at=now, updated_at=now, **values
            )
        )
        if domains:
            await directory.execute(
                insert(tenant_domains),
                [
                    {"domain": domain, "tenant_id": tenant_id, "is_primary": place == 0}
                    for place, domain in enumerate(domains)
                ],
            )
    except IntegrityError as error:
        raise _taken(error, tenant) from None
    return tenant_id


async def switch_tenant(directory: AsyncConnection, *, slug: str, is_suspended: bool, now: datetime) -> int:
    """Switches an institution's service off or on; returns its id. The caller ends its tokens in the same
    transaction."""
    switched = (
        update(tenants)
        .where(tenants.c.slug == slug)
        .values(
            status="suspended" if is_suspended else "active", updated_at=now, version=tenants.c.version + 1
        )
        .returning(tenants.c.id)
    )
    tenant_id: int | None = (await directory.execute(switched)).scalar_one_or_none()
    if tenant_id is None:
        raise NotFound(f"there is no tenant {slug!r}")
    return tenant_id


@dataclass(frozen=True, slots=True)
class TenantChanges:
    """How an institution is served from now on, and where it is: what is UNSET stays, None takes away."""

    documents_only: bool | Unset = UNSET
    country: str | Unset | None = UNSET
    subdivision: str | Unset | None = UNSET
    latitude: float | Unset | None = UNSET
    longitude: float | Unset | None = UNSET


async def update_tenant(
    directory: AsyncConnection, *, slug: str, changes: TenantChanges, now: datetime
) -> None:
    """Changes an institution; gateways and workers follow within seconds."""
    known = [tenants.c[one.name] for one in fields(TenantChanges)]
    row = (
        await directory.execute(select(*known).where(tenants.c.slug == slug).with_for_update())
    ).one_or_none()
    if row is None:
        raise NotFound(f"there is no tenant {slug!r}")
    given = {name: value for name, value in asdict(changes).items() if value is not UNSET}
    if not given:
        raise InvalidInput("nothing is said that would change; see the command's --help")
    values = {**row._mapping, **given}
    documents_only = values.pop("documents_only")
    place = checked_place(InstitutionPlace(**values))
    await directory.execute(
        update(tenants)
        .where(tenants.c.slug == slug)
        .values(
            documents_only=documents_only,
            updated_at=now,
            version=tenants.c.version + 1,
            **place.columns,
        )
    )


def _checked(tenant: NewTenant) -> dict[str, object]:
    if not _SLUG.fullmatch(tenant.slug):
        raise InvalidInput(
            "a slug has 3 to 40 of a-z, 0-9 and '-', starts with a letter and does not end with '-'",
            path=["slug"],
        )
    if tenant.time_zone not in available_timezones():
        raise InvalidInput(
            f"{tenant.time_zone!r} is not a time zone such as Europe/Berlin", path=["time_zone"]
        )
    if not tenant.languages:
        raise InvalidInput("an institution has at least one language", path=["languages"])
    languages = list(dict.fromkeys(language_tag(tag) for tag in tenant.languages))
    name = language_text(tenant.name, path="name", longest=_LONGEST_NAME)
    if languages[0] not in name:
        raise InvalidInput(f"there is no name in the default language {languages[0]!r}", path=["name"])
    return {
        "slug": tenant.slug,
        "name": name,
        "region": tenant.region,
        "time_zone": tenant.time_zone,
        "languages": languages,
        **checked_place(tenant.place).columns,
    }


def _domain(given: str) -> str:
    domain = given.lower().rstrip(".")
    if not _DOMAIN.fullmatch(domain):
        raise InvalidInput(f"{given!r} is not a domain name", path=["domains"])
    return domain


def _taken(error: IntegrityError, tenant: NewTenant) -> FediflowError:
    constraint = getattr(error.orig.__cause__, "constraint_name", "") if error.orig else ""
    if constraint == "tenant_domains_pkey":
        return AlreadyTaken(f"a domain of {tenant.slug} belongs to another tenant already", path=["domains"])
    return AlreadyTaken(f"there is a tenant {tenant.slug!r} already", path=["slug"])
