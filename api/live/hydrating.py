"""What events look like to those who may read them: each statement asked once, many of them in one round trip."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from api.errors import sqlstate
from api.live.event_ids import EventId
from api.live.specs import Parameters, Spec
from kernel.errors import Unavailable
from kernel.outbox.reading import Told
from tenants.model import Tenant
from tenants.readers import Readers

TOGETHER = 16  # statements in one round trip: what stands behind them on the connection waits for all
_AT_ONCE = 8

# Classes of SQLSTATE: connection, resources, operator's intervention.
_AWAY = frozenset({"08", "53", "57"})
_TOOK_TOO_LONG = "57014"

_Question = tuple[str, Parameters]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a spec's subscribers are told of an event; None: nothing, since they may not read the object.

    With a failure the database works, and cannot answer this selection.
    """

    event_id: str
    payload: str | None
    failure: Exception | None = None


async def hydrate(
    readers: Readers, tenant: Tenant, jobs: Sequence[tuple[Spec, Told]], moment: datetime
) -> list[Shown]:
    """What to tell for each job, in their order, as the database is now. `Unavailable` where it does not answer."""
    today = tenant.day_of(moment)
    questions = {(sql, bound): None for spec, told in jobs for _, sql, bound in spec.asked(told, today)}
    answers = await _answers(readers, tenant, list(questions))
    return [_shown(spec, told, tenant, today, answers) for spec, told in jobs]


async def _answers(
    readers: Readers, tenant: Tenant, questions: Sequence[_Question]
) -> dict[_Question, bytes | Exception | None]:
    limit = asyncio.Semaphore(_AT_ONCE)
    parts = [questions[start : start + TOGETHER] for start in range(0, len(questions), TOGETHER)]

    async def ask(part: Sequence[_Question]) -> list[bytes | Exception | None]:
        async with limit:
            return await _together(readers, tenant, part)

    found = await asyncio.gather(*(ask(part) for part in parts))
    return {
        question: text
        for part, texts in zip(parts, found, strict=True)
        for question, text in zip(part, texts, strict=True)
    }


async def _together(
    readers: Readers, tenant: Tenant, part: Sequence[_Question]
) -> list[bytes | Exception | None]:
    """The texts; where the statements fail together, each by itself, to find out which one it is."""
    try:
        return list(await readers.fetch(tenant, part))
    except Unavailable:
        raise
    except Exception as error:
        if is_away(error):
            raise Unavailable("the database does not answer", shard=tenant.shard) from error
        if len(part) == 1:
            return [error]
        return [(await _together(readers, tenant, [one]))[0] for one in part]


def is_away(error: BaseException) -> bool:
    """Whether an error of the database or of the way to it says that it will answer later."""
    state = sqlstate(error) or ""
    return isinstance(error, OSError | TimeoutError) or (state[:2] in _AWAY and state != _TOOK_TOO_LONG)


def _shown(
    spec: Spec,
    told: Told,
    tenant: Tenant,
    today: date,
    answers: dict[_Question, bytes | Exception | None],
) -> Shown:
    event_id = EventId(tenant.shard, told.position, int(told.at))
    texts = {}
    for key, sql, bound in spec.asked(told, today):
        text = answers[sql, bound]
        if isinstance(text, Exception):
            return Shown(str(event_id), None, text)
        if text is None or text == b"null":
            return Shown(str(event_id), None)
        texts[key] = text.decode()
    return Shown(str(event_id), spec.plan.frame(told, event_id, texts))
