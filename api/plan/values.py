"""Root fields and payload parts that Python knows: a selection taken from a plain value, written as JSON text."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

import orjson
from graphql import GraphQLObjectType, is_object_type

from api.plan.encoders import list_item
from api.plan.plan import Inputs, Renderer
from api.plan.selection import Document, Selected
from kernel.errors import InvalidInput
from kernel.languages import ever_wider, language_tag

MAX_LANGUAGES = 20


def renderer(document: Document, selected: Selected, read: Callable[[Inputs], Any]) -> Renderer:
    """Writes what `read` gives, taking only the selected fields."""

    def render(inputs: Inputs) -> str:
        return orjson.dumps(take(document, selected, read(inputs))).decode()

    return render


def take(document: Document, selected: Selected, value: Any) -> Any:
    """The JSON value of a field of this value: objects by their selection, scalars by their format."""
    if value is None:
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [take(document, selected, item) for item in value]
    type_ = list_item(selected.definition.type)
    if is_object_type(type_):
        assert isinstance(type_, GraphQLObjectType)
        return {
            field.key: type_.name
            if field.name == "__typename"
            else take(document, field, _member(value, field.python_name))
            for field in document.fields(type_, selected.nodes)
        }
    return scalar(value)


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


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name)
