"""Makes operations by chance from a seed: fields, fragments, filters, orders, pages, cursors, nested a few levels."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.integration.graphql.differential.answers import cursor
from tests.integration.graphql.differential.asked import Enum, Field, Variable
from tests.integration.graphql.differential.entities import KINDS, ROOTS, SINGLE, VALUES, Kind, moment
from tests.integration.graphql.differential.rows import Rows

DEPTH = 3
_LANGUAGES = ("de", "en", "ja", "fr", "en-GB")
_EMPTY = "_ _ _"  # a code that nothing has


class Generator:
    """Operations over these rows; the same seed gives the same operations."""

    def __init__(self, rows: Rows, seed: int) -> None:
        self._rows = rows
        self._chance = random.Random(seed)
        self._variables = 0
        self._values: dict[str, Callable[[Kind], Any]] = {
            "code": lambda kind: self._column(kind, "code"),
            "codePrefix": lambda kind: str(self._column(kind, "code"))[: self._chance.randint(0, 2)],
            "handle": lambda kind: self._column(kind, "handle"),
            "language": lambda kind: self._chance.choice(_LANGUAGES),
            "status": lambda kind: Enum(self._column(kind, "status").upper()),
            "state": lambda kind: Enum(self._column(kind, "state").upper()),
            "role": lambda kind: Enum(self._column(kind, "role").upper()),
            "kind": lambda kind: Enum(self._column(kind, "kind").upper()),
            "updatedSince": lambda kind: moment(
                self._column(kind, "updated_at") + timedelta(seconds=self._chance.choice((-1, 0, 1)))
            ),
            "externalId": self._external_id,
            **{
                name: lambda kind, target=target: self._id(KINDS[target])
                for name, target in (
                    ("orgUnit", "OrgUnit"),
                    ("academicSession", "AcademicSession"),
                    ("course", "Course"),
                    ("section", "Section"),
                    ("offering", "Offering"),
                    ("user", "User"),
                )
            },
        }

    def operation(self) -> tuple[Field, ...]:
        """One operation of one to three root fields."""
        self._variables = 0
        return tuple(self._root(f"r{number}") for number in range(self._chance.choice((1, 1, 2, 3))))

    def _root(self, key: str) -> Field:
        kind_of_root = self._chance.random()
        if kind_of_root < 0.65:
            name = self._chance.choice(list(ROOTS))
            kind, order = ROOTS[name]
            return self._connection(name, key, KINDS[kind], order, DEPTH)
        if kind_of_root < 0.8:
            name = self._chance.choice(list(SINGLE))
            kind_ = KINDS[SINGLE[name]]
            return Field(name, key, {"id": self._given("ID", self._id(kind_))}, self._fields(kind_, DEPTH))
        if kind_of_root < 0.87:
            return Field("viewer", key, {}, self._fields(KINDS["User"], DEPTH))
        kinds = self._chance.sample(list(KINDS.values()), 2)
        fields = tuple(
            Field(one.name, f"{kind.prefix}_{one.key}", one.arguments, one.fields, kind.name)
            for kind in kinds
            for one in self._fields(kind, 1)
        )
        fields = (Field("__typename", "__typename"), *fields)
        if kind_of_root < 0.93:
            return Field(
                "node", key, {"id": self._given("ID!", self._id(self._chance.choice(kinds)))}, fields
            )
        ids = [self._id(self._chance.choice(kinds)) for _ in range(self._chance.randint(0, 6))]
        return Field("nodes", key, {"ids": self._given("[ID!]!", ids)}, fields)

    def _fields(self, kind: Kind, depth: int) -> tuple[Field, ...]:
        chosen = self._some([*kind.scalars, *kind.texts, "id", "__typename"], 4)
        if depth > 0:
            chosen += self._some([*kind.ones, *kind.manies], 2 if depth > 1 else 1)
        fields = []
        for name in dict.fromkeys(chosen):
            key = name if self._chance.random() < 0.8 else f"a_{name}"
            fields.append(self._field(kind, name, key, depth))
        return tuple(fields) or (Field("id", "id"),)

    def _field(self, kind: Kind, name: str, key: str, depth: int) -> Field:
        if name in VALUES:
            return Field(name, key, {}, (Field(VALUES[name], VALUES[name]),))
        if name in kind.texts:
            asked = self._some(list(_LANGUAGES), 2)
            given = {"languages": self._given("[String!]", asked)} if asked else {}
            return Field(name, key, given, (Field("text", "text"), Field("language", "l")))
        on = self._chance.choice((None, None, None, kind.name)) if key != name else None
        if name in kind.ones:
            return Field(name, key, {}, self._fields(KINDS[kind.ones[name][0]], depth - 1), on)
        if name in kind.manies:
            target, _, order = kind.manies[name]
            return self._connection(name, key, KINDS[target], order, depth - 1)
        return Field(name, key, {}, (), on)

    def _connection(self, name: str, key: str, kind: Kind, order: str, depth: int) -> Field:
        arguments: dict[str, Any] = {}
        if self._chance.random() < 0.5:
            arguments["orderBy"] = {"field": Enum(self._chance.choice(list(kind.orders)))}
            if self._chance.random() < 0.6:
                arguments["orderBy"]["direction"] = Enum(self._chance.choice(("ASC", "DESC")))
            order = arguments["orderBy"]["field"].name
        if self._chance.random() < 0.45:
            names = self._some(list(kind.filters), 2)
            arguments["filter"] = {one: self._values[one](kind) for one in names}
        size = self._chance.choice((None, "first", "first", "last"))
        if size is not None:
            arguments[size] = self._chance.choice((0, 1, 2, 3, 5, 40) if depth == DEPTH else (0, 1, 2, 3))
        else:
            arguments["first"] = None if depth == DEPTH else 2
        for one in self._some(["after", "before"], 1) if self._chance.random() < 0.5 else ():
            # Of a row that is in the unfiltered list: where it stands decides, whether it is listed or not.
            row = self._chance.choice(self._rows.tables[kind.table])
            arguments[one] = cursor(order, row, kind.orders[order])
        parts = self._some(
            ["nodes", "edges", "pageInfo", "totalCount", "totalCountIsCapped", "__typename"], 3
        )
        fields = tuple(self._part(part, kind, depth) for part in parts or ["nodes"])
        types = {
            "orderBy": f"{kind.name}Order",
            "filter": f"{kind.name}Filter",
            "first": "Int",
            "last": "Int",
        }
        given = {
            one: self._given(types.get(one, "String"), value)
            for one, value in arguments.items()
            if value is not None
        }
        return Field(name, key, given, fields)

    def _part(self, part: str, kind: Kind, depth: int) -> Field:
        if part == "nodes":
            return Field("nodes", "nodes", {}, self._fields(kind, depth))
        if part == "edges":
            asked = [Field("node", "node", {}, self._fields(kind, depth))]
            return Field("edges", "edges", {}, tuple(asked + self._some([Field("cursor", "cursor")], 1)))
        if part == "pageInfo":
            names = self._some(["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"], 4)
            return Field(part, "info", {}, tuple(Field(one, one) for one in names or ["hasNextPage"]))
        return Field(part, part)

    def _given(self, type_: str, value: Any) -> Any:
        """A literal, or a variable."""
        if self._chance.random() < 0.5:
            return value
        self._variables += 1
        return Variable(f"v{self._variables}", type_, value)

    def _some(self, items: list[Any], most: int) -> list[Any]:
        return self._chance.sample(items, self._chance.randint(0, min(most, len(items))))

    def _column(self, kind: Kind, column: str) -> Any:
        return self._chance.choice(self._rows.tables[kind.table])[column]

    def _id(self, kind: Kind) -> str:
        if self._chance.random() < 0.05:
            return f"{kind.prefix}_4711"
        return f"{kind.prefix}_{self._column(kind, 'id')}"

    def _external_id(self, kind: Kind) -> dict[str, str]:
        table = {"courses": "course_external_ids", "sections": "section_external_ids"}[kind.table]
        row = self._chance.choice(self._rows.tables[table])
        return {"type": row["type"], "value": row["value"]}
