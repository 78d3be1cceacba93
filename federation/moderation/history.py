"""The history of moderation: what was done, to whom, by whom and why. Rows are added and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from federation.tables.moderation import moderation_actions, reports
from kernel.errors import InvalidInput
from kernel.visible_text import is_blank
from tenants.authority import require
from tenants.door import Transaction
from tenants.model import NotFound, Permission

LONGEST_REASON = 2_000
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Because:
    """Why a moderator does something, and the report that led to it, if one did."""

    reason: str
    report_id: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An entry: `action` is one of `MODERATION_ACTIONS`, and it is about an actor, a post, a domain or a setting.

    `before` and `after`: what the rule for the domain, or the setting, said; None: there was or is no rule.
    """

    action: str
    actor_id: int | None = None
    post_id: int | None = None
    domain: str | None = None
    setting: str | None = None
    before: str | None = None
    after: str | None = None


async def begin(tx: Transaction, because: Because) -> None:
    """Asks what every action of a moderator asks: may they, did they say why, is there such a report."""
    require(tx, Permission.MODERATE, "moderate")
    await check(tx, because)


async def check(tx: Transaction, because: Because) -> None:
    """`InvalidInput` for no reason or one that is too long, `NotFound` for a report that is not there."""
    if is_blank(because.reason):
        raise InvalidInput("say why: the reason is empty", path=["input", "reason"])
    if len(because.reason) > LONGEST_REASON:
        raise InvalidInput(f"a reason has at most {LONGEST_REASON} characters", path=["input", "reason"])
    if because.report_id is None:
        return
    known = select(reports.c.id).where(reports.c.tenant_id == tx.tenant_id, reports.c.id == because.report_id)
    if (await tx.connection.execute(known)).first() is None:
        raise NotFound("there is no such report", path=["input", "reportId"])


async def note(tx: Transaction, done: Done, because: Because) -> int:
    """Adds an entry; gives its id."""
    (entry_id,) = await note_all(tx, [done], because)
    return entry_id


async def note_all(tx: Transaction, all_done: Sequence[Done], because: Because) -> list[int]:
    """Adds entries that have one reason; gives their ids. An operator at the command line is moderator 0."""
    ids = [tx.new_id() for _ in all_done]
    rows = [
        {
            "tenant_id": tx.tenant_id,
            "id": entry_id,
            "action": done.action,
            "actor_id": done.actor_id,
            "post_id": done.post_id,
            "domain": done.domain,
            "setting": done.setting,
            "value_before": done.before,
            "value_after": done.after,
            "report_id": because.report_id,
            "moderation_reason": because.reason,
            "moderator_id": tx.principal.viewer_id,
            "created_at": tx.now,
        }
        for entry_id, done in zip(ids, all_done, strict=True)
    ]
    for start in range(0, len(rows), _AT_ONCE):
        await tx.connection.execute(insert(moderation_actions).values(rows[start : start + _AT_ONCE]))
    return ids
