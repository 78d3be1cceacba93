"""What an institution, and the platform above it, decide about another server: one rule for all that comes and goes.

The rule for the host counts, or else that for the nearest domain above it; the platform's block counts before all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import asyncpg

from kernel.tables import SCHEMA
from tenants.door import Door
from tenants.model import Forbidden, Tenant

USUAL_LINKS = 5
"""How many links a post of somebody unknown may have, where the institution says nothing else."""


class NotDealtWith(StrEnum):
    """Why nothing is sent to a server and nothing taken from it."""

    PLATFORM = "platform"  # the operator blocks it for everybody
    CLOSED = "closed"  # the institution does not federate
    BLOCKED = "blocked"
    NOT_ALLOWED = "not_allowed"  # the institution federates with those on its list alone


class Platform(Protocol):
    """What the operator says about servers."""

    def is_blocked(self, host: str) -> bool: ...

    def is_limited(self, host: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Policies:
    """An institution's own: `actions` by domain, at least of all that the host in question belongs to."""

    mode: str = "open"
    requires_signed_fetch: str = "never"
    links_of_strangers: int = USUAL_LINKS
    actions: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    def action(self, host: str) -> str | None:
        """What the nearest rule says: allow, limit or block; None without one."""
        return next((self.actions[name] for name in domains_above(host) if name in self.actions), None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`because`: why the institution has nothing to do with the server; None: it has. `is_limited`: what comes from there
    is held back from those who do not follow its author."""

    because: NotDealtWith | None = None
    is_limited: bool = False

    @property
    def is_open(self) -> bool:
        """Whether there is anything to do with the server."""
        return self.because is None


@dataclass(frozen=True, slots=True)
class _Anything:
    """A platform without rules."""

    def is_blocked(self, host: str) -> bool:
        return False

    def is_limited(self, host: str) -> bool:
        return False


ANYTHING: Platform = _Anything()


def decide(policies: Policies, platform: Platform, host: str) -> Verdict:
    """Whether an institution deals with a host (with its port where it has one)."""
    if platform.is_blocked(host):
        return Verdict(NotDealtWith.PLATFORM)
    if policies.mode == "closed":
        return Verdict(NotDealtWith.CLOSED)
    action = policies.action(host)
    if action == "block":
        return Verdict(NotDealtWith.BLOCKED)
    if policies.mode == "allow_list" and action != "allow":
        return Verdict(NotDealtWith.NOT_ALLOWED)
    is_limited = action == "limit" or (policies.mode == "limited" and action != "allow")
    return Verdict(is_limited=is_limited or platform.is_limited(host))


def domains_above(host: str) -> list[str]:
    """What a rule about a host may name, the nearest first: the host as it is, without its port, each domain above it."""
    name, colon, port = host.rpartition(":")
    bare = name if colon and port.isdigit() and not host.endswith("]") else host
    if bare.startswith("["):
        return list(dict.fromkeys((host, bare)))
    labels = bare.split(".")
    return list(dict.fromkeys((host, *(".".join(labels[start:]) for start in range(len(labels))))))


async def policies_for(driver: "asyncpg.Connection[Any]", tenant_id: int, hosts: Sequence[str]) -> Policies:
    """The institution's policies as far as these hosts are concerned, inside one of its transactions."""
    names = list(dict.fromkeys(name for host in hosts for name in domains_above(host)))
    return await _policies(driver, tenant_id, names)


async def require_dealt_with(door: Door, tenant: Tenant, hosts: Sequence[str]) -> None:
    """Raises `Forbidden`, naming the host, where the institution has nothing to do with one of them.

    What the platform blocks nobody asks anything of: `federation.remote.documents` sees to that.
    """
    if not hosts:
        return
    async with door.read(tenant) as driver:
        policies = await policies_for(driver, tenant.id, hosts)
    for host in hosts:
        if not decide(policies, ANYTHING, host).is_open:
            raise Forbidden(f"the institution has nothing to do with {host[:100]}")


async def all_policies(driver: "asyncpg.Connection[Any]", tenant_id: int) -> Policies:
    """All of the institution's: thousands where it took lists over, so whoever asks keeps them for a while."""
    return await _policies(driver, tenant_id, None)


async def _policies(
    driver: "asyncpg.Connection[Any]", tenant_id: int, names: Sequence[str] | None
) -> Policies:
    if names is None:
        row = await driver.fetchrow(_ALL_POLICIES, tenant_id)
    else:
        row = await driver.fetchrow(_POLICIES, tenant_id, names)
    assert row is not None
    actions = dict(zip(row["domains"], row["actions"], strict=True))
    return Policies(
        row["mode"], row["requires_signed_fetch"], row["links_of_strangers"], actions, row["version"]
    )


_ALL_POLICIES = f"""
select coalesce(s.mode, 'open') as mode, coalesce(s.requires_signed_fetch, 'never') as requires_signed_fetch,
       coalesce(s.links_of_strangers, {USUAL_LINKS}) as links_of_strangers, coalesce(s.version, 1) as version,
       p.domains, p.actions
from (
    select coalesce(array_agg(d.domain), array[]::text[]) as domains,
           coalesce(array_agg(d.action), array[]::text[]) as actions
    from {SCHEMA}.domain_policies d
    where d.tenant_id = $1::bigint
) p
left join {SCHEMA}.federation_settings s on s.tenant_id = $1::bigint
"""
# Apart from the other, so that whatever plan is kept finds them by the index.
_POLICIES = _ALL_POLICIES.replace(
    "d.tenant_id = $1::bigint", "d.tenant_id = $1::bigint and d.domain = any($2::text[])"
)
