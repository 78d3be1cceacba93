"""What an institution has found first for some words: pinning, changing, unpinning."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from kernel.errors import InvalidInput
from kernel.unset import UNSET, Unset
from search.model import Kind, Reference
from search.readers.words import folded_words
from search.tables.readers import search_pin_results, search_pins
from tenants.authority import require
from tenants.changing import alone, locked, touch, write_changes
from tenants.door import Transaction
from tenants.model import NotFound, Permission
from tenants.people.model import line

LONGEST_TEXT = 200
MOST_WORDS = 20
MOST_RESULTS = 20
MOST_PINS = 1_000
_WHAT = "pin results"
_RESULTS_PATH = ["input", "results"]


class PinMatch(StrEnum):
    """Which queries a pin is for."""

    WHOLE = "whole"  # those that are its words
    WORDS = "words"  # those that hold its words, in any order


@dataclass(frozen=True, slots=True)
class NewPin:
    """What comes first, in this order, for a text, from the first to the last day (both inclusive; None: open)."""

    text: str
    results: Sequence[Reference]
    match: PinMatch = PinMatch.WHOLE
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class PinChanges:
    """What becomes different; the results are replaced together."""

    text: str | Unset = UNSET
    results: Sequence[Reference] | Unset = UNSET
    match: PinMatch | Unset = UNSET
    first_on: date | Unset | None = UNSET
    last_on: date | Unset | None = UNSET


async def create_pin(tx: Transaction, *, pin: NewPin) -> int:
    """Pins. Whoever may not see a result does not find it by that."""
    require(tx, Permission.MANAGE_SEARCH, _WHAT)
    values = {**_text(pin.text), "match": pin.match.value, "first_on": pin.first_on, "last_on": pin.last_on}
    _require_days(pin.first_on, pin.last_on)
    results = _results(pin.results)
    await alone(tx, "search pins")
    own = select(func.count()).where(search_pins.c.tenant_id == tx.tenant_id)
    if (await tx.connection.execute(own)).scalar_one() >= MOST_PINS:
        raise InvalidInput(f"an institution pins results to at most {MOST_PINS} texts", path=["input"])
    pin_id = tx.new_id()
    row = {"tenant_id": tx.tenant_id, "id": pin_id, "created_at": tx.now, "updated_at": tx.now, **values}
    await tx.connection.execute(insert(search_pins).values(row))
    await _write_results(tx, pin_id, results)
    await tx.announce("search.tuned", "search_pin", pin_id)
    return pin_id


async def update_pin(
    tx: Transaction, *, pin_id: int, changes: PinChanges, expected_version: int | None = None
) -> int:
    """Changes a pin."""
    require(tx, Permission.MANAGE_SEARCH, _WHAT)
    row = await locked(tx, search_pins, pin_id, what="pin", expected_version=expected_version)
    given = {name: value for name, value in asdict(changes).items() if value is not UNSET}
    given.pop("results", None)
    if "text" in given:
        given |= _text(given["text"])
    if "match" in given:
        given["match"] = given["match"].value
    _require_days(given.get("first_on", row["first_on"]), given.get("last_on", row["last_on"]))
    is_changed = await write_changes(tx, search_pins, row, given)
    if not isinstance(changes.results, Unset):
        results = _results(changes.results)
        if results != await _pinned(tx, pin_id):
            result = search_pin_results.c
            own = (result.tenant_id == tx.tenant_id, result.pin_id == pin_id)
            await tx.connection.execute(delete(search_pin_results).where(*own))
            await _write_results(tx, pin_id, results)
            if not is_changed:
                await touch(tx, search_pins, pin_id)
                is_changed = True
    if is_changed:
        await tx.announce("search.tuned", "search_pin", pin_id)
    return pin_id


async def delete_pin(tx: Transaction, *, pin_id: int, expected_version: int | None = None) -> int:
    """Takes a pin away."""
    require(tx, Permission.MANAGE_SEARCH, _WHAT)
    await locked(tx, search_pins, pin_id, what="pin", expected_version=expected_version)
    row = search_pins.c
    await tx.connection.execute(delete(search_pins).where(row.tenant_id == tx.tenant_id, row.id == pin_id))
    await tx.announce("search.tuned", "search_pin", pin_id)
    return pin_id


async def _pinned(tx: Transaction, pin_id: int) -> list[Reference]:
    row = search_pin_results.c
    columns = [row[f"{kind.value}_id"] for kind in Kind]
    query = select(*columns).where(row.tenant_id == tx.tenant_id, row.pin_id == pin_id).order_by(row.place)
    found = []
    for ids in (await tx.connection.execute(query)).all():
        found += [Reference(kind, one) for kind, one in zip(Kind, ids, strict=True) if one is not None]
    return found


async def _write_results(tx: Transaction, pin_id: int, results: Sequence[Reference]) -> None:
    nothing = dict.fromkeys(f"{kind.value}_id" for kind in Kind)
    for place, one in enumerate(results, 1):
        own = {"tenant_id": tx.tenant_id, "pin_id": pin_id, "place": place}
        with _there(one, place - 1):
            await tx.connection.execute(
                insert(search_pin_results).values({**own, **nothing, f"{one.kind.value}_id": one.id})
            )


@contextmanager
def _there(one: Reference, place: int) -> Iterator[None]:
    """What a foreign key does not find is not there."""
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
        if name != f"search_pin_results_tenant_id_{one.kind.value}_id_fkey":
            raise
        what = one.kind.value.replace("_", " ")
        raise NotFound(f"there is no such {what}", path=[*_RESULTS_PATH, place]) from error


def _text(given: str) -> dict[str, Any]:
    path = ["input", "text"]
    text = line(given, path, longest=LONGEST_TEXT, what="a text to pin to")
    words = list(folded_words(text))
    if not 1 <= len(words) <= MOST_WORDS:
        raise InvalidInput(f"a text to pin to has 1 to {MOST_WORDS} words", path=path)
    return {"text": text, "words": words, "anchor": max(words, key=len)}


def _results(given: Sequence[Reference]) -> list[Reference]:
    found = list(dict.fromkeys(given))
    if not 1 <= len(found) <= MOST_RESULTS:
        raise InvalidInput(f"a pin has 1 to {MOST_RESULTS} results", path=_RESULTS_PATH)
    return found


def _require_days(first_on: date | None, last_on: date | None) -> None:
    if first_on is not None and last_on is not None and first_on > last_on:
        raise InvalidInput("the last day is before the first", path=["input", "lastOn"])
