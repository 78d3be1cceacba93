"""From GraphQL inputs to the operations' values: ids, language-tagged texts, and what was not given."""

import collections.abc
import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import strawberry

from academic.model.catalogue import Credit
from academic.model.windows import EnrollmentWindow
from api.plan.coercion import row_id
from api.schema.enums import Audience
from api.schema.input_paths import camel
from api.schema.shared import ExternalIdInput
from kernel.entities import Entity
from kernel.errors import InvalidInput, below
from kernel.languages import language_tag
from kernel.unset import UNSET
from tenants.external_ids import ExternalId

T = TypeVar("T")
Converters = Mapping[str, Callable[[Any], Any]]


OPTIONAL: Any = strawberry.UNSET


@strawberry.input(description="Which object, and the version it is expected to have.")
class ChangeInput:
    id: strawberry.ID
    expected_version: int | None = OPTIONAL


@strawberry.input(description="A text in one language.")
class LocalizedTextInput:
    language: str = strawberry.field(description="BCP 47")
    text: str


@strawberry.input
class CreditInput:
    scheme: str
    value: Decimal
    level: str | None = strawberry.UNSET


@strawberry.input
class EnrollmentWindowInput:
    audience: Audience
    opens_at: datetime | None = strawberry.UNSET
    closes_at: datetime | None = strawberry.UNSET


@strawberry.input(description="The value of a field that the institution has declared; null removes it.")
class AttributeInput:
    name: str
    value: str | None


def row(entity: Entity) -> Callable[[Any], Any]:
    """Reads an id of this entity out of an input."""

    def read(value: Any) -> Any:
        return None if value is None else row_id(value, entity, name=f"the {entity.name}")

    return read


def id_of(given: Any, entity: Entity, member: str = "id") -> int:
    """The id that a required member of an input holds."""
    with below(camel(member)):
        return row_id(getattr(given, member), entity, name=f"input.{camel(member)}")


def optional_id_of(given: Any, entity: Entity, member: str) -> int | None:
    """The id that a member holds, or none."""
    return None if given_or(getattr(given, member)) is None else id_of(given, entity, member)


def text_of(given: Any, member: str) -> str:
    """The text that a required member of an input holds."""
    with below(camel(member)):
        return plain_text(getattr(given, member))


def optional_text_of(given: Any, member: str) -> str | None:
    """The text that a member holds, or none."""
    return None if given_or(getattr(given, member)) is None else text_of(given, member)


def texts(values: Sequence[LocalizedTextInput] | None) -> dict[str, str] | None:
    """Language-tagged text under canonical tags; a language given twice is an error and not the last one."""
    if values is None:
        return None
    found: dict[str, str] = {}
    for index, one in enumerate(values):
        with below(index, "language"):
            language = language_tag(one.language)
        if language in found:
            raise InvalidInput(f"the language {language} is given twice")
        with below(index, "text"):
            found[language] = plain_text(one.text)
    return found


def credit_list(values: Sequence[CreditInput]) -> list[Credit]:
    """Amounts of study."""
    return each(values, lambda one: Credit.of(scheme=one.scheme, value=one.value, level=one.level or None))


def windows(values: Sequence[EnrollmentWindowInput]) -> list[EnrollmentWindow]:
    """Enrollment windows per audience."""
    return each(
        values,
        lambda one: EnrollmentWindow(str(one.audience.value), one.opens_at or None, one.closes_at or None),
    )


def external_id_list(values: Sequence[ExternalIdInput]) -> list[ExternalId]:
    """Ids of other systems."""
    return each(values, lambda one: filled(ExternalId, one, {}))


def each(values: Sequence[Any], convert: Callable[[Any], T]) -> list[T]:
    """Every item converted; an error says which one."""
    found = []
    for index, one in enumerate(values):
        with below(index):
            found.append(convert(one))
    return found


def plain_text(value: str) -> str:
    """A text the database can hold."""
    if "\x00" in value:
        raise InvalidInput("a text contains the character U+0000, which no text here can hold")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInput("a text contains a lone surrogate, which is no character") from None
    return value


@dataclass(frozen=True, slots=True)
class TakesNull:
    """A converter that knows what null means where the operation's value has no None."""

    convert: Callable[[Any], Any]

    def __call__(self, value: Any) -> Any:
        return self.convert(value)


def filled(type_: type[T], given: Any, converters: Converters, **renamed: str) -> T:
    """An operation's value out of an input: same names unless `renamed` (target=source), absent members left out.

    Null where something is made is the same as absent. Where something is changed it empties: a list becomes the empty
    one, and what cannot be empty is an error that names the member.
    """
    values = {}
    may_be_none = _may_be_none(type_)  # type: ignore[arg-type]  # a class is hashable, which mypy does not see
    for one in dataclasses.fields(type_):  # type: ignore[arg-type]  # every operation's value is a dataclass
        source = renamed.get(one.name, one.name)
        value = getattr(given, source, strawberry.UNSET)
        converter = converters.get(one.name)
        if value is strawberry.UNSET:
            continue
        with below(camel(source)):
            if value is not None or one.name in may_be_none or isinstance(converter, TakesNull):
                values[one.name] = _converted(converter, value)
            elif one.default is UNSET:
                values[one.name] = _emptied(type_, one.name, camel(source))
    return type_(**values)


def given_or(value: Any, default: Any = None) -> Any:
    """The value, or the default where it was not given."""
    return default if value is strawberry.UNSET else value


@functools.cache
def _may_be_none(type_: type[Any]) -> frozenset[str]:
    hints = get_type_hints(type_)
    return frozenset(name for name, hint in hints.items() if NoneType in get_args(hint))


def _emptied(type_: type[Any], name: str, member: str) -> tuple[()]:
    hints = get_args(get_type_hints(type_)[name])
    if any(get_origin(hint) is collections.abc.Sequence for hint in hints):
        return ()
    raise InvalidInput(f"{member} is null, and cannot be: leave it out, or give it a value")


def _converted(converter: Callable[[Any], Any] | None, value: Any) -> Any:
    if converter is not None:
        return converter(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return each(value, plain_text)
    return value
