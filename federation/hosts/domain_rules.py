"""Domains that are blocked, limited or allowed: on the whole platform (directory) or by one institution."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from sqlalchemy import Text, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.hosts.blocklists import DomainRule, with_comments
from federation.tables.hosts import domain_policies, platform_domains
from kernel.tables import SCHEMA
from tenants.door import Transaction


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rules are new or changed, and how many went; or would."""

    changed: int
    removed: int


async def platform_rules(directory: AsyncEngine) -> list[DomainRule]:
    """The platform's rules, by domain."""
    p = platform_domains.c
    async with directory.connect() as connection:
        rows = await connection.execute(select(p.domain, p.action, p.reason_text).order_by(p.domain))
        return [DomainRule(*row) for row in rows]


async def store_platform_rules(
    directory: AsyncEngine, rules: Sequence[DomainRule], *, replace: bool = False, dry_run: bool = False
) -> Stored:
    """Adds rules, the new one counting, but for a comment that it lacks; with `replace` all others go, in the same
    transaction. A dry run says what would change."""
    p = platform_domains.c
    async with directory.begin() as connection:
        rows = await connection.execute(select(p.domain, p.action, p.reason_text).with_for_update())
        before = {row.domain: DomainRule(*row) for row in rows}
        named = {rule.domain: rule for rule in with_comments(rules, before)}
        changed = [rule for rule in named.values() if rule != before.get(rule.domain)]
        removed = sorted(before.keys() - named.keys()) if replace else []
        if removed and not dry_run:
            gone = p.domain == func.any(bindparam("gone", removed, ARRAY(Text)))
            await connection.execute(delete(platform_domains).where(gone))
        if changed and not dry_run:
            values = [{"domain": one.domain, "action": one.action, "reason_text": one.why} for one in changed]
            await connection.execute(_STORE_PLATFORM, values)
    return Stored(len(changed), len(removed))


async def institution_rules(tx: Transaction) -> list[DomainRule]:
    """The rules of the transaction's institution, by domain."""
    p = domain_policies.c
    query = select(p.domain, p.action, p.policy_reason).where(p.tenant_id == tx.tenant_id)
    return [DomainRule(*row) for row in await tx.connection.execute(query.order_by(p.domain))]


async def institution_rule(tx: Transaction, domain: str) -> DomainRule | None:
    """The rule of the transaction's institution for this very domain, which nobody else changes before the transaction ends."""
    p = domain_policies.c
    query = select(p.domain, p.action, p.policy_reason).where(p.tenant_id == tx.tenant_id, p.domain == domain)
    row = (await tx.connection.execute(query.with_for_update())).first()
    return DomainRule(*row) if row is not None else None


async def store_institution_rules(
    tx: Transaction, rules: Sequence[DomainRule], *, replace: bool = False
) -> int:
    """The same of the transaction's institution; how many rules are new or changed. Each domain is named once."""
    if replace:
        await tx.connection.execute(
            delete(domain_policies).where(domain_policies.c.tenant_id == tx.tenant_id)
        )
    if not rules:
        return 0
    ids, domains, actions, whys = zip(*((str(tx.new_id()), *astuple(rule)) for rule in rules), strict=True)
    columns = [list(one) for one in (ids, domains, actions, whys)]
    rows = await tx.driver.fetch(_STORE, tx.tenant_id, *columns, tx.principal.user_id, tx.now)
    return len(rows)


_PLATFORM_ROW = insert(platform_domains)
_STORE_PLATFORM = _PLATFORM_ROW.on_conflict_do_update(
    index_elements=["domain"],
    set_={"action": _PLATFORM_ROW.excluded.action, "reason_text": _PLATFORM_ROW.excluded.reason_text},
)
_STORE = f"""
insert into {SCHEMA}.domain_policies as p
    (tenant_id, id, domain, action, policy_reason, set_by_id, created_at, updated_at)
select $1::bigint, n.id, n.domain, n.action, n.why, $6::bigint, $7::timestamptz, $7::timestamptz
from unnest($2::text[]::bigint[], $3::text[], $4::text[], $5::text[]) as n(id, domain, action, why)
order by n.domain
on conflict (tenant_id, domain) do update
set action = excluded.action, policy_reason = excluded.policy_reason, set_by_id = excluded.set_by_id,
    updated_at = excluded.updated_at, version = p.version + 1
where p.action <> excluded.action or p.policy_reason is distinct from excluded.policy_reason
returning 1
"""
