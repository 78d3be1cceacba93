"""Compiles one operation of a validated document into a `Plan`: one SQL statement per root field.

Here is which row or rows a root field starts from; what is read of them, and of all that they lead to, is in
`api.plan.objects` and `api.plan.fields`.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from graphql import (
    OperationDefinitionNode,
)
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from api.plan import bindings, values
from api.plan.arguments import Argument, arguments
from api.plan.coercion import MAX_IDS, row_id, text
from api.plan.connections import Condition, Connection, Restriction
from api.plan.denials import Denial, OperationDenied
from api.plan.encoders import encode
from api.plan.fields import Fields
from api.plan.filters import filtered, read_member
from api.plan.hits import Hits
from api.plan.introspection import introspection
from api.plan.objects import Objects, Place
from api.plan.plan import Binder, Inputs, Plan, RootField, Statement
from api.plan.refusals import asked, refused
from api.plan.searches import search_of
from api.plan.selection import Document, Selected
from api.plan.serving import Given
from api.plan.sql import Parameters, concat, quoted
from kernel.entities import TENANT, VIEWER, Entities, Entity, Filter, Reach
from kernel.errors import InvalidInput
from kernel.ids import parse_global_id
from tenants.model import Access

_NULL = quoted("null")


class Compiler:
    """Compiles for one document, one access and one shape of variables."""

    def __init__(self, document: Document, entities: Entities, access: Access) -> None:
        self._document = document
        self._entities = entities
        self._access = access
        self._denials: list[Denial] = []
        self._pages: list[tuple[Binder, ...]] = []
        self._needs_keys = False

    def query(self, operation: OperationDefinitionNode) -> Plan:
        """The plan of a query. `OperationDenied` lists every field the caller's scopes do not reach, before any SQL."""
        root = self._document.schema.query_type
        assert root is not None
        fields = [
            self._root(selected, operation)
            for selected in self._document.of_sets(root, [operation.selection_set])
        ]
        if self._denials:
            raise OperationDenied(self._denials, is_signed_in=self._access.is_member)
        return Plan(tuple(fields), tuple(self._pages), needs_keys=self._needs_keys)

    def hydration(
        self,
        selected: Selected,
        entity: Entity,
        source: str,
        path: tuple[str, ...],
        filters: Sequence[tuple[Filter, Argument]] = (),
    ) -> Statement:
        """The statement for an object that an operation yielded: its id is bound from `inputs.sources[source]`.

        Its text is null for an object that the viewer does not see, or that the filters leave out.
        """
        self._begin()
        place = Place(path)
        bound = self._parameters.new("bigint", lambda inputs: inputs.sources[source])
        rows = Connection(entity, self._access, self._parameters, self._entities, None, str(place))
        conditions = [filtered(rows, filter_, argument) for filter_, argument in filters]

        def is_it(row: FromClause) -> ColumnElement[bool]:
            return and_(row.c["id"] == bound, *(condition(row) for condition in conditions))

        return self._statement(self._objects.one(selected, entity, is_it, place))

    def finish(self) -> tuple[tuple[Binder, ...], ...]:
        """The pages of all hydrations; raises what was denied in them."""
        if self._denials:
            raise OperationDenied(self._denials, is_signed_in=self._access.is_member)
        return tuple(self._pages)

    def _begin(self) -> None:
        """A statement of its own, with parameters of its own."""
        self._parameters = Parameters()
        self._objects = Objects(
            self._document, self._entities, self._access, self._parameters, self._denials, self._pages
        )

    def _statement(self, body: ColumnElement[str]) -> Statement:
        return self._parameters.statement(select(body))

    def _root(self, selected: Selected, operation: OperationDefinitionNode) -> RootField:
        place = Place((selected.key,))
        if selected.name == "__typename":
            return RootField(selected.key, renderer=lambda inputs: '"Query"')
        if selected.name in ("__schema", "__type"):
            return RootField(selected.key, renderer=introspection(self._document, selected, operation))
        binding = selected.binding
        if isinstance(binding, bindings.Value):
            return RootField(selected.key, renderer=self._value(selected, binding))
        if isinstance(binding, bindings.Found):
            return self._found(selected.at(place.path), binding, place)
        if isinstance(binding, bindings.Computed):
            return self._computed(selected.at(place.path), binding, place)
        if isinstance(binding, bindings.Searched):
            return self._searched(selected.at(place.path), binding, place)
        assert isinstance(binding, bindings.Root), f"Query.{selected.name} is bound to nothing"
        self._begin()
        selected = selected.at(place.path)
        with asked(selected):
            return RootField(selected.key, self._statement(self._root_text(selected, binding, place)))

    def _value(self, selected: Selected, binding: bindings.Value) -> Callable[[Inputs], str]:
        return values.renderer(self._document, selected, binding.read)

    def _root_text(self, selected: Selected, binding: bindings.Root, place: Place) -> ColumnElement[str]:
        match binding.lookup:
            case bindings.Lookup.NODE:
                return self._node(selected, place)
            case bindings.Lookup.NODES:
                return self._nodes(selected, place)
            case bindings.Lookup.VIEWER:
                if not self._access.is_member:  # nobody is signed in, which is an answer and no refusal
                    return _NULL
                return self._objects.one(
                    selected, self._entities["User"], lambda row: row.c["id"] == VIEWER, place
                )
            case bindings.Lookup.BY_KEY:
                entity = self._entities[binding.entity]
                return self._objects.one(selected, entity, self._by_key(selected, entity, place), place)
            case bindings.Lookup.ONLY:
                return self._only(selected, binding, place)
            case bindings.Lookup.TERM_AT:
                return self._term_at(selected, place)
            case bindings.Lookup.CONNECTION:
                return self._connection(selected, binding, place)

    def _found(self, selected: Selected, binding: bindings.Found, place: Place) -> RootField:
        """The row that Python's reading of the arguments names."""
        self._begin()
        self._needs_keys |= binding.needs_keys
        given = arguments(selected)

        def member(name: str) -> Binder:
            def bind(inputs: Inputs) -> str:
                try:
                    values = {key: one.value(inputs.variables) for key, one in given.items()}
                    return text(binding.read(values, inputs)[name], name=name)
                except InvalidInput as error:
                    raise refused(error, selected) from error

            return bind

        bound = {name: self._parameters.new("text", member(name)) for name in binding.members}
        entity = self._entities[binding.entity]
        with asked(selected):
            body = self._objects.one(
                selected, entity, lambda row: binding.match(row, bound, self._access), place
            )
        return RootField(selected.key, self._statement(body))

    def _computed(self, selected: Selected, binding: bindings.Computed, place: Place) -> RootField:
        """What one expression gives, to whoever is signed in."""
        self._begin()
        if not self._access.is_member or binding.scope not in self._access.scopes:
            self._denials.append(Denial(place.path, f"Query.{selected.name}", binding.scope))
        value = binding.expression()
        with asked(selected):
            if binding.keys:
                fields = Fields(self._document, self._access, self._parameters)
                return RootField(selected.key, self._statement(fields.records(selected, value, binding.keys)))
            return RootField(selected.key, self._statement(encode(selected.definition.type, value)))

    def _searched(self, selected: Selected, binding: bindings.Searched, place: Place) -> RootField:
        """What a search engine finds, as the database shows it."""
        with asked(selected):
            search = search_of(selected, binding, self._entities["Offering"], self._access)
            self._begin()
            place = place.paged(search.size)
            self._pages.append(place.sizes)
            hits = Hits(
                self._document, self._entities, self._access, self._parameters, self._objects, search.source
            )
            write = hits.connection if search.is_for_hits else hits.suggestions
            return RootField(selected.key, self._statement(write(selected, place)), search=search)

    def _connection(self, selected: Selected, binding: bindings.Root, place: Place) -> ColumnElement[str]:
        entity, own = self._entities[binding.entity], binding.of_viewer
        parent = None
        if own is not None:
            if not self._access.is_member:
                self._denials.append(Denial(place.path, entity.name, str(entity.scope)))
            parent = Restriction(Given(selected.name, Reach.EQUAL, own), lambda row: row.c[own] == VIEWER)
        return self._objects.connection(
            selected, entity, parent, binding.default_order, place, binding.where, binding.given
        )

    def _only(self, selected: Selected, binding: bindings.Root, place: Place) -> ColumnElement[str]:
        """The institution's one row; while there is none, what its fields are without. Null for who may not see it."""
        entity = self._entities[binding.entity]
        written = self._objects.one(
            selected,
            entity,
            lambda row: true(),
            place,
            otherwise=self._objects.without(selected, entity, binding.otherwise),
        )
        return case((entity.visible_to(self._access, entity.table), written), else_=_NULL)

    def _node(self, selected: Selected, place: Place) -> ColumnElement[str]:
        argument = arguments(selected)["id"]
        prefix = parse_global_id(argument.value(self._document.variables)).prefix
        entity = self._entities.by_prefix(prefix)
        if entity is None:
            return _NULL
        bound = self._parameters.new(
            "bigint", argument.binder(lambda value: row_id(value, entity, name="id"))
        )
        return self._objects.one(selected, entity, lambda row: row.c["id"] == bound, place)

    def _nodes(self, selected: Selected, place: Place) -> ColumnElement[str]:
        argument = arguments(selected)["ids"]
        given = argument.value(self._document.variables)
        prefixes = sorted({parse_global_id(one).prefix for one in given})
        place = place.paged(argument.binder(len))
        numbers = self._parameters.new("text[]", argument.binder(_numbers))
        kinds = self._parameters.new("text[]", argument.binder(_prefixes))
        asked = (
            func.unnest(kinds, numbers)
            .table_valued("prefix", "number", with_ordinality="n")
            .render_derived(name=self._parameters.alias())
        )
        found = []
        for prefix in prefixes:
            entity = self._entities.by_prefix(prefix)
            if entity is not None:
                number = cast(asked.c.number, BigInteger)
                json = self._objects.one(selected, entity, _equals_id(number), place)
                found.append((asked.c.prefix == quoted(prefix), json))
        item = func.coalesce(case(*found), _NULL) if found else _NULL
        joined = func.string_agg(item, aggregate_order_by(quoted(","), asked.c.n))
        body = concat(["[", func.coalesce(joined, quoted("")), "]"])
        return select(body).select_from(asked).scalar_subquery()

    def _by_key(self, selected: Selected, entity: Entity, place: Place) -> Condition:
        """Exactly one of the arguments says which row; the others are not given."""
        declared = arguments(selected)
        given = [a for a in declared.values() if a.value(self._document.variables) is not None]
        if len(given) != 1:
            names = ", ".join(declared)
            raise InvalidInput(f"{place}: give exactly one of {names}; {len(given)} were given")
        argument = given[0]
        if argument.name == "id":
            bound = self._parameters.new("bigint", argument.binder(lambda v: row_id(v, entity, name="id")))
            return lambda row: row.c["id"] == bound
        filter_ = entity.filter("external_id" if argument.name == "externalId" else argument.name)
        assert filter_ is not None, f"{entity.name} has no filter for the argument {argument.name}"
        members: dict[str, ColumnElement[Any]] = {}
        for name in filter_.members:
            part = (
                argument
                if filter_.read or (name == "value" and len(filter_.members) == 1)
                else argument.member(name)
            )
            convert = read_member(filter_, name) if filter_.read else _text_of(argument.name)
            members[name] = self._parameters.new("text", part.binder(convert))
        return lambda row: filter_.predicate(row, members, self._access)

    def _term_at(self, selected: Selected, place: Place) -> ColumnElement[str]:
        """The innermost term (never a whole year) that the date belongs to."""
        entity = self._entities["AcademicSession"]
        argument = arguments(selected).get("date")
        binder: Binder = argument.binder(_date) if argument is not None else lambda inputs: inputs.today
        day = self._parameters.new("date", binder)
        at = self._parameters.row_of(entity.table)
        innermost = (
            select(at.c.id)
            .where(
                at.c.tenant_id == TENANT,
                at.c.starts_on <= day,
                at.c.ends_on >= day,
                at.c.status == quoted("active"),
                at.c.kind.not_in([quoted("academic_year"), quoted("teaching_period")]),
            )
            .order_by(at.c.ends_on - at.c.starts_on, at.c.id)
            .limit(literal_column("1"))
            .correlate_except(at)
            .scalar_subquery()
        )
        return self._objects.one(selected, entity, lambda row: row.c["id"] == innermost, place)


def _equals_id(number: ColumnElement[Any]) -> Condition:
    return lambda row: row.c["id"] == number


def _numbers(ids: list[str]) -> list[str]:
    if len(ids) > MAX_IDS:
        raise InvalidInput(f"ids has {len(ids)} entries; at most {MAX_IDS} are allowed", argument="ids")
    return [str(parse_global_id(one).number) for one in ids]


def _prefixes(ids: list[str]) -> list[str]:
    return [parse_global_id(one).prefix for one in ids]


def _text_of(name: str) -> Callable[[Any], str]:
    return lambda value: text(value, name=name)


def _date(value: Any) -> date:
    assert isinstance(value, date)
    return value
