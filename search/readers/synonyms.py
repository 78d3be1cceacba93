"""An institution's sets of words that mean the same: adding, changing and removing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select

from kernel.errors import InvalidInput, below
from kernel.languages import language_tag
from kernel.unset import UNSET, Unset
from search.readers.words import LONGEST_PHRASE, folded_words, phrase
from search.tables.readers import search_synonym_words, search_synonyms
from tenants.authority import require
from tenants.changing import alone, locked, write_changes
from tenants.door import Transaction
from tenants.model import Permission
from tenants.people.model import line

LONGEST_WORD = 100
FEWEST_WORDS, MOST_WORDS = 2, 20
MOST_SETS = 2_000
_LONGEST_FOLDED = 200  # a sign may stand for many letters
_WHAT = "say which words mean the same"


@dataclass(frozen=True, slots=True)
class NewSynonyms:
    """Words, or a few words each, that mean the same; in any language where none is given."""

    words: Sequence[str]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SynonymChanges:
    """What becomes different; the words are replaced together."""

    words: Sequence[str] | Unset = UNSET
    language: str | Unset | None = UNSET


async def create_synonyms(tx: Transaction, *, synonyms: NewSynonyms) -> int:
    """Adds a set. Queries with one of its words find the others from now on."""
    require(tx, Permission.MANAGE_SEARCH, _WHAT)
    words, language = _words(synonyms.words), _language(synonyms.language)
    await alone(tx, "search synonyms")
    own = select(func.count()).where(search_synonyms.c.tenant_id == tx.tenant_id)
    if (await tx.connection.execute(own)).scalar_one() >= MOST_SETS:
        raise InvalidInput(f"an institution has at most {MOST_SETS} sets of synonyms", path=["input"])
    set_id = tx.new_id()
    row = {"tenant_id": tx.tenant_id, "id": set_id, "created_at": tx.now, "updated_at": tx.now}
    await tx.connection.execute(insert(search_synonyms).values(**row, words=words, language=language))
    await _write_words(tx, set_id, words)
    await tx.announce("search.tuned", "search_synonyms", set_id)
    return set_id


async def update_synonyms(
    tx: Transaction, *, synonyms_id: int, changes: SynonymChanges, expected_version: int | None = None
) -> int:
    """Changes a set."""
    require(tx, Permission.MANAGE_SEARCH, _WHAT)
    row = await locked(
        tx, search_synonyms, synonyms_id, what="set of synonyms", expected_version=expected_version
    )
    values: dict[str, Any] = {}
    if not isinstance(changes.words, Unset):
        values["words"] = _words(changes.words)
    if not isinstance(changes.language, Unset):
        values["language"] = _language(changes.language)
    if await write_changes(tx, search_synonyms, row, values):
        if "words" in values:
            word = search_synonym_words.c
            own = (word.tenant_id == tx.tenant_id, word.synonym_id == synonyms_id)
            await tx.connection.execute(delete(search_synonym_words).where(*own))
            await _write_words(tx, synonyms_id, values["words"])
        await tx.announce("search.tuned", "search_synonyms", synonyms_id)
    return synonyms_id


async def delete_synonyms(tx: Transaction, *, synonyms_id: int, expected_version: int | None = None) -> int:
    """Removes a set."""
    require(tx, Permission.MANAGE_SEARCH, _WHAT)
    await locked(tx, search_synonyms, synonyms_id, what="set of synonyms", expected_version=expected_version)
    row = search_synonyms.c
    await tx.connection.execute(
        delete(search_synonyms).where(row.tenant_id == tx.tenant_id, row.id == synonyms_id)
    )
    await tx.announce("search.tuned", "search_synonyms", synonyms_id)
    return synonyms_id


async def _write_words(tx: Transaction, set_id: int, words: Sequence[str]) -> None:
    rows = [{"tenant_id": tx.tenant_id, "synonym_id": set_id, "word": phrase(one)} for one in words]
    await tx.connection.execute(insert(search_synonym_words), rows)


def _words(given: Sequence[str]) -> list[str]:
    path: list[str | int] = ["input", "words"]
    found: dict[str, str] = {}
    for place, one in enumerate(given):
        at = [*path, place]
        text = line(one, at, longest=LONGEST_WORD, what="a synonym")
        count = len(folded_words(text))
        if not 1 <= count <= LONGEST_PHRASE or len(phrase(text)) > _LONGEST_FOLDED:
            raise InvalidInput(f"a synonym is one word, or up to {LONGEST_PHRASE}", path=at)
        found.setdefault(phrase(text), text)
    if not FEWEST_WORDS <= len(found) <= MOST_WORDS:
        raise InvalidInput(
            f"a set has {FEWEST_WORDS} to {MOST_WORDS} words that differ in more than case and accents",
            path=path,
        )
    return list(found.values())


def _language(tag: str | None) -> str | None:
    if tag is None:
        return None
    with below("input", "language"):
        return language_tag(tag)
