"""What a search engine found, read again: its references become objects under row-level security and the viewer's rules.

What Python knows of a hit (score, snippets, cursor) is bound as pieces of JSON text around the objects that the database
writes. A reference whose row the viewer does not see has no object, and so no item: unless it was the last try, the text then
names what is hidden instead, and the engine is asked again without it, so that it is counted nowhere either.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLObjectType
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    not_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from api.plan.encoders import list_item
from api.plan.facet_labels import FacetLabels
from api.plan.objects import Objects, Place
from api.plan.plan import Inputs
from api.plan.selection import Document, Selected
from api.plan.sql import Parameters, concat, json_object, quoted
from api.plan.values import Taker, taker
from kernel.entities import TENANT, Entities, Entity
from tenants.model import Access

HIDDEN = b"!"  # begins a text that names, by their places, the references whose rows are not seen
PUBLISHED = "published"  # the branch of what has no row here
_ENTITIES = {
    "course": "Course",
    "offering": "Offering",
    "org_unit": "OrgUnit",
    "user": "User",
    "post": "Post",
}

SEARCHED = frozenset(_ENTITIES.values())


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One reference, and what Python knows of it by the fields' python names. `branch` is its kind, or `PUBLISHED`."""

    branch: str
    number: int
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What a root field shows: its rows, what is said `about` them all, and whether the engine is not asked again."""

    rows: tuple[FoundRow, ...]
    about: Mapping[str, Any]
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class _OfRow:
    """A field that the row answers."""

    field: Selected
    place: Place


@dataclass(frozen=True, slots=True)
class _Known:
    """A field that Python knows."""

    name: str
    take: Taker

    def text(self, values: Mapping[str, Any]) -> str:
        return orjson.dumps(self.take(values[self.name])).decode()


_Part = str | _Known | _OfRow
# The parts of one item by branch: JSON text, what Python knows, what the row answers.
_Template = Mapping[str, Sequence[_Part]]


class Hits:
    """Writes one root field. Branches that the access does not reach have no items; engines are not asked for them."""

    def __init__(
        self,
        document: Document,
        entities: Entities,
        access: Access,
        parameters: Parameters,
        objects: Objects,
        source: str,
    ) -> None:
        self._document = document
        self._entities = entities
        self._access = access
        self._parameters = parameters
        self._objects = objects
        self._source = source

    def connection(self, selected: Selected, place: Place) -> ColumnElement[str]:
        """A `SearchConnection`; `place` is inside of its page."""
        type_ = _object_type(selected)
        fields = self._document.fields(type_, selected.nodes)
        templates = {
            field.key: self._listed(field, place.at(field.key))
            for field in fields
            if field.name in ("edges", "nodes")
        }

        def body(items: Mapping[str, ColumnElement[str]]) -> ColumnElement[str]:
            return json_object(
                [(one.key, items[one.key] if one.key in items else self._about(one, type_)) for one in fields]
            )

        return self._read(templates, body)

    def suggestions(self, selected: Selected, place: Place) -> ColumnElement[str]:
        """A list of `SearchSuggestion`; `place` is inside of it."""
        type_ = _object_type(selected)
        template = self._by_branch(lambda branch: self._item(type_, selected, place))
        return self._read({selected.key: template}, lambda items: items[selected.key])

    def _listed(self, field: Selected, place: Place) -> _Template:
        if field.name == "nodes":
            return self._by_branch(lambda branch: self._hit(branch, field, place))
        edge_type = _object_type(field)

        def edge(branch: str) -> list[_Part]:
            inside = {
                one.key: self._hit(branch, one, place.at(one.key))
                for one in self._document.fields(edge_type, field.nodes)
                if one.name == "node"
            }
            return self._item(edge_type, field, place, inside)

        return self._by_branch(edge)

    def _by_branch(self, write: Callable[[str], list[_Part]]) -> _Template:
        return {branch: write(branch) for branch in (*self._reached(), PUBLISHED)}

    def _reached(self) -> dict[str, Entity]:
        entities = {branch: self._entities[name] for branch, name in _ENTITIES.items()}
        return {branch: one for branch, one in entities.items() if one.scope in self._access.scopes}

    def _hit(self, branch: str, field: Selected, place: Place) -> list[_Part]:
        name = f"{_ENTITIES.get(branch, 'Published')}Hit"
        type_ = self._document.schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        return self._item(type_, field, place)

    def _item(
        self,
        type_: GraphQLObjectType,
        field: Selected,
        place: Place,
        inside: Mapping[str, list[_Part]] | None = None,
    ) -> list[_Part]:
        parts: list[_Part] = ["{"]
        for index, one in enumerate(self._document.fields(type_, field.nodes)):
            parts.append(f'{"," if index else ""}"{one.key}":')
            if one.name == "__typename":
                parts.append(f'"{type_.name}"')
            elif inside and one.key in inside:
                parts += inside[one.key]
            elif self._is_of_row(one):
                parts.append(_OfRow(one, place.at(one.key)))
            else:
                parts.append(self._known(one))
        return [*parts, "}"]

    def _is_of_row(self, field: Selected) -> bool:
        name = getattr(list_item(field.definition.type), "name", "")
        return name == "Node" or name in _ENTITIES.values()

    def _read(
        self,
        templates: Mapping[str, _Template],
        body: Callable[[Mapping[str, ColumnElement[str]]], ColumnElement[str]],
    ) -> ColumnElement[str]:
        """One row of text, whatever was found."""
        # Whether a row is seen is looked at where no item is asked for, too.
        written = list(templates.values()) or [self._by_branch(lambda branch: [])]
        rows = self._rows(written)
        lists = {key: self._joined(rows, rows.c[_item_name(n)]) for n, key in enumerate(templates)}
        is_hidden = rows.c[_item_name(0)].is_(None)
        places = func.string_agg(cast(rows.c.n, Text), aggregate_order_by(quoted(","), rows.c.n))
        is_last = self._parameters.new("boolean", lambda inputs: self._page(inputs).is_last)
        is_told = and_(not_(is_last), func.count().filter(is_hidden) > literal_column("0"))
        hidden = concat([HIDDEN.decode(), places.filter(is_hidden)])
        text = case((is_told, hidden), else_=body(lists))
        return select(text).select_from(rows).correlate_except(rows).scalar_subquery()

    def _rows(self, templates: Sequence[_Template]) -> FromClause:
        """The found rows by their places `n`, with an item for each template; it is NULL where the row is not seen."""
        new = self._parameters.new
        names = ["branch", "number"]
        arrays = [
            new("text[]", lambda inputs: [row.branch for row in self._page(inputs).rows]),
            new("text[]", lambda inputs: [str(row.number) for row in self._page(inputs).rows]),
        ]
        for index, template in enumerate(templates):
            for place in range(_most_segments(template)):
                names.append(_segment(index, place))
                arrays.append(new("text[]", self._segments(template, place)))
        asked = (
            func.unnest(*arrays)
            .table_valued(*names, with_ordinality="n")
            .render_derived(name=self._parameters.alias())
        )
        items = [
            self._written(one, index, asked).label(_item_name(index)) for index, one in enumerate(templates)
        ]
        # OFFSET: each item is written once, however often it is looked at.
        found = (
            select(asked.c.n, *items).select_from(asked).correlate_except(asked).offset(literal_column("0"))
        )
        return found.subquery(self._parameters.alias())

    def _written(self, template: _Template, index: int, asked: FromClause) -> ColumnElement[Any]:
        whens = []
        for branch, entity in self._reached().items():
            row = self._parameters.row_of(entity.table)
            text = self._around(template[branch], index, asked, entity, row)
            seen = (
                select(text)
                .select_from(row)
                .where(
                    row.c["tenant_id"] == TENANT,
                    row.c["id"] == cast(asked.c.number, BigInteger),
                    entity.visible_to(self._access, row),
                )
            )
            whens.append((asked.c.branch == quoted(branch), seen.correlate_except(row).scalar_subquery()))
        published = self._around(template[PUBLISHED], index, asked, None, asked)
        return case(*whens, (asked.c.branch == quoted(PUBLISHED), published))

    def _around(
        self, parts: Sequence[_Part], index: int, asked: FromClause, entity: Entity | None, row: FromClause
    ) -> ColumnElement[str]:
        texts: list[str | ColumnElement[Any]] = [asked.c[_segment(index, 0)]]
        for place, part in enumerate((one for one in parts if isinstance(one, _OfRow)), start=1):
            texts.append(
                self._objects.written(part.field, entity, row, part.place) if entity is not None else "null"
            )
            texts.append(asked.c[_segment(index, place)])
        return concat(texts)

    def _segments(self, template: _Template, place: int) -> Callable[[Inputs], list[str]]:
        """The text of each row between the objects that stand before and after it."""
        between = {
            branch: [part for parts in _between(parts)[place:][:1] for part in parts]
            for branch, parts in template.items()
        }

        def bind(inputs: Inputs) -> list[str]:
            return [
                "".join(
                    part if isinstance(part, str) else part.text(row.shown) for part in between[row.branch]
                )
                for row in self._page(inputs).rows
            ]

        return bind

    def _joined(self, rows: FromClause, item: ColumnElement[Any]) -> ColumnElement[str]:
        joined = func.string_agg(item, aggregate_order_by(quoted(","), rows.c.n))
        return concat(["[", func.coalesce(joined, quoted("")), "]"])

    def _about(self, field: Selected, type_: GraphQLObjectType) -> str | ColumnElement[Any]:
        if field.name == "__typename":
            return f'"{type_.name}"'
        if field.name == "facets":
            labels = FacetLabels(self._document, self._entities, self._access, self._parameters)
            labelled = labels.written(field, lambda inputs: self._page(inputs).about["facets"])
            if labelled is not None:
                return labelled
        known = self._known(field)
        return self._parameters.new("text", lambda inputs: known.text(self._page(inputs).about))

    def _known(self, field: Selected) -> _Known:
        return _Known(field.python_name, taker(self._document, field))

    def _page(self, inputs: Inputs) -> FoundPage:
        page = inputs.sources[self._source]
        assert isinstance(page, FoundPage)
        return page


def _between(parts: Sequence[_Part]) -> list[list[str | _Known]]:
    segments: list[list[str | _Known]] = [[]]
    for part in parts:
        if isinstance(part, _OfRow):
            segments.append([])
        else:
            segments[-1].append(part)
    return segments


def _most_segments(template: _Template) -> int:
    return max(len(_between(parts)) for parts in template.values())


def _segment(template: int, place: int) -> str:
    return f"s{template}_{place}"


def _item_name(template: int) -> str:
    return f"item_{template}"


def _object_type(selected: Selected) -> GraphQLObjectType:
    type_ = list_item(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    return type_
