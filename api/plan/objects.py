"""What is read of a row: the fields that a selection asks for, as JSON text that PostgreSQL builds.

No record is built in Python. Who may see a row is compiled in at every place the row's entity is touched, so it never
depends on the path that led there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from graphql import (
    GraphQLInterfaceType,
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
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from api.plan import bindings, values
from api.plan.arguments import Argument, arguments
from api.plan.denials import Denial
from api.plan.encoders import encode, json_text, list_item
from api.plan.pages import Condition, Connection, Restriction
from api.plan.plan import Binder, Inputs
from api.plan.refusals import asked
from api.plan.selection import Document, Selected
from api.plan.serving import given_parent
from api.plan.sql import Parameters, concat, json_object, quoted
from kernel.entities import TENANT, Cardinality, Entities, Entity, Fact, Kind, Relation
from tenants.model import Access

LIST_LIMIT = 200  # rows of a plain list; what is written keeps lists shorter
_NULL = quoted("null")
# BCP 47 says `und` where the language is not known.
_NO_TEXT: dict[str, str | ColumnElement[Any]] = {"text": '""', "language": '"und"'}
_AT_ONCE = 2  # languages that are looked up before all are gone through


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the answer we are: the response path, and the page sizes of the connections around us."""

    path: tuple[str, ...]
    sizes: tuple[Binder, ...] = ()

    def at(self, *keys: str) -> "Place":
        """Further inside."""
        return Place((*self.path, *keys), self.sizes)

    def paged(self, size: Binder) -> "Place":
        """Inside a connection of this page size."""
        return Place(self.path, (*self.sizes, size))

    def __str__(self) -> str:
        return ".".join(self.path)


class Objects:
    """Writes the rows of one statement; what the access does not reach is added to `denials`, page sizes to `pages`."""

    def __init__(
        self,
        document: Document,
        entities: Entities,
        access: Access,
        parameters: Parameters,
        denials: list[Denial],
        pages: list[tuple[Binder, ...]],
    ) -> None:
        self._document = document
        self._entities = entities
        self._access = access
        self._parameters = parameters
        self._denials = denials
        self._pages = pages

    def one(
        self,
        selected: Selected,
        entity: Entity,
        condition: Condition,
        place: Place,
        *,
        vouched: bool = False,
        otherwise: ColumnElement[str] = _NULL,
    ) -> ColumnElement[str]:
        """The row that fulfils the condition, as an object; `otherwise` where it is not there or not seen.

        One that is `vouched` for was found to be seen by what led to it.
        """
        self._permit(entity, place)
        row = self._parameters.row_of(entity.table)
        type_ = self._object_type(selected, entity)
        json = self._object(type_, self._document.fields(type_, selected.nodes), entity, row, place)
        query = (
            select(json)
            .select_from(row)
            .where(row.c["tenant_id"] == TENANT, condition(row))
            .correlate_except(row)
        )
        if not vouched:
            query = query.where(entity.visible_to(self._access, row))
        return func.coalesce(query.scalar_subquery(), otherwise)

    def without(self, selected: Selected, entity: Entity, texts: Mapping[str, str]) -> ColumnElement[str]:
        """An object of the entity without a row: its facts, which look at none, and else the JSON texts given."""
        type_ = self._object_type(selected, entity)
        members: list[tuple[str, str | ColumnElement[Any]]] = []
        for field in self._document.fields(type_, selected.nodes):
            fact = entity.fact(field.python_name)
            if field.name == "__typename":
                members.append((field.key, f'"{type_.name}"'))
            elif fact is not None:
                members.append((field.key, self._fact(field, fact, entity.table)))
            else:
                members.append((field.key, texts[field.python_name]))
        return json_object(members)

    def connection(
        self,
        selected: Selected,
        entity: Entity,
        parent: Restriction | None,
        order: str | None,
        place: Place,
        where: tuple[str, ...] = (),
        given: Mapping[str, str] = MappingProxyType({}),
    ) -> ColumnElement[str]:
        """A page of the rows, or of those that `parent` leads to, as far as the filters `where` and `given` let through."""
        self._permit(entity, place)
        connection = Connection(
            entity, self._access, self._parameters, self._entities, parent, str(place), where, given
        )
        type_ = list_item(selected.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        row_type = self._document.schema.type_map[entity.name]
        assert isinstance(row_type, GraphQLObjectType)
        inside: list[Place] = []

        def write_row(fields: list[Selected], rows: FromClause, keys: tuple[str, ...]) -> ColumnElement[str]:
            return self._object(row_type, fields, entity, rows, inside[0].at(*keys))

        def inner(inner_type: GraphQLObjectType, field: Selected) -> list[Selected]:
            return self._document.fields(inner_type, field.nodes)

        size = connection.size(selected, self._document.variables)
        inside.append(place.paged(size))
        self._pages.append(inside[0].sizes)
        fields = self._document.fields(type_, selected.nodes)
        return connection.text(selected, fields, write_row, self._document.variables, order, inner)

    def _permit(self, entity: Entity, place: Place) -> None:
        if entity.scope is not None and entity.scope not in self._access.scopes:
            self._denials.append(Denial(place.path, entity.name, entity.scope))

    def _object_type(self, selected: Selected, entity: Entity) -> GraphQLObjectType:
        type_ = list_item(selected.definition.type)
        if isinstance(type_, GraphQLInterfaceType):
            type_ = self._document.schema.type_map[entity.name]  # type: ignore[assignment]
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def _object(
        self,
        type_: GraphQLObjectType,
        fields: list[Selected],
        entity: Entity,
        row: FromClause,
        place: Place,
    ) -> ColumnElement[str]:
        return json_object(
            [
                (
                    field.key,
                    f'"{type_.name}"'  # not the entity's: several share a type, such as ExternalId
                    if field.name == "__typename"
                    else self._placed_field(field, entity, row, place.at(field.key)),
                )
                for field in fields
            ]
        )

    def _placed_field(
        self, field: Selected, entity: Entity, row: FromClause, place: Place
    ) -> str | ColumnElement[Any]:
        field = field.at(place.path)
        with asked(field):
            return self._field(field, entity, row, place)

    def _field(
        self, field: Selected, entity: Entity, row: FromClause, place: Place
    ) -> str | ColumnElement[Any]:
        if field.name == "id" and entity.prefix is not None:
            return concat([f'"{entity.prefix}_', row.c["id"], '"'])
        binding = field.binding
        name = field.python_name
        if isinstance(binding, bindings.Embedded):
            return self._embedded(field, binding, row)
        if isinstance(binding, bindings.Records):
            return self.records(field, row.c[binding.column], binding.keys, binding.hundredths)
        if isinstance(binding, bindings.Texts):
            return self._texts(field, binding, row)
        relation = entity.relation(name)
        if relation is not None:
            return self._relation(field, relation, row, place)
        fact = entity.fact(name)
        if fact is not None:
            return self._fact(field, fact, row)
        column = binding.name if isinstance(binding, bindings.Column) else name
        value: ColumnElement[Any] = row.c[column]
        nullable = bool(entity.table.c[column].nullable)
        if column in entity.restricted:
            value, nullable = case((entity.restricted[column](self._access, row), value)), True
        if getattr(list_item(field.definition.type), "name", "") == "LocalizedText":
            return self._localized(field, value)
        return encode(field.definition.type, value, nullable=nullable)

    def _fact(self, field: Selected, fact: Fact, row: FromClause) -> ColumnElement[Any]:
        value = fact.expression(row)
        if fact.kind is Kind.TEXTS:
            return self._localized(field, value)
        if fact.kind is Kind.INTEGER and isinstance(field.definition.type, GraphQLNonNull):
            value = func.coalesce(
                value, literal_column("0")
            )  # where there is nothing to count, there is none
        return encode(field.definition.type, value)

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
        return case((present, json_object(members)), else_=_NULL)

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
        return func.coalesce(*at_once, chosen, _NULL)

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

    # ---- relations ---------------------------------------------------------------------------------------------

    def _relation(
        self, field: Selected, relation: Relation, row: FromClause, place: Place
    ) -> ColumnElement[str]:
        target = self._entities[relation.target]

        def joined(other: FromClause) -> ColumnElement[bool]:
            condition = None
            for local, remote in relation.on:
                value = row.c[local]
                pair = other.c[remote] == (func.any(value) if isinstance(value.type, ARRAY) else value)
                condition = pair if condition is None else condition & pair
            assert condition is not None
            return condition

        def listed(other: FromClause) -> ColumnElement[bool]:
            return (
                joined(other) & relation.within(self._access, row, other)
                if relation.within
                else joined(other)
            )

        if relation.cardinality is Cardinality.MANY:
            parent = Restriction(given_parent(relation), listed)
            return self.connection(field, target, parent, relation.order, place, relation.where)
        if relation.cardinality is Cardinality.LIST:
            return self._list(field, target, joined, place)
        return self.one(field, target, joined, place, vouched=relation.vouched)

    def _list(
        self, selected: Selected, entity: Entity, condition: Condition, place: Place
    ) -> ColumnElement[str]:
        self._permit(entity, place)
        row = self._parameters.row_of(entity.table)
        key = [row.c[name] for name in entity.key]
        type_ = list_item(selected.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        few = (
            select(*row.c, func.row_number().over(order_by=key).label("ff_n"))
            .where(row.c["tenant_id"] == TENANT, condition(row), entity.visible_to(self._access, row))
            .correlate_except(row)
            .order_by(*key)
            .limit(literal_column(str(LIST_LIMIT)))
            .subquery(self._parameters.alias())
        )
        fields = self._document.fields(type_, selected.nodes)
        json = self._object(type_, fields, entity, few, place)
        joined = func.string_agg(json, aggregate_order_by(quoted(","), few.c.ff_n))
        body = concat(["[", func.coalesce(joined, quoted("")), "]"])
        return select(body).select_from(few).correlate_except(few).scalar_subquery()


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
    return func.coalesce(cast(member, Text), _NULL)


def _decimal(member: ColumnElement[Any]) -> ColumnElement[Any]:
    """Hundredths as a decimal text with two places: 750 -> "7.50"."""
    number = cast(cast(member, Text), BigInteger)
    whole, rest = number.op("/")(literal_column("100")), number % literal_column("100")
    padded = func.lpad(cast(rest, Text), literal_column("2"), quoted("0"))
    return func.coalesce(concat(['"', cast(whole, Text), ".", padded, '"']), _NULL)
