"""Prices an operation by the declared weights: once, when its plan is made, and before anything is compiled."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_leaf_type,
)

from api.cost.price import Places, Price, Share, Size
from api.cost.weights import (
    INTROSPECTED_FOR_A_POINT,
    INTROSPECTED_LISTS,
    INTROSPECTED_WRAPPED,
    PLAIN_LIST,
    WEIGHTS,
    weight,
)
from api.limits import check_introspected, check_introspected_lists, check_parts, parts_of
from api.plan.arguments import Argument, arguments
from api.plan.hits import SEARCHED
from api.plan.pages import listed_by, sized_by
from api.plan.plan import Binder
from api.plan.refusals import asked
from api.plan.selection import Document, Selected
from kernel.entities import Entities
from kernel.ids import parse_global_id

_INTROSPECTION = {"__schema": "__Schema", "__type": "__Type"}
_PAGED = ("nodes", "edges")  # of a connection: what is inside is read for every row of the page


def priced(document: Document, operation: OperationDefinitionNode, entities: Entities) -> Price:
    """The price; `LimitExceeded` where there is more to compile, or more of the schema asked, than is allowed."""
    root = document.schema.get_root_type(operation.operation)
    assert root is not None
    walk = _Walk(document, entities)
    walk.selection(root, document.of_sets(root, [operation.selection_set]), _Around())
    return walk.price(is_told=operation.operation is OperationType.QUERY)


@dataclass(frozen=True, slots=True)
class _Around:
    """Where a field stands: the keys that lead to it, and how often what is there is read."""

    path: tuple[str, ...] = ()
    times: int = 1
    places: Places = ()

    @property
    def is_once(self) -> bool:
        return self.times == 1 and not self.places


@dataclass(slots=True)
class _Walk:
    """Adds up the fields of one operation."""

    document: Document
    entities: Entities
    points: Counter[Places] = field(default_factory=Counter)
    rows: Counter[Places] = field(default_factory=Counter)
    sizes: list[Size] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    parts: int = 0
    introspected: float = 0
    beside: int | None = 0

    def price(self, *, is_told: bool) -> Price:
        """What was added up; `is_told`: the answer's objects tell what was needed."""
        self.points[()] += -int(-self.introspected // INTROSPECTED_FOR_A_POINT)
        beside = self.beside if is_told and not self.introspected else None
        return Price(
            dict(self.points), dict(self.rows), tuple(self.sizes), tuple(self.shares), beside, self.parts
        )

    def selection(self, parent: GraphQLObjectType, fields: Iterable[Selected], around: _Around) -> None:
        """All of these fields of one object."""
        for selected in fields:
            self._part(parent, selected, is_root=not around.path)
            if selected.name == "__typename":
                continue
            inside = replace(around, path=(*around.path, selected.key))
            if selected.name in _INTROSPECTION:
                type_ = self.document.schema.type_map[_INTROSPECTION[selected.name]]
                assert isinstance(type_, GraphQLObjectType)
                self._introspect(type_, selected, 1.0, 0)
            else:
                with asked(selected.at(inside.path)):
                    self._field(parent, selected.at(inside.path), inside)

    def _part(self, parent: GraphQLObjectType, selected: Selected, *, is_root: bool) -> None:
        returns = get_named_type(selected.definition.type)
        is_list = _is_plain_list(parent, selected) and returns.name not in WEIGHTS
        self.parts += parts_of(selected.name, returns, is_root=is_root, is_list=is_list)
        check_parts(self.parts)

    def _field(self, parent: GraphQLObjectType, selected: Selected, around: _Around) -> None:
        returns = get_named_type(selected.definition.type)
        if "ids" in selected.definition.args:
            ids = arguments(selected)["ids"]
            around = self._many(around, ids, ids.binder(len))
        elif _is_plain_list(parent, selected) and "first" not in selected.definition.args:
            around = replace(around, times=around.times * PLAIN_LIST)
        self._add(parent, selected, around)
        if isinstance(returns, GraphQLInterfaceType):
            self._kinds(selected, around)
        elif isinstance(returns, GraphQLObjectType):
            fields = self.document.fields(returns, selected.nodes)
            if returns.name.endswith("Connection") and "first" in selected.definition.args:
                self._connection(returns, selected, fields, around)
            elif "first" in selected.definition.args:
                listed = self._many(around, *listed_by(arguments(selected), ".".join(around.path)))
                self.rows[listed.places] += listed.times
                self.selection(returns, fields, listed)
            else:
                self.selection(returns, fields, around)

    def _connection(
        self, returns: GraphQLObjectType, selected: Selected, fields: list[Selected], around: _Around
    ) -> None:
        size, binder = sized_by(arguments(selected), self.document.variables, ".".join(around.path))
        page = self._many(around, size, binder)
        if any(one.name in _PAGED for one in fields):
            self.rows[page.places] += page.times
        for one in fields:
            self.selection(returns, [one], page if one.name in _PAGED else around)

    def _kinds(self, selected: Selected, around: _Around) -> None:
        """An object of any kind that the ids name, or that may be found, costs as the dearest of them."""
        kinds = [self._inside_of(kind, selected, around) for kind in self._kinds_of(selected)]
        for one in kinds:
            self.parts, self.shares = max(self.parts, one.parts), self.shares + one.shares
        self.points += _most(one.points for one in kinds)
        self.rows += _most(one.rows for one in kinds)
        besides = [one.beside for one in kinds]
        if self.beside is None or None in besides:
            self.beside = None
        else:
            self.beside += max((beside for beside in besides if beside is not None), default=0)

    def _inside_of(self, kind: GraphQLObjectType, selected: Selected, around: _Around) -> "_Walk":
        walk = _Walk(self.document, self.entities, sizes=self.sizes, parts=self.parts)
        walk.selection(kind, self.document.fields(kind, selected.nodes), around)
        return walk

    def _kinds_of(self, selected: Selected) -> list[GraphQLObjectType]:
        declared = arguments(selected)
        if not declared:
            returns = cast(GraphQLInterfaceType, get_named_type(selected.definition.type))
            objects = self.document.schema.get_implementations(returns).objects
            return [one for one in objects if returns.name != "Node" or one.name in SEARCHED]
        given = (declared.get("ids") or declared["id"]).value(self.document.variables)
        prefixes = {parse_global_id(one).prefix for one in ([given] if isinstance(given, str) else given)}
        found = [self.entities.by_prefix(prefix) for prefix in sorted(prefixes)]
        types = [self.document.schema.type_map[entity.name] for entity in found if entity is not None]
        return [one for one in types if isinstance(one, GraphQLObjectType)]

    def _many(self, around: _Around, argument: Argument, binder: Binder) -> _Around:
        """Inside of so many: a number that the document says, or the place of what a request will say."""
        if argument.is_constant:
            return replace(around, times=around.times * binder(_NOTHING_BOUND))
        self.sizes.append(binder)
        return replace(around, places=(*around.places, len(self.sizes) - 1))

    def _add(self, parent: GraphQLObjectType, selected: Selected, around: _Around) -> None:
        returns = get_named_type(selected.definition.type)
        is_exact = "exact" in selected.definition.args and arguments(selected)["exact"].value(
            self.document.variables
        )
        points = around.times * weight(parent.name, selected.name, returns, exact=bool(is_exact))
        if not points:
            return
        self.points[around.places] += points
        self.shares.append(Share(around.path, points, around.places))
        if is_leaf_type(returns) and self.beside is not None:
            # What is counted once for every row cannot be told from the answer.
            self.beside = self.beside + points if around.is_once else None

    def _introspect(self, type_: GraphQLObjectType, selected: Selected, times: float, lists: int) -> None:
        """An object of the schema itself, which is asked for so often, inside of so many lists."""
        for one in self.document.fields(type_, selected.nodes):
            self.introspected += times
            check_introspected(self.introspected)
            returns = get_named_type(one.definition.type)
            if not isinstance(returns, GraphQLObjectType):
                continue
            many = INTROSPECTED_LISTS.get(f"{type_.name}.{one.name}")
            if many is not None:
                check_introspected_lists(lists + 1)
                self._introspect(returns, one, times * many, lists + 1)
            else:
                wrapped = INTROSPECTED_WRAPPED if one.name == "ofType" else 1.0
                self._introspect(returns, one, times * wrapped, lists)


def _is_plain_list(parent: GraphQLObjectType, selected: Selected) -> bool:
    type_ = selected.definition.type
    outer = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    is_paged = parent.name.endswith("Connection")
    return isinstance(outer, GraphQLList) and not is_paged and not is_leaf_type(get_named_type(type_))


def _most(counts: Iterable[Counter[Places]]) -> Counter[Places]:
    found: Counter[Places] = Counter()
    for one in counts:
        found |= one
    return found


_NOTHING_BOUND: Any = None  # what a constant's binder is given
