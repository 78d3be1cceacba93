"""What a generated operation asks, as values: written as a document for the gateway, executed over rows by `answers`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Enum:
    """A name that GraphQL writes without quotes."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that goes beside the document."""

    name: str
    type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its response key, arguments and what is asked of it; `on` is a fragment's type."""

    name: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple["Field", ...] = ()
    on: str | None = None

    def value(self, name: str, default: Any = None) -> Any:
        """An argument's value, wherever it stands."""
        given = self.arguments.get(name)
        found = given.value if isinstance(given, Variable) else given
        return default if found is None else found


def document(roots: tuple[Field, ...]) -> tuple[str, dict[str, Any]]:
    """The document and its variables."""
    variables = {one.name: one for root in roots for one in _variables(root)}
    declared = ", ".join(f"${one.name}: {one.type}" for one in variables.values())
    head = f"query({declared})" if declared else "query"
    body = " ".join(_written(root) for root in roots)
    return f"{head} {{ {body} }}", {name: plain(one.value) for name, one in variables.items()}


def plain(value: Any) -> Any:
    """A value as JSON carries it."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _variables(one: Field) -> Iterator[Variable]:
    yield from (value for value in one.arguments.values() if isinstance(value, Variable))
    for inner in one.fields:
        yield from _variables(inner)


def _written(one: Field) -> str:
    alias = one.name if one.key == one.name else f"{one.key}: {one.name}"
    given = ", ".join(f"{name}: {_literal(value)}" for name, value in one.arguments.items())
    selection = " ".join(_written(inner) for inner in one.fields)
    body = f" {{ {selection} }}" if selection else ""
    text = f"{alias}{f'({given})' if given else ''}{body}"
    return f"... on {one.on} {{ {text} }}" if one.on else text


def _literal(value: Any) -> str:
    match value:
        case Variable():
            return f"${value.name}"
        case Enum():
            return value.name
        case dict():
            return "{" + ", ".join(f"{name}: {_literal(member)}" for name, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(_literal(item) for item in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)
