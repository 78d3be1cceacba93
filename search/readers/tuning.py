"""What an institution says about its search that touches a query: words that mean the same, and what is found first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from kernel.database.named_sql import named_statements
from search.model import UNDETERMINED, Kind, Reference
from search.readers.words import folded_words, phrase, phrases
from tenants.model import TenantId

MOST_PINNED = 20
MOST_SYNONYMS = 20  # of one word
_SQL = named_statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Tuning:
    """What goes into `search.model.Query`: `synonyms` by folded word (or words, with a blank between), and `pinned`."""

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pinned: tuple[Reference, ...] = ()


NOTHING = Tuning()


async def tuning(
    driver: "asyncpg.Connection[Any]",
    tenant_id: TenantId,
    text: str,
    *,
    today: date,
    languages: Sequence[str] = (UNDETERMINED,),
) -> Tuning:
    """What the institution says about this text on this day, read by one statement on a connection that sees its rows.

    `languages` are those that the text may be in: sets of other languages do not count, unless nobody knows.
    """
    asked = tuning_statement(tenant_id, text, today)
    if asked is None:
        return NOTHING
    statement, parameters = asked
    return read_tuning(await driver.fetchval(statement, *parameters), languages)


def tuning_statement(tenant_id: TenantId, text: str, today: date) -> tuple[str, list[object]] | None:
    """The statement whose one text `read_tuning` reads, with its parameters; None where the text has no words."""
    found = phrases(text)
    if not found:
        return None
    return _SQL["tuning"], [int(tenant_id), sorted(found), list(folded_words(text)), today]


def read_tuning(held: str | bytes, languages: Sequence[str]) -> Tuning:
    """What the statement's text says to a query in these languages."""
    found = orjson.loads(held)
    pinned = dict.fromkeys(Reference(Kind(kind), object_id) for kind, object_id in found["pinned"])
    return Tuning(_synonyms(found["synonyms"], languages), tuple(pinned)[:MOST_PINNED])


def _synonyms(
    sets: Iterable[tuple[str, str | None, list[str]]], languages: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    primary = {_primary(one) for one in languages}
    is_any = not primary or UNDETERMINED in primary
    found: dict[str, dict[str, None]] = {}
    for word, language, words in sets:
        if is_any or language is None or _primary(language) in primary:
            others = (one for one in words if phrase(one) != word)
            found.setdefault(word, {}).update(dict.fromkeys(others))
    return {word: tuple(others)[:MOST_SYNONYMS] for word, others in found.items() if others}


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()
