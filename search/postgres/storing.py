"""Takes changes into an index: what is older than what is stored is passed over, and only what changed is written."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from search.engine import SearchUnavailable, digest
from search.model import Change, Changes, Document, Facet, Put, Reference, Refused, Remove
from search.postgres.analysis import filed, words_said
from search.postgres.homes import Home, statements
from search.postgres.rows import (
    BLOCK,
    CHUNK,
    Beginning,
    beginnings,
    choices,
    document_row,
    in_block,
    languages_of,
    profile_of,
    removed_row,
    text_row,
    why_not,
)
from tenants.model import Tenant

_SQL = statements("store")
_Place = tuple[int, int]  # term, chunk
_WITHIN = 30.0  # seconds: half of what a transaction may take, the other half is for waiting


class TookTooLong(SearchUnavailable):
    """Not the waiting for others, but the storing itself: fewer documents at once may be stored in time."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a row already."""

    slot: int
    version: int
    digest: str | None
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    codes: tuple[str, ...]
    url: str | None
    weights: Mapping[int, int]
    in_block: tuple[object, ...]

    def has_words_of(self, document: Document) -> bool:
        """Whether the document says what is stored, so that its terms are the same."""
        own = (dict(document.titles), dict(document.texts), tuple(document.codes))
        return self.digest is not None and own == (self.titles, self.texts, self.codes)


@dataclass(slots=True)
class Batch:
    """The rows that one transaction writes."""

    documents: list[dict[str, object]] = field(default_factory=list)
    blocks: set[int] = field(default_factory=set)
    texts: list[dict[str, object]] = field(default_factory=list)
    profiles: dict[int, tuple[str, ...]] = field(default_factory=dict)
    without_texts: list[int] = field(default_factory=list)
    dropped: dict[_Place, list[int]] = field(default_factory=lambda: defaultdict(list))
    added: dict[_Place, list[int]] = field(default_factory=lambda: defaultdict(list))
    gone: set[int] = field(default_factory=set)  # terms that at least one document lost
    words: dict[tuple[str, str], int] = field(default_factory=dict)
    suggested: list[tuple[int, Beginning]] = field(default_factory=list)
    unsuggested: list[int] = field(default_factory=list)
    languages: Counter[str] = field(default_factory=Counter)


async def store(
    home: Home, generation: int, publisher: Tenant, changes: Changes, *, within: float | None = None
) -> Sequence[Refused]:
    """Takes what is not older than what is there, in the transaction that is open; returns what can never be taken.

    `within` are seconds, without the wait for those who store at the same time.
    """
    within = _WITHIN if within is None else within
    refused = [
        Refused(one.reference, why)
        for one in changes
        if isinstance(one, Put) and (why := why_not(one.document))
    ]
    wanted = _last_of_each(changes, {one.reference for one in refused})
    if not wanted:
        return refused
    await home.rows(_SQL["begin_holding"], generation)
    free = (await home.row(_SQL["hold"], generation))["next_slot"]
    try:
        async with asyncio.timeout(within):
            await _take(home, generation, publisher, wanted, free)
    except (TimeoutError, asyncpg.QueryCanceledError) as error:
        raise TookTooLong(f"storing {len(wanted)} documents takes longer than {within:g} s") from error
    return refused


async def _take(
    home: Home, generation: int, publisher: Tenant, wanted: Mapping[Reference, Change], free: int
) -> None:
    known = await _known(home, generation, publisher, wanted)
    taken = {ref: one for ref, one in wanted.items() if ref not in known or one.version >= known[ref].version}
    new = [reference for reference in taken if reference not in known]
    slots = {reference: free + number for number, reference in enumerate(new)}
    slots |= {reference: one.slot for reference, one in known.items()}
    # In a thread of its own: stems take a while, and others wait for this loop.
    batch = await asyncio.to_thread(_batch, taken, known, slots, publisher)
    if new:
        await home.rows(_SQL["take_slots"], generation, free + len(new))
    await _write(home, generation, publisher, batch)


def _last_of_each(changes: Changes, refused: set[Reference]) -> dict[Reference, Change]:
    """The change of each row that counts: of the highest version, and of those the last."""
    found: dict[Reference, Change] = {}
    for change in changes:
        if change.reference not in refused:
            before = found.get(change.reference)
            if before is None or change.version >= before.version:
                found[change.reference] = change
    return found


async def _known(
    home: Home, generation: int, publisher: Tenant, references: Iterable[Reference]
) -> dict[Reference, Known]:
    asked = list(references)
    kinds, ids = [one.kind.value for one in asked], [str(one.id) for one in asked]
    rows = await home.rows(_SQL["known"], generation, publisher.id, kinds, ids)
    by_name = {(one.kind.value, one.id): one for one in asked}
    return {by_name[row["kind"], row["id"]]: _read(row) for row in rows}


def _read(row: Any) -> Known:
    weights = zip(row["terms"] or (), row["weights"] or (), strict=True)
    return Known(
        row["slot"],
        row["version"],
        row["digest"],
        orjson.loads(row["titles"] or b"{}"),
        orjson.loads(row["texts"] or b"{}"),
        tuple(row["codes"] or ()),
        row["url"],
        {int(term): int(weight) for term, weight in weights},
        in_block(row),
    )


def _batch(
    taken: Mapping[Reference, Change],
    known: Mapping[Reference, Known],
    slots: Mapping[Reference, int],
    publisher: Tenant,
) -> Batch:
    batch = Batch()
    for reference, change in taken.items():
        before, slot = known.get(reference), slots[reference]
        if isinstance(change, Remove):
            _remove(batch, change, before, slot)
        else:
            _put(batch, change, before, slot, publisher)
    return batch


def _remove(batch: Batch, change: Remove, before: Known | None, slot: int) -> None:
    _write_row(batch, removed_row(change.reference, slot=slot, version=change.version), before)
    if before is not None and before.digest is not None:
        batch.without_texts.append(slot)
        batch.unsuggested.append(slot)
        _refile(batch, slot, before.weights, {})
        batch.languages.subtract(languages_of(before.titles, before.texts, before.codes))


def _put(batch: Batch, change: Put, before: Known | None, slot: int, publisher: Tenant) -> None:
    document = change.document
    profiles = [(profile_of(chosen), chosen) for chosen in choices(document).values()]
    batch.profiles |= {number: chosen for number, chosen in profiles if chosen}
    row = document_row(
        document,
        slot=slot,
        version=change.version,
        digest=digest(document),
        languages=publisher.languages,
        facets=[number for number, _ in profiles],
    )
    _write_row(batch, row, before)
    if before is None or not before.has_words_of(document):
        weights = _rewrite(batch, document, before, slot)
    elif before.url != document.url:
        weights = before.weights
    else:  # seats, popularity, audience: one narrow row, and its block where it says so again
        return
    batch.texts.append(text_row(document, slot=slot, institution=publisher.slug, weights=weights))


def _write_row(batch: Batch, row: dict[str, Any], before: Known | None) -> None:
    batch.documents.append(row)
    if before is None or in_block(row) != before.in_block:
        batch.blocks.add(row["slot"] // BLOCK)


def _rewrite(batch: Batch, document: Document, before: Known | None, slot: int) -> Mapping[int, int]:
    """The words are other ones; returns the document's terms."""
    new = filed(document)
    _refile(batch, slot, before.weights if before else {}, new.weights)
    stays = _words_that_stay(before, document) if before else set()
    batch.words |= {word: term for word, term in new.words.items() if word not in stays}
    batch.unsuggested.extend([slot] if before else [])
    batch.suggested.extend((slot, one) for one in beginnings(document))
    batch.languages.update(languages_of(document.titles, document.texts, document.codes))
    if before is not None and before.digest is not None:
        batch.languages.subtract(languages_of(before.titles, before.texts, before.codes))
    return new.weights


def _words_that_stay(before: Known, document: Document) -> set[tuple[str, str]]:
    """Of the document's words those that are known and stay so: of texts that it says still, where nothing that it says no
    longer has the same word (one that is folded alike may have another stem, and is forgotten with it)."""
    said = before.titles.items() | before.texts.items()
    ended = said - (document.titles.items() | document.texts.items())
    return words_said(before.texts.items() & document.texts.items()) - words_said(ended)


def _refile(batch: Batch, slot: int, old: Mapping[int, int], new: Mapping[int, int]) -> None:
    chunk, place = divmod(slot, CHUNK)
    for term, weight in old.items():
        if new.get(term) != weight:
            batch.dropped[term, chunk].append(place)
            if term not in new:
                batch.gone.add(term)
    for term, weight in new.items():
        if old.get(term) != weight:
            batch.added[term, chunk].append(place << 16 | weight)


async def _write(home: Home, generation: int, publisher: Tenant, batch: Batch) -> None:
    async def run(name: str, *values: object) -> None:
        if values[0]:
            await home.rows(_SQL[name], generation, *values)

    profiles = [{"id": number, "choices": chosen} for number, chosen in batch.profiles.items()]
    await run("put_profiles", _json(profiles) if profiles else "")
    await home.rows(_SQL["put_documents"], generation, publisher.id, _json(batch.documents))
    await run("put_blocks", _texts(sorted(batch.blocks)), BLOCK, len(Facet))
    await run("put_texts", _json(batch.texts) if batch.texts else "")
    await run("drop_texts", _texts(batch.without_texts))
    await run("change_entries", *_in_order(batch.dropped, batch.dropped, batch.added))
    await run("drop_postings", *_in_order(batch.dropped.keys() - batch.added.keys()))
    await run("add_entries", *_in_order(batch.added.keys() - batch.dropped.keys(), batch.added))
    await run("drop_words", _texts(batch.gone))
    await run("drop_suggestions", _texts(batch.unsuggested))
    await _write_words(home, generation, batch)
    languages = {language: more for language, more in batch.languages.items() if more}
    await run("count_languages", list(languages), _texts(languages.values()))


async def _write_words(home: Home, generation: int, batch: Batch) -> None:
    if batch.words:
        ordered = sorted((word, language, term) for (language, word), term in batch.words.items())
        written, languages, terms = map(list, zip(*ordered, strict=True))
        await home.rows(_SQL["put_words"], generation, written, languages, _texts(terms))
    if batch.suggested:
        slots = _texts(slot for slot, _ in batch.suggested)
        texts = [one.text for _, one in batch.suggested]
        spoken = [one.language for _, one in batch.suggested]
        await home.rows(_SQL["put_suggestions"], generation, texts, slots, spoken)


def _json(rows: Sequence[Mapping[str, object]]) -> str:
    return orjson.dumps(rows).decode()


def _texts(numbers: Iterable[int]) -> list[str]:
    """As the driver takes them: for arrays of other types it would ask PostgreSQL what they are, in ways we are not allowed."""
    return [str(number) for number in numbers]


def _in_order(places: Iterable[_Place], *columns: Mapping[_Place, list[int]]) -> list[list[str]]:
    """As the index has them: neighbours are on one page, and those who write the same rows do not wait in a ring."""
    ordered = sorted(places)
    return [
        _texts(term for term, _ in ordered),
        _texts(chunk for _, chunk in ordered),
        *([f"{{{','.join(map(str, one.get(place, ())))}}}" for place in ordered] for one in columns),
    ]
