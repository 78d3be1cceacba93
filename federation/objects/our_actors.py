"""Actors of ours as others may see them. Courses and units get their groups, actors their keys, when first asked for."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from federation.actors import shown
from federation.actors.keys import ActorKeys
from federation.actors.local import group_of_course, group_of_org_unit, instance_actor
from federation.actors.queries import username_key
from federation.actors.rows import ActorRow
from federation.actors.shown import ShownActor, shown_actor
from federation.actors.usernames import code_spellings, username_from
from federation.local import addresses_of
from federation.objects.asking import Asking, ask
from federation.protocol.addresses import Addresses, course_at
from kernel.database.wire.client import Statement
from kernel.tables import SCHEMA
from tenants.authority import system_principal
from tenants.door import Door, Transaction
from tenants.model import NotFound, Tenant

_MakeGroup = Callable[[Transaction, int, Addresses], Awaitable[ActorRow]]


class OurActors:
    """Finds those that are shown, and those that are gone. None is what does not exist."""

    def __init__(self, asking: Asking, door: Door, keys: ActorKeys, public_url: str) -> None:
        self._asking = asking
        self._door = door
        self._keys = keys
        self._public_url = public_url

    async def by_id(self, tenant: Tenant, actor_id: int) -> ShownActor | None:
        """An actor of ours that is shown, or is gone."""
        return await self._actor(tenant, shown.by_id(tenant, actor_id))

    async def institution(self, tenant: Tenant) -> ShownActor:
        """The institution's own actor."""
        here = addresses_of(tenant, self._public_url)
        statement = shown.by_address(tenant, here.instance_actor)
        (found,) = await ask(self._asking, tenant, statement)
        if found is None:
            async with self._door.write(system_principal(tenant)) as tx:
                await instance_actor(tx, here)
            (found,) = await ask(self._asking, tenant, statement)
        actor = shown_actor(found)
        assert actor is not None  # nobody takes it away
        return actor

    async def by_username(self, tenant: Tenant, username: str) -> ShownActor | None:
        """Who has a username: a person, group, the institution, or a public course whose code it is."""
        here = addresses_of(tenant, self._public_url)
        if username == tenant.slug:
            return await self.institution(tenant)
        hosts = [here.domain, *here.also]
        found = await self._actor(tenant, shown.by_username(tenant, username_key(username), hosts))
        return found or await self._group_named(tenant, username)

    async def by_page(self, tenant: Tenant, address: str) -> ShownActor | None:
        """Who has a page for people: `https://DOMAIN/@name`, `/courses/ID`, and `https://DOMAIN` for the institution itself."""
        here = addresses_of(tenant, self._public_url)
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        if parts.scheme != here.scheme or parts.netloc.lower() not in (here.domain, *here.also):
            return None
        if parts.path in ("", "/"):
            return await self.institution(tenant)
        course_id = course_at(parts.path)
        if course_id is not None:
            return await self.group_of_course(tenant, course_id)
        username = parts.path.removeprefix("/@").removesuffix("/")
        return await self.by_username(tenant, username.lower()) if parts.path.startswith("/@") else None

    async def group_of_course(self, tenant: Tenant, course_id: int) -> ShownActor | None:
        """The group of a public course."""
        statement = shown.by_course(tenant, course_id)
        return await self._group(tenant, statement, _IS_COURSE, group_of_course, course_id)

    async def group_of_org_unit(self, tenant: Tenant, org_unit_id: int) -> ShownActor | None:
        """The group of an org unit."""
        statement = shown.by_org_unit(tenant, org_unit_id)
        return await self._group(tenant, statement, _IS_UNIT, group_of_org_unit, org_unit_id)

    async def with_keys(self, tenant: Tenant, actor: ShownActor) -> ShownActor:
        """The actor with the keys that its document shows; they are made where it has none."""
        if actor.has_keys:
            return actor
        await self._keys.ensure(tenant, actor.row.id)
        return await self._actor(tenant, shown.by_id(tenant, actor.row.id)) or actor

    async def _actor(self, tenant: Tenant, statement: Statement) -> ShownActor | None:
        (found,) = await ask(self._asking, tenant, statement)
        actor = shown_actor(found)
        return actor if actor is not None and (actor.is_shown or actor.is_gone) else None

    async def _group(
        self, tenant: Tenant, statement: Statement, may_have_one: str, make: _MakeGroup, owner_id: int
    ) -> ShownActor | None:
        """The group, made if it may be: nothing is written for what does not exist."""
        found, may_be = await ask(self._asking, tenant, statement, (may_have_one, (tenant.id, owner_id)))
        actor = shown_actor(found)
        if actor is not None or not may_be:
            return actor if actor is not None and actor.is_shown else None
        try:
            async with self._door.write(system_principal(tenant)) as tx:
                await make(tx, owner_id, addresses_of(tenant, self._public_url))
        except NotFound:
            return None
        return await self._actor(tenant, statement)

    async def _group_named(self, tenant: Tenant, username: str) -> ShownActor | None:
        """The group of the course or unit whose code the username was made of, which nobody asked for before."""
        spellings = code_spellings(username)
        if not spellings:
            return None
        (found,) = await ask(self._asking, tenant, (_CODES, (tenant.id, spellings)))
        for one in found:
            if username_from(one["code"]) != username:
                continue
            is_course = one["is_course"]
            group_of = self.group_of_course if is_course else self.group_of_org_unit
            group = await group_of(tenant, int(one["id"]))
            if group is not None and group.row.preferred_username == username:
                return group
        return None


_IS_COURSE = f"""
select exists (
  select from {SCHEMA}.courses c where c.tenant_id = $1::bigint and c.id = $2::bigint and c.visibility = 'public'
)::text
"""
_IS_UNIT = f"""
select exists (
  select from {SCHEMA}.org_units o where o.tenant_id = $1::bigint and o.id = $2::bigint and o.status = 'active'
)::text
"""
# Courses come first, as they do when two want one name.
_CODES = f"""
select coalesce(json_agg(json_build_object('id', x.id::text, 'code', x.code, 'is_course', x.is_course)
  order by not x.is_course, x.code), '[]')::text
from (
  select c.id, c.code, true as is_course from {SCHEMA}.courses c
  where c.tenant_id = $1::bigint and c.code = any($2::text[]) and c.visibility = 'public'
    and not exists (select from {SCHEMA}.actors a where a.tenant_id = $1 and a.course_id = c.id)
  union all
  select o.id, o.code, false from {SCHEMA}.org_units o
  where o.tenant_id = $1::bigint and o.code = any($2::text[]) and o.status = 'active'
    and not exists (select from {SCHEMA}.actors a where a.tenant_id = $1 and a.org_unit_id = o.id)
) x
"""
