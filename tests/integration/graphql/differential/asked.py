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
    is_default: bool = False  # declared with it and not sent


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its response key, arguments and what is asked of it; `on` is a fragment's type."""

    name: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple["Field", ...] = ()
    on: str | None = None
    named: str | None = None  # its fragment's name, where it has one
    directive: tuple[str, Any] | None = None  # `skip` or `include`, and its condition

    @property
    def is_asked(self) -> bool:
        """Whether its directive lets it be."""
        if self.directive is None:
            return True
        name, condition = self.directive
        given = condition.value if isinstance(condition, Variable) else condition
        return bool(given) is (name == "include")

    def value(self, name: str, default: Any = None) -> Any:
        """An argument's value, wherever it stands."""
        given = self.arguments.get(name)
        found = given.value if isinstance(given, Variable) else given
        return default if found is None else found


def document(roots: tuple[Field, ...]) -> tuple[str, dict[str, Any]]:
    """The document and its variables."""
    variables = {one.name: one for root in roots for one in _variables(root)}
    declared = ", ".join(_declared(one) for one in variables.values())
    head = f"query({declared})" if declared else "query"
    body = " ".join(_written(root) for root in roots)
    fragments = " ".join(
        f"fragment {one.named} on {one.on} {{ {_bare(one)} }}" for root in roots for one in _named(root)
    )
    sent = {name: plain(one.value) for name, one in variables.items() if not one.is_default}
    return f"{head} {{ {body} }} {fragments}", sent


def _declared(one: Variable) -> str:
    default = f" = {_literal(one.value)}" if one.is_default else ""
    return f"${one.name}: {one.type.rstrip('!') if one.is_default else one.type}{default}"


def _named(one: Field) -> Iterator[Field]:
    if one.named:
        yield one
    for inner in one.fields:
        yield from _named(inner)


def plain(value: Any) -> Any:
    """A value as JSON carries it."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _variables(one: Field) -> Iterator[Variable]:
    yield from (value for value in one.arguments.values() if isinstance(value, Variable))
    if one.directive is not None and isinstance(one.directive[1], Variable):
        yield one.directive[1]
    for inner in one.fields:
        yield from _variables(inner)


def _written(one: Field) -> str:
    if one.named:
        return f"...{one.named}"
    return f"... on {one.on} {{ {_bare(one)} }}" if one.on else _bare(one)


def _bare(one: Field) -> str:
    alias = one.name if one.key == one.name else f"{one.key}: {one.name}"
    given = ", ".join(f"{name}: {_literal(value)}" for name, value in one.arguments.items())
    selection = " ".join(_written(inner) for inner in one.fields)
    body = f" {{ {selection} }}" if selection else ""
    directive = f" @{one.directive[0]}(if: {_literal(one.directive[1])})" if one.directive else ""
    return f"{alias}{f'({given})' if given else ''}{directive}{body}"


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
