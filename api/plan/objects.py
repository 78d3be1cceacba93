"""What is read of rows: the objects and lists that a selection asks for, as JSON text that PostgreSQL builds.

No record is built in Python. Who may see a row is compiled in at every place the row's entity is touched, so it never
depends on the path that led there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
)
from sqlalchemy import (
    ColumnElement,
    FromClause,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from api.plan.connections import Condition, Connection, Restriction
from api.plan.denials import Denial
from api.plan.encoders import list_item
from api.plan.fields import NULL, Fields
from api.plan.pages import connection_size, connection_text
from api.plan.plan import Binder
from api.plan.refusals import asked
from api.plan.selection import Document, Selected
from api.plan.serving import given_parent
from api.plan.sql import Parameters, concat, json_object, quoted
from kernel.entities import TENANT, Cardinality, Entities, Entity, Relation
from tenants.model import Access

LIST_LIMIT = 200  # rows of a plain list; what is written keeps lists shorter


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
        self._fields = Fields(document, access, parameters)
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
        otherwise: ColumnElement[str] = NULL,
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

    def written(
        self, selected: Selected, entity: Entity, row: FromClause, place: Place
    ) -> ColumnElement[str]:
        """The object of a row that was found to be seen."""
        type_ = self._object_type(selected, entity)
        return self._object(type_, self._document.fields(type_, selected.nodes), entity, row, place)

    def without(self, selected: Selected, entity: Entity, texts: Mapping[str, str]) -> ColumnElement[str]:
        """An object of the entity without a row: its facts, which look at none, and else the JSON texts given."""
        type_ = self._object_type(selected, entity)
        members: list[tuple[str, str | ColumnElement[Any]]] = []
        for field in self._document.fields(type_, selected.nodes):
            fact = entity.fact(field.python_name)
            if field.name == "__typename":
                members.append((field.key, f'"{type_.name}"'))
            elif fact is not None:
                members.append((field.key, self._fields.fact(field, fact, entity.table)))
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

        size = connection_size(connection, selected, self._document.variables)
        inside.append(place.paged(size))
        self._pages.append(inside[0].sizes)
        fields = self._document.fields(type_, selected.nodes)
        return connection_text(
            connection, selected, fields, write_row, self._document.variables, order, inner
        )

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
        relation = entity.relation(field.python_name)
        if relation is not None:
            return self._relation(field, relation, row, place)
        return self._fields.written(field, entity, row)

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
