"""What is read of one field of a row: its value, a fact about it, or the texts and records inside of a JSON column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
)
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Text,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from api.plan import bindings, values
from api.plan.arguments import Argument, arguments
from api.plan.encoders import encode, json_text, list_item
from api.plan.plan import Binder, Inputs
from api.plan.selection import Document, Selected
from api.plan.sql import Parameters, concat, json_object, quoted
from kernel.entities import Entity, Fact, Kind
from tenants.model import Access

NULL = quoted("null")
# BCP 47 says `und` where the language is not known.
_NO_TEXT: dict[str, str | ColumnElement[Any]] = {"text": '""', "language": '"und"'}
_AT_ONCE = 2  # languages that are looked up before all are gone through


class Fields:
    """Writes the fields of one statement's rows; what leads to other rows is written by `api.plan.objects`."""

    def __init__(self, document: Document, access: Access, parameters: Parameters) -> None:
        self._document = document
        self._access = access
        self._parameters = parameters

    def written(self, field: Selected, entity: Entity, row: FromClause) -> str | ColumnElement[Any]:
        """The field's value as JSON."""
        binding = field.binding
        name = field.python_name
        if isinstance(binding, bindings.Embedded):
            return self._embedded(field, binding, row)
        if isinstance(binding, bindings.Records):
            return self.records(field, row.c[binding.column], binding.keys, binding.hundredths)
        if isinstance(binding, bindings.Texts):
            return self._texts(field, binding, row)
        fact = entity.fact(name)
        if fact is not None:
            return self.fact(field, fact, row)
        column = binding.name if isinstance(binding, bindings.Column) else name
        value: ColumnElement[Any] = row.c[column]
        nullable = bool(entity.table.c[column].nullable)
        if column in entity.restricted:
            value, nullable = case((entity.restricted[column](self._access, row), value)), True
        if getattr(list_item(field.definition.type), "name", "") == "LocalizedText":
            return self._localized(field, value)
        return encode(field.definition.type, value, nullable=nullable)

    def fact(self, field: Selected, fact: Fact, row: FromClause) -> ColumnElement[Any]:
        """What the entity says of the row beside its columns."""
        value = fact.expression(row)
        if fact.kind is Kind.TEXTS:
            return self._localized(field, value)
        if fact.kind is Kind.INTEGER and isinstance(field.definition.type, GraphQLNonNull):
            value = func.coalesce(
                value, literal_column("0")
            )  # where there is nothing to count, there is none
        return encode(field.definition.type, value)

    def records(
        self,
        field: Selected,
        value: ColumnElement[Any],
        keys: Mapping[str, str],
        hundredths: frozenset[str] = frozenset(),
    ) -> ColumnElement[str]:
        """The objects of a JSON array: python field names to keys; `hundredths` become decimals."""
        type_ = list_item(field.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        items = (
            func.jsonb_array_elements(value)
            .table_valued("value", with_ordinality="n")
            .render_derived(name=self._parameters.alias())
        )
        members: list[tuple[str, str | ColumnElement[Any]]] = []
        for inner in self._document.fields(type_, field.nodes):
            if inner.name == "__typename":
                members.append((inner.key, f'"{type_.name}"'))
                continue
            member = items.c.value.op("->")(quoted(keys[inner.python_name]))
            text_of = _decimal if inner.python_name in hundredths else _member
            members.append((inner.key, text_of(member)))
        joined = func.string_agg(json_object(members), aggregate_order_by(quoted(","), items.c.n))
        body = concat(["[", func.coalesce(joined, quoted("")), "]"])
        return select(body).select_from(items).scalar_subquery()

    def _embedded(self, field: Selected, binding: bindings.Embedded, row: FromClause) -> ColumnElement[str]:
        type_ = list_item(field.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        members: list[tuple[str, str | ColumnElement[Any]]] = []
        for inner in self._document.fields(type_, field.nodes):
            if inner.name == "__typename":
                members.append((inner.key, f'"{type_.name}"'))
            else:
                column = row.c[binding.columns[inner.python_name]]
                members.append((inner.key, encode(inner.definition.type, column)))
        present = or_(*[row.c[name].is_not(None) for name in binding.present])
        return case((present, json_object(members)), else_=NULL)

    def _texts(self, field: Selected, binding: bindings.Texts, row: FromClause) -> ColumnElement[str]:
        """Every text of a JSON column that has one a language, in the order of the languages' tags."""
        type_ = list_item(field.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        entry = (
            func.jsonb_each_text(row.c[binding.column])
            .table_valued("key", "value")
            .render_derived(name=self._parameters.alias())
        )
        fields = self._document.fields(type_, field.nodes)
        text = _localized_text(type_, fields, entry.c.value, entry.c.key)
        joined = func.string_agg(text, aggregate_order_by(quoted(","), entry.c.key))
        body = concat(["[", func.coalesce(joined, quoted("")), "]"])
        return select(body).select_from(entry).scalar_subquery()

    def _localized(self, field: Selected, value: ColumnElement[Any]) -> ColumnElement[str]:
        """The text in the first of the wanted languages that it has, else in its first; and which one that is."""
        wanted = self._languages(arguments(field).get("languages"))
        entry = (
            func.jsonb_each_text(value)
            .table_valued("key", "value")
            .render_derived(name=self._parameters.alias())
        )
        type_ = list_item(field.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        fields = self._document.fields(type_, field.nodes)
        chosen = (
            select(_localized_text(type_, fields, entry.c.value, entry.c.key))
            .select_from(entry)
            .order_by(func.array_position(wanted.all, entry.c.key).nulls_last(), entry.c.key)
            .limit(literal_column("1"))
            .scalar_subquery()
        )
        # NULL where that language has no text: then the next one is looked at. Going through all costs ten times as much.
        at_once = (
            [_localized_text(type_, fields, value.op("->>")(first), first) for first in wanted.first]
            if any(one.name == "text" for one in fields)
            else []
        )
        if isinstance(field.definition.type, GraphQLNonNull):
            # The operations store none without a language; one that came another way must not break the answer.
            nothing = json_object([(one.key, _NO_TEXT.get(one.name, f'"{type_.name}"')) for one in fields])
            return func.coalesce(*at_once, chosen, nothing)
        return func.coalesce(*at_once, chosen, NULL)

    def _languages(self, argument: Argument | None) -> "_Wanted":
        if argument is None or argument.value(self._document.variables) is None:
            shared = self._parameters.shared
            return _Wanted(
                shared("languages", "text[]", lambda inputs: inputs.languages),
                [
                    shared(f"language_{n}", "text", _nth(lambda inputs: inputs.languages, n))
                    for n in range(_AT_ONCE)
                ],
            )
        asked = argument.binder(values.asked_languages)

        def wanted(inputs: Inputs) -> Sequence[str]:
            # Where none of those is there, the request's own come before any other.
            return [*asked(inputs), *inputs.languages]

        new = self._parameters.new
        return _Wanted(new("text[]", wanted), [new("text", _nth(wanted, n)) for n in range(_AT_ONCE)])


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The languages to try, in order, and the first of them by themselves; NULL where there are fewer."""

    all: ColumnElement[Any]
    first: list[ColumnElement[Any]]


def _nth(languages: Callable[[Inputs], Sequence[str]], n: int) -> Binder:
    def bind(inputs: Inputs) -> str | None:
        found = languages(inputs)
        return found[n] if n < len(found) else None

    return bind


def _localized_text(
    type_: GraphQLObjectType, fields: list[Selected], text: ColumnElement[Any], language: ColumnElement[Any]
) -> ColumnElement[str]:
    members = {"text": json_text(text), "language": json_text(language)}
    return json_object([(one.key, members.get(one.name, f'"{type_.name}"')) for one in fields])


def _member(member: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(cast(member, Text), NULL)


def _decimal(member: ColumnElement[Any]) -> ColumnElement[Any]:
    """Hundredths as a decimal text with two places: 750 -> "7.50"."""
    number = cast(cast(member, Text), BigInteger)
    whole, rest = number.op("/")(literal_column("100")), number % literal_column("100")
    padded = func.lpad(cast(rest, Text), literal_column("2"), quoted("0"))
    return func.coalesce(concat(['"', cast(whole, Text), ".", padded, '"']), NULL)
