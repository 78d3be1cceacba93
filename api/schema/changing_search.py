"""Mutations of saved searches, synonyms and pinned results."""

import dataclasses
from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Any

import strawberry

from api.plan.coercion import row_id
from api.schema.input_paths import camel
from api.schema.inputs import OPTIONAL, ChangeInput, each, plain_text
from api.schema.mutation_fields import Changed, mutation
from api.schema.runs import acts, creates, updates
from api.schema.saved_searches import SavedSearch
from api.schema.search_inputs import NearInput, SearchFilter, SearchKind, SearchSort, WithinInput
from api.schema.search_tuning import SearchPin, SearchPinMatch, SearchSynonyms
from kernel.entities import Entity
from kernel.errors import InvalidInput
from search.entities import KINDS, SAVED_SEARCH, SEARCH_PIN, SEARCH_SYNONYMS
from search.model import Reference
from search.readers.arguments import Arguments, read_arguments
from search.readers.pins import NewPin, PinChanges, PinMatch, create_pin, delete_pin, update_pin
from search.readers.saving import (
    NewSavedSearch,
    SavedSearchChanges,
    delete_saved_search,
    save_search,
    update_saved_search,
)
from search.readers.synonyms import (
    NewSynonyms,
    SynonymChanges,
    create_synonyms,
    delete_synonyms,
    update_synonyms,
)
from tenants.door import Transaction
from tenants.model import Scope


@strawberry.input(
    description="What `search` is asked within the institution; `near.offering` cannot be saved: give its point."
)
class SearchArgumentsInput:
    text: str | None = OPTIONAL
    language: str | None = OPTIONAL
    kinds: list[SearchKind] | None = OPTIONAL
    near: NearInput | None = OPTIONAL
    within: WithinInput | None = OPTIONAL
    online_anywhere: bool | None = OPTIONAL
    filters: SearchFilter | None = OPTIONAL
    sort: SearchSort | None = OPTIONAL


@strawberry.input
class SaveSearchInput:
    name: str
    arguments: SearchArgumentsInput
    idempotency_key: str | None = OPTIONAL


@strawberry.input(description="What is not given stays; arguments are replaced together.")
class UpdateSavedSearchInput(ChangeInput):
    name: str | None = OPTIONAL
    arguments: SearchArgumentsInput | None = OPTIONAL


@strawberry.input(description="2 to 20 words, or up to four words each. Without `language` in any.")
class CreateSearchSynonymsInput:
    words: list[str]
    language: str | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input(description="What is not given stays; words are replaced together.")
class UpdateSearchSynonymsInput(ChangeInput):
    words: list[str] | None = OPTIONAL
    language: str | None = OPTIONAL


@strawberry.input(
    description="`results`: up to 20 courses, offerings, org units, people and posts, in their order. Days are inclusive."
)
class CreateSearchPinInput:
    text: str
    results: list[strawberry.ID]
    match: SearchPinMatch | None = OPTIONAL
    first_on: date | None = OPTIONAL
    last_on: date | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input(description="What is not given stays; results are replaced together.")
class UpdateSearchPinInput(ChangeInput):
    text: str | None = OPTIONAL
    results: list[strawberry.ID] | None = OPTIONAL
    match: SearchPinMatch | None = OPTIONAL
    first_on: date | None = OPTIONAL
    last_on: date | None = OPTIONAL


def _arguments(given: SearchArgumentsInput) -> Arguments:
    return read_arguments(_plain(given))


def _plain(value: Any) -> Any:
    """As JSON has it, by the names of the schema and without what was not given."""
    if dataclasses.is_dataclass(value):
        members = {camel(one.name): getattr(value, one.name) for one in dataclasses.fields(value)}
        return {
            name: _plain(one)
            for name, one in members.items()
            if one is not strawberry.UNSET and one is not None
        }
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, date):
        return value.isoformat()
    return plain_text(value) if isinstance(value, str) else value


def _references(values: Sequence[str]) -> list[Reference]:
    return each(values, _reference)


def _reference(value: str) -> Reference:
    prefix = value.rpartition("_")[0]
    for kind, entity in KINDS.items():
        if entity.prefix == prefix:
            return Reference(kind, row_id(value, entity, name="a result"))
    raise InvalidInput("a result is the id of a course, an offering, an org unit, a person or a post")


def _match(value: SearchPinMatch) -> PinMatch:
    return PinMatch[value.name]


_PIN: dict[str, Any] = {"results": _references, "match": _match}
_SAVED: dict[str, Any] = {"arguments": _arguments}


def _changing(name: str, run: Any, input_: Any, objects: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects=objects,
        scope=Scope.SEARCHES_WRITE,
        description=description,
    )


def _deleting(name: str, operation: Any, keyword: str, entity: Entity, description: str) -> Any:
    acting = acts(operation, keyword, entity)

    async def run(tx: Transaction, given: ChangeInput, services: Any, address: str) -> Changed:
        await acting(tx, given, services, address)
        return Changed(None, {"is_deleted": True})

    return mutation(
        name,
        run,
        input=ChangeInput,
        objects={},
        extras={"is_deleted": bool},
        scope=Scope.SEARCHES_WRITE,
        description=description,
    )


@strawberry.type
class SearchMutations:
    save_search = _changing(
        "saveSearch",
        creates(save_search, "saved_search", NewSavedSearch, _SAVED),
        SaveSearchInput,
        {"saved_search": SavedSearch},
        "Saves a search of the viewer, who is told when something new matches.",
    )
    update_saved_search = _changing(
        "updateSavedSearch",
        updates(update_saved_search, "saved_search_id", SAVED_SEARCH, SavedSearchChanges, _SAVED),
        UpdateSavedSearchInput,
        {"saved_search": SavedSearch},
        "Renames a saved search of the viewer, or has it look for something else.",
    )
    delete_saved_search = _deleting(
        "deleteSavedSearch",
        delete_saved_search,
        "saved_search_id",
        SAVED_SEARCH,
        "Deletes a saved search of the viewer.",
    )
    create_search_synonyms = _changing(
        "createSearchSynonyms",
        creates(create_synonyms, "synonyms", NewSynonyms, {}),
        CreateSearchSynonymsInput,
        {"search_synonyms": SearchSynonyms},
        "Says that words mean the same to search.",
    )
    update_search_synonyms = _changing(
        "updateSearchSynonyms",
        updates(update_synonyms, "synonyms_id", SEARCH_SYNONYMS, SynonymChanges, {}),
        UpdateSearchSynonymsInput,
        {"search_synonyms": SearchSynonyms},
        "Changes which words mean the same.",
    )
    delete_search_synonyms = _deleting(
        "deleteSearchSynonyms",
        delete_synonyms,
        "synonyms_id",
        SEARCH_SYNONYMS,
        "Takes back that words mean the same.",
    )
    create_search_pin = _changing(
        "createSearchPin",
        creates(create_pin, "pin", NewPin, _PIN),
        CreateSearchPinInput,
        {"search_pin": SearchPin},
        "Has results come first where somebody searches for a text.",
    )
    update_search_pin = _changing(
        "updateSearchPin",
        updates(update_pin, "pin_id", SEARCH_PIN, PinChanges, _PIN),
        UpdateSearchPinInput,
        {"search_pin": SearchPin},
        "Changes what comes first, for which text and on which days.",
    )
    delete_search_pin = _deleting(
        "deleteSearchPin", delete_pin, "pin_id", SEARCH_PIN, "Has what was pinned come where it would come."
    )
