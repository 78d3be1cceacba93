"""What the values of facets are called: org units and terms by their rows, in the reader's language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from graphql import GraphQLObjectType
from sqlalchemy import BigInteger, ColumnElement, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from api.plan.encoders import json_text, list_item
from api.plan.plan import Inputs
from api.plan.selection import Document, Selected
from api.plan.sql import Parameters, quoted
from api.plan.values import take
from kernel.entities import TENANT, Entities
from kernel.ids import parse_global_id
from tenants.model import Access

# The facets whose values are ids: the entity, and the column with its name by language.
_NAMED = {"ORG_UNIT": ("OrgUnit", "name"), "TERM": ("AcademicSession", "title")}
_NULL = quoted("null")
# A text, and the facet and number of what is called as comes after it; empty at the end.
_Piece = tuple[str, str, str]
Counts = Callable[[Inputs], Sequence[Mapping[str, Any]] | None]


class FacetLabels:
    """Writes `facets` where labels are asked for."""

    def __init__(
        self, document: Document, entities: Entities, access: Access, parameters: Parameters
    ) -> None:
        self._document = document
        self._entities = entities
        self._access = access
        self._parameters = parameters

    def written(self, field: Selected, counts: Counts) -> ColumnElement[str] | None:
        """The list's JSON text; None where no row is needed for it."""
        if not self._asks_for_labels(field):
            return None

        def column(index: int) -> Callable[[Inputs], list[str]]:
            return lambda inputs: [piece[index] for piece in self._pieces(field, counts(inputs))]

        arrays = [self._parameters.new("text[]", column(index)) for index in range(3)]
        piece = (
            func.unnest(*arrays)
            .table_valued("text", "facet", "number", with_ordinality="n")
            .render_derived(name=self._parameters.alias())
        )
        number = cast(piece.c.number, BigInteger)
        labels = [
            (piece.c.facet == quoted(facet), func.coalesce(self._label(*named, number), _NULL))
            for facet, named in _NAMED.items()
        ]
        text = piece.c.text.concat(case(*labels, else_=quoted("")))
        whole = func.string_agg(text, aggregate_order_by(quoted(""), piece.c.n))
        return select(whole).select_from(piece).correlate_except(piece).scalar_subquery()

    def _label(self, name: str, column: str, number: ColumnElement[int]) -> ColumnElement[Any]:
        """The name in the first of the reader's languages that it has, as JSON text; NULL where there is no such row."""
        entity = self._entities[name]
        if entity.scope is not None and entity.scope not in self._access.scopes:
            return _NULL
        row = self._parameters.row_of(entity.table)
        entry = (
            func.jsonb_each_text(row.c[column])
            .table_valued("key", "value")
            .render_derived(name=self._parameters.alias())
        )
        languages = self._parameters.shared("languages", "text[]", lambda inputs: inputs.languages)
        chosen = (
            select(json_text(entry.c.value))
            .select_from(entry)
            .order_by(func.array_position(languages, entry.c.key).nulls_last(), entry.c.key)
            .limit(literal_column("1"))
            .scalar_subquery()
        )
        found = (
            select(chosen)
            .select_from(row)
            .where(row.c["tenant_id"] == TENANT, row.c["id"] == number, entity.visible_to(self._access, row))
        )
        return found.correlate_except(row).scalar_subquery()

    def _asks_for_labels(self, field: Selected) -> bool:
        for values in self._inside(field):
            if values.name == "values" and any(one.name == "label" for one in self._inside(values)):
                return True
        return False

    def _inside(self, field: Selected) -> list[Selected]:
        type_ = list_item(field.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        return self._document.fields(type_, field.nodes)

    def _pieces(self, field: Selected, counts: Sequence[Mapping[str, Any]] | None) -> list[_Piece]:
        if counts is None:
            return [("null", "", "")]
        pieces: list[_Piece] = []
        text = ""
        for part in _list(self._facet(field, one) for one in counts):
            if isinstance(part, str):
                text += part
            else:
                pieces.append((text, *part))
                text = ""
        return [*pieces, (text, "", "")]

    def _facet(self, field: Selected, counted: Mapping[str, Any]) -> Iterator["_Part"]:
        for inner in self._members(field):
            if isinstance(inner, str):
                yield inner
            elif inner.name == "values":
                yield from _list(self._value(inner, counted, one) for one in counted["values"])
            else:
                yield self._known(inner, counted)

    def _value(
        self, field: Selected, counted: Mapping[str, Any], value: Mapping[str, Any]
    ) -> Iterator["_Part"]:
        facet = counted["facet"].upper()
        for inner in self._members(field):
            if isinstance(inner, str):
                yield inner
            elif inner.name == "label" and facet in _NAMED:
                yield (facet, str(parse_global_id(value["value"]).number))
            else:
                yield self._known(inner, value)

    def _members(self, field: Selected) -> Iterator[str | Selected]:
        """The text of an object of the field, and where it shows values their fields."""
        type_ = list_item(field.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        for index, one in enumerate(self._inside(field)):
            yield f'{"," if index else "{"}"{one.key}":'
            yield f'"{type_.name}"' if one.name == "__typename" else one
        yield "}"

    def _known(self, field: Selected, value: Mapping[str, Any]) -> str:
        return orjson.dumps(take(self._document, field, value[field.python_name])).decode()


_Part = str | tuple[str, str]


def _list(items: Iterator[Iterator[_Part]]) -> Iterator[_Part]:
    yield "["
    for index, item in enumerate(items):
        if index:
            yield ","
        yield from item
    yield "]"
