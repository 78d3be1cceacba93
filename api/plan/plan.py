"""What a compiled operation is: statements with binders, and the frame that makes their texts one answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tenants.model import Principal


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one request binds into a plan."""

    principal: Principal
    variables: Mapping[str, Any]
    languages: Sequence[str]
    today: date
    # What an operation or a search yielded, for the plan that hydrates it: parameter name -> value.
    sources: Mapping[str, Any] = field(default_factory=dict)


Binder = Callable[[Inputs], Any]
# Writes a root field's JSON text from Python alone: no statement.
Renderer = Callable[[Inputs], str]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text that returns one JSON text, and what binds its `$1 … $n`."""

    sql: str
    binders: tuple[Binder, ...]

    def bind(self, inputs: Inputs) -> list[Any]:
        """The parameters' values for this request; `InvalidInput` names the argument that cannot be."""
        return [binder(inputs) for binder in self.binders]


@dataclass(frozen=True, slots=True)
class RootField:
    """One root field of the answer: a statement, or a text that Python writes."""

    key: str
    statement: Statement | None = None
    renderer: Renderer | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A query as a value; any carrier that runs SQL can carry it."""

    fields: tuple[RootField, ...]
    # One per connection: the page sizes of it and of those it is nested in.
    pages: tuple[tuple[Binder, ...], ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Its statements in order."""
        return tuple(one.statement for one in self.fields if one.statement is not None)

    @property
    def characters(self) -> int:
        """The length of its SQL."""
        return sum(len(statement.sql) for statement in self.statements)

    def frame(self, inputs: Inputs, answers: Sequence[bytes | None]) -> bytes:
        """The answer's `data` object out of the statements' texts."""
        remaining = iter(answers)
        parts = [b'"%b":%b' % (one.key.encode(), _text(one, inputs, remaining)) for one in self.fields]
        return b"{%b}" % b",".join(parts)


def _text(one: RootField, inputs: Inputs, answers: Iterator[bytes | None]) -> bytes:
    if one.renderer is not None:
        return one.renderer(inputs).encode()
    return next(answers) or b"null"
