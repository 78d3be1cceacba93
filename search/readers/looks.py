"""What a look at a saved search found: which of it is new, and how its person is told. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from federation.notifications.model import NotificationKind
from federation.notifications.telling import Notice
from search.entities import KINDS, SAVED_SEARCH
from search.model import MOST_FIRST, Answer, Reference
from search.readers.arguments import Arguments, UnreadableSearch, arguments_kept
from search.readers.due import Indexed

# What appeared in a transaction that took long, or is indexed late, is found by a look that begins so much earlier.
OVERLAP = timedelta(hours=1)
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved search as it is looked at; without arguments it cannot be read, and `problem` says why."""

    id: int
    name: str
    version: int
    looked_to: datetime
    arguments: Arguments | None = None
    problem: str | None = None
    told: frozenset[Reference] = frozenset()


@dataclass(frozen=True, slots=True)
class Look:
    """A search was looked at: how many new documents there are, the first of them, and up to when it has seen all."""

    saved: Saved
    looked_to: datetime
    new: tuple[Reference, ...] = ()
    count: int = 0
    problem: str | None = None


def saved_of(row: Mapping[str, Any], told: Collection[Reference]) -> Saved:
    """A search out of a row of the statement `people`."""
    arguments, problem = None, None
    try:
        arguments = arguments_kept(orjson.loads(row["arguments"]))
    except UnreadableSearch as error:
        problem = error.message
    return Saved(
        row["id"], row["name"], row["version"], row["looked_to"], arguments, problem, frozenset(told)
    )


def unasked(saved: Saved, indexed: Indexed) -> Look:
    """Nothing appeared that it could find."""
    return Look(saved, max(saved.looked_to, indexed.to - OVERLAP))


def failed(saved: Saved, problem: str) -> Look:
    """It could not be asked: what appears meanwhile is found once it can."""
    return Look(saved, saved.looked_to, problem=problem)


def look(saved: Saved, answer: Answer, indexed: Indexed) -> Look:
    """What of the answer to all that appeared after `saved.looked_to` was not told before.

    Of more than a page the number is told, and the next look begins where this one ended.
    """
    new = tuple(hit.reference for hit in answer.hits if hit.reference not in saved.told)
    if answer.has_next or len(new) > MOST_FIRST:
        return Look(
            saved,
            max(saved.looked_to, indexed.to),
            new[:_MOST_NAMED],
            max(len(new), answer.total - len(saved.told)),
        )
    return Look(saved, max(saved.looked_to, indexed.to - OVERLAP), new, len(new))


def without(looks: Sequence[Look], hidden: frozenset[Reference]) -> list[Look]:
    """The same without what may be hidden by now; of more than a page that is no part of the number, were it found or not."""
    found = []
    for one in looks:
        new = tuple(reference for reference in one.new if reference not in hidden)
        found.append(replace(one, new=new, count=max(len(new), one.count - len(hidden))))
    return found


def notice_of(user_id: int, found: Look, now: datetime) -> Notice:
    """What the person is told."""
    details = {
        "about": f"{SAVED_SEARCH.prefix}_{found.saved.id}",
        "search": found.saved.name,
        "count": found.count,
        "matches": global_ids(found.new[:_MOST_NAMED]),
    }
    once = f"saved_search:{found.saved.id}:{int(now.timestamp() * 1_000_000)}"
    return Notice(user_id, NotificationKind.SAVED_SEARCH, once, details)


def global_ids(references: Sequence[Reference]) -> list[str]:
    """As clients know them."""
    return [f"{KINDS[one.kind].prefix}_{one.id}" for one in references]
