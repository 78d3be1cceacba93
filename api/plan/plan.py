"""What a compiled operation is: statements with binders, and the frame that makes their texts one answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.cost.price import Price
from api.plan.selection import Selected
from kernel.clock import Clock
from tenants.model import Principal


@dataclass(slots=True)  # one is made for every request: a frozen one costs three times as much
class Inputs:
    """What one request binds into a plan; nobody changes it."""

    principal: Principal
    variables: Mapping[str, Any]
    languages: Sequence[str]
    clock: Clock
    # What an operation or a search yielded, for the plan that hydrates it: parameter name -> value.
    sources: Mapping[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day that it is where the institution is."""
        return self.principal.tenant.day_of(self.clock())


Binder = Callable[[Inputs], Any]
# Writes a root field's JSON text from Python alone: no statement.
Renderer = Callable[[Inputs], str]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text that returns one JSON text, and what binds its `$1 … $n`."""

    sql: str
    binders: tuple[Binder, ...]
    # Stands for the text in the keys of cached answers; empty where the answer is not kept (`api.response_cache`).
    shared_key: bytes = b""

    def bind(self, inputs: Inputs) -> list[Any]:
        """The parameters' values for this request; `InvalidInput` names the argument that cannot be."""
        return [binder(inputs) for binder in self.binders]


@dataclass(frozen=True, slots=True)
class Search:
    """What a search engine is asked before the root field's statement: `inputs.sources[source]` is what it found."""

    source: str
    field: Selected
    is_for_hits: bool  # or for suggestions
    read: Callable[[Inputs], Mapping[str, Any]]  # the arguments by name
    size: Binder  # how many it shows
    # The place of the object that the arguments name, as the JSON text `[latitude, longitude]`; null where none is seen.
    place: Statement | None = None


@dataclass(frozen=True, slots=True)
class RootField:
    """One root field of the answer: a statement, or a text that Python writes."""

    key: str
    statement: Statement | None = None
    renderer: Renderer | None = None
    search: Search | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A query as a value; any carrier that runs SQL can carry it."""

    fields: tuple[RootField, ...]
    # One per connection: the page sizes of it and of those it is nested in.
    pages: tuple[tuple[Binder, ...], ...] = ()
    price: Price = field(default_factory=Price)
    # Whether something is looked up by what is stored encrypted: `Inputs.sources` then has "column_keys".
    needs_keys: bool = False
    # What is asked of the search engine first, each with the place of its statement.
    searches: tuple[tuple[int, Search], ...] = field(init=False)
    # Its statements in order, and the response keys as they stand in the answer: made once, read by every request.
    statements: tuple[Statement, ...] = field(init=False)
    _keys: tuple[bytes, ...] = field(init=False)

    def __post_init__(self) -> None:
        statements = tuple(one.statement for one in self.fields if one.statement is not None)
        object.__setattr__(self, "statements", statements)
        asking = [one.search for one in self.fields if one.statement is not None]
        searches = tuple((index, search) for index, search in enumerate(asking) if search is not None)
        object.__setattr__(self, "searches", searches)
        object.__setattr__(self, "_keys", tuple(b'"%b":' % one.key.encode() for one in self.fields))

    @property
    def characters(self) -> int:
        """The length of its SQL."""
        return sum(len(statement.sql) for statement in self.statements)

    def frame(self, inputs: Inputs, answers: Sequence[bytes | None]) -> bytes:
        """The answer's `data` object out of the statements' texts."""
        if len(self.fields) == 1:
            return b"{%b%b}" % (self._keys[0], _text(self.fields[0], inputs, iter(answers)))
        remaining = iter(answers)
        parts = [
            b"%b%b" % (key, _text(one, inputs, remaining))
            for key, one in zip(self._keys, self.fields, strict=True)
        ]
        return b"{%b}" % b",".join(parts)


def _text(one: RootField, inputs: Inputs, answers: Iterator[bytes | None]) -> bytes:
    if one.renderer is not None:
        return one.renderer(inputs).encode()
    return next(answers) or b"null"
