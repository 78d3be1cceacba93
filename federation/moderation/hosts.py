"""What an institution decides about other servers: rules for domains and all below them, noted in the history.

A block ends the follows between its people and those servers, which do not come back with the rule's end: whoever wants to,
follows again. What waits for those servers becomes dead letters when its turn comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from federation.hosts.blocklists import DomainRule, read_domain, with_comments
from federation.hosts.domain_rules import institution_rule, institution_rules, store_institution_rules
from federation.moderation.history import Because, Done, check, note, note_all
from kernel.database.named_sql import named_statements
from kernel.errors import InvalidInput
from tenants.door import Transaction
from tenants.model import Forbidden, NotFound, Permission

MOST_RULES = 20_000
_SQL = named_statements(Path(__file__).with_suffix(".sql"))
_COUNT = f"{_SQL['between']}\n{_SQL['count']}"
_SEVER = f"{_SQL['between']}{_SQL['sever']}"
_NOTED = {"block": "block_host", "limit": "limit_host", "allow": "allow_host"}


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a rule did, or would do: its entry in the history (None: nothing changed), and how many follows ended, from
    those servers (`followers`) and to them (`following`)."""

    action_id: int | None
    policy_id: int | None
    followers: int = 0
    following: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """What a list of rules changed, or would change."""

    changed: int
    removed: int
    followers: int
    following: int


async def set_rule(
    tx: Transaction, *, domain: str, action: str, because: Because, dry_run: bool = False
) -> Ruled:
    """Allows, limits or blocks a domain and all below it. A dry run says how many follows a block would end."""
    _require(tx)
    await check(tx, because)
    rule = DomainRule(read_domain(domain, path=["input", "domain"]), action, because.reason)
    blocked = [rule.domain] if action == "block" else []
    if dry_run:
        return Ruled(None, None, *await _count(tx, blocked))
    before = await institution_rule(tx, rule.domain)
    changed = await store_institution_rules(tx, [rule])
    followers, following = await _sever(tx, blocked)
    entry = await note(tx, _done(before, rule), because) if changed else None
    return Ruled(entry, await _policy_id(tx, rule.domain), followers, following)


async def remove_rule(tx: Transaction, *, domain: str, because: Because) -> int:
    """Takes a rule back; gives the entry in the history. `NotFound` where there is none for this very domain."""
    _require(tx)
    await check(tx, because)
    name = read_domain(domain, path=["input", "domain"])
    before = await institution_rule(tx, name)
    if before is None:
        raise NotFound(f"there is no rule for {name}", path=["input", "domain"])
    await tx.driver.execute(_SQL["remove"], tx.tenant_id, [name])
    return await note(tx, _done(before, None), because)


async def import_rules(
    tx: Transaction,
    *,
    rules: Sequence[DomainRule],
    because: Because,
    replace: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Takes a list over, all of it or nothing; with `replace` rules for domains that are not on it go. Where the list says
    nothing about a domain's reason, that of before stays."""
    _require(tx)
    await check(tx, because)
    if len(rules) > MOST_RULES:
        raise InvalidInput(f"a list has at most {MOST_RULES} domains", path=["input", "csv"])
    before = {rule.domain: rule for rule in await institution_rules(tx)}
    named = {rule.domain: rule for rule in with_comments(rules, before)}
    changed = [rule for rule in named.values() if _differs(before.get(rule.domain), rule)]
    removed = [domain for domain in before if domain not in named] if replace else []
    blocked = [rule.domain for rule in changed if rule.action == "block"]
    if dry_run:
        return Imported(len(changed), len(removed), *await _count(tx, blocked))
    if removed:
        await tx.driver.execute(_SQL["remove"], tx.tenant_id, removed)
    await store_institution_rules(tx, changed)
    followers, following = await _sever(tx, blocked)
    done = [_done(before.get(rule.domain), rule) for rule in changed]
    await note_all(tx, [*done, *(_done(before[domain], None) for domain in removed)], because)
    return Imported(len(changed), len(removed), followers, following)


def _require(tx: Transaction) -> None:
    access = tx.principal.access
    if not (access.may(Permission.MODERATE) or access.may(Permission.OPERATE_FEDERATION)):
        raise Forbidden("you may not decide about other servers", permission=Permission.MODERATE.value)


def _done(before: DomainRule | None, after: DomainRule | None) -> Done:
    """The entry for a rule that changed or (without `after`) went."""
    rule = after or before
    assert rule is not None
    return Done(
        _NOTED[after.action] if after else "restore_host",
        domain=rule.domain,
        before=before.action if before else None,
        after=after.action if after else None,
    )


def _differs(before: DomainRule | None, rule: DomainRule) -> bool:
    return before is None or before.action != rule.action or (rule.why or None) != before.why


async def _policy_id(tx: Transaction, domain: str) -> int:
    return int(await tx.driver.fetchval(_SQL["policy"], tx.tenant_id, domain))


async def _count(tx: Transaction, domains: Sequence[str]) -> tuple[int, int]:
    if not domains:
        return 0, 0
    row = await tx.driver.fetchrow(_COUNT, tx.tenant_id, list(domains))
    assert row is not None
    return row["followers"], row["following"]


async def _sever(tx: Transaction, domains: Sequence[str]) -> tuple[int, int]:
    """Ends the follows from and to what is blocked now, and tells the outbox of each."""
    if not domains:
        return 0, 0
    row = await tx.driver.fetchrow(_SEVER, tx.tenant_id, list(domains))
    assert row is not None
    if row["followers"] or row["following"]:
        tx.told.append(("follow.ended", "follow"))
    return row["followers"], row["following"]
