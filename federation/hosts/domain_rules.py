"""Domains that are blocked, limited or allowed: on the whole platform (directory) or by one institution."""

from collections.abc import Sequence
from dataclasses import astuple

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.hosts.blocklists import DomainRule
from federation.tables.hosts import domain_policies, platform_domains
from kernel.tables import SCHEMA
from tenants.door import Transaction


async def platform_rules(directory: AsyncEngine) -> list[DomainRule]:
    """The platform's rules, by domain."""
    p = platform_domains.c
    async with directory.connect() as connection:
        rows = await connection.execute(select(p.domain, p.action, p.reason_text).order_by(p.domain))
        return [DomainRule(*row) for row in rows]


async def store_platform_rules(
    directory: AsyncEngine, rules: Sequence[DomainRule], *, replace: bool = False
) -> None:
    """Adds rules, the new one counting; with `replace` all others go, in the same transaction."""
    async with directory.begin() as connection:
        if replace:
            await connection.execute(delete(platform_domains))
        for rule in rules:
            row = insert(platform_domains).values(
                domain=rule.domain, action=rule.action, reason_text=rule.why
            )
            changed = {"action": row.excluded.action, "reason_text": row.excluded.reason_text}
            await connection.execute(row.on_conflict_do_update(index_elements=["domain"], set_=changed))


async def institution_rules(tx: Transaction) -> list[DomainRule]:
    """The rules of the transaction's institution, by domain."""
    p = domain_policies.c
    query = select(p.domain, p.action, p.policy_reason).where(p.tenant_id == tx.tenant_id)
    return [DomainRule(*row) for row in await tx.connection.execute(query.order_by(p.domain))]


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
