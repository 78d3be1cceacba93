"""Root fields and payload parts that Python knows: a selection taken from a plain value, written as JSON text."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

import orjson
from graphql import GraphQLObjectType

from api.plan.encoders import list_item
from api.plan.plan import Inputs, Renderer
from api.plan.selection import Document, Selected
from kernel.errors import InvalidInput
from kernel.languages import ever_wider, language_tag

MAX_LANGUAGES = 20
_PLAIN = (str, int, float, bool)  # as JSON has them


Taker = Callable[[Any], Any]
"""Takes what is selected of a value."""


def renderer(document: Document, selected: Selected, read: Callable[[Inputs], Any]) -> Renderer:
    """Writes what `read` gives, taking only the selected fields."""
    taken = taker(document, selected)

    def render(inputs: Inputs) -> str:
        return orjson.dumps(taken(read(inputs))).decode()

    return render


def take(document: Document, selected: Selected, value: Any) -> Any:
    """The JSON value of a field of this value: objects by their selection, scalars by their format."""
    return taker(document, selected)(value)


def taker(document: Document, selected: Selected) -> Taker:
    """The same for many values: what is selected is found out once."""
    type_ = list_item(selected.definition.type)
    one = _object_taker(document, selected, type_) if isinstance(type_, GraphQLObjectType) else scalar

    def taken(value: Any) -> Any:
        if value is None or value.__class__ in _PLAIN:
            return value
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [taken(item) for item in value]
        return one(value)

    return taken


def scalar(value: Any) -> Any:
    """The JSON form of a scalar, as `encoders` writes it in SQL."""
    if isinstance(value, Enum):
        return str(value.value).upper()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return value


def asked_languages(languages: Sequence[str]) -> list[str]:
    """The tags of a `languages` argument to try; `InvalidInput` for too many, and for what is no tag."""
    if len(languages) > MAX_LANGUAGES:
        raise InvalidInput(f"languages has {len(languages)} entries; at most {MAX_LANGUAGES} are allowed")
    return language_range([language_tag(language) for language in languages])


def language_range(languages: Sequence[str]) -> list[str]:
    """The BCP 47 tags to try, each followed by what it is a refinement of (RFC 4647 section 3.4, lookup)."""
    return list(dict.fromkeys(tag for language in languages for tag in ever_wider(language)))


def _object_taker(document: Document, selected: Selected, type_: GraphQLObjectType) -> Taker:
    members = [
        (field.key, _member_taker(document, field, type_)) for field in document.fields(type_, selected.nodes)
    ]
    return lambda value: {key: member(value) for key, member in members}


def _member_taker(document: Document, field: Selected, type_: GraphQLObjectType) -> Taker:
    if field.name == "__typename":
        return lambda _: type_.name
    name, taken = field.python_name, taker(document, field)

    def member(value: Any) -> Any:
        # a dict is known at once, other mappings are asked for
        is_mapping = isinstance(value, (dict, Mapping))
        return taken(value.get(name) if is_mapping else getattr(value, name))

    return member
