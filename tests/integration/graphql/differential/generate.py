"""Makes operations by chance from a seed: fields, fragments, filters, orders, pages, cursors, nested a few levels."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from api.plan.serving import given_filter, given_parent, orders_served
from api.schema.build import ENTITIES, SCHEMA
from api.schema.listing import always_given
from tenants.model import Access
from tests.integration.graphql.differential.answers import cursor
from tests.integration.graphql.differential.asked import Enum, Field, Variable
from tests.integration.graphql.differential.entities import KINDS, ROOTS, SINGLE
from tests.integration.graphql.differential.identities import look_up
from tests.integration.graphql.differential.kinds import Kind, written_moment
from tests.integration.graphql.differential.moderating import SETTINGS, SETTINGS_FIELDS
from tests.integration.graphql.differential.moderating import values as moderation_values
from tests.integration.graphql.differential.rows import Rows, Viewer
from tests.integration.graphql.differential.social import social_values
from tests.integration.graphql.differential.social_roots import root_arguments
from tests.integration.graphql.differential.telling import OWN_ROOTS
from tests.integration.graphql.differential.telling import values as telling_values

DEPTH = 2
_NOBODY = Viewer("", 0)
_LANGUAGES = ("de", "en", "ja", "fr", "en-GB")
_TENANT = (
    "slug",
    "name",
    "languages",
    "timeZone",
    "domains",
    "country",
    "subdivision",
    "latitude",
    "longitude",
)
_ROLES = {"Enrollment": "enrollments", "User": "role_assignments"}
_UNORDERED = ("EnrollmentTransition",)


class Generator:
    """Operations over these rows for viewers of this access; the same seed gives the same operations."""

    def __init__(self, rows: Rows, seed: int, access: Access, today: date) -> None:
        self._rows = rows
        self._chance = random.Random(seed)
        self._access = access
        self._today = today.isoformat()
        self._variables = self._fragments = 0
        self._values: dict[str, Callable[[Kind], Any]] = {
            "code": lambda kind: self._column(kind, "code"),
            "codePrefix": lambda kind: str(self._column(kind, "code"))[: self._chance.randint(0, 2)],
            "handle": lambda kind: self._column(kind, "handle"),
            "language": lambda kind: self._chance.choice(_LANGUAGES),
            "status": lambda kind: Enum(self._column(kind, "status").upper()),
            "state": lambda kind: Enum(self._column(kind, "state").upper()),
            "role": lambda kind: Enum(
                self._chance.choice(self._rows.tables[_ROLES[kind.name]])["role"].upper()
            ),
            "kind": lambda kind: Enum(self._column(kind, "kind").upper()),
            "updatedSince": lambda kind: written_moment(
                self._column(kind, "updated_at") + timedelta(seconds=self._chance.choice((-1, 0, 1)))
            ),
            "externalId": self._external_id,
            "attribute": self._attribute,
            **social_values(rows, self._chance),
            **moderation_values(rows, self._chance),
            **telling_values(rows, self._chance),
            "owner": lambda kind: Enum(self._column(kind, "owner").upper()),
            "name": lambda kind: self._column(kind, "name"),
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
        self._variables = self._fragments = 0
        return tuple(self._root(f"r{number}") for number in range(self._chance.choice((1, 1, 2, 3))))

    def _root(self, key: str) -> Field:
        kind_of_root = self._chance.random()
        if kind_of_root < 0.6:
            name = self._chance.choice(list(ROOTS))
            kind, order = ROOTS[name]
            asked = self._connection(name, key, KINDS[kind], order, DEPTH, None)
            own = root_arguments(name, self._rows, self._chance)
            given = {one: self._given(type_, value) for one, (type_, value) in own.items()}
            return replace(asked, arguments={**asked.arguments, **given})
        if kind_of_root < 0.75:
            name = self._chance.choice(list(SINGLE))
            kind_ = KINDS[SINGLE[name]]
            return Field(name, key, self._key(kind_), self._fields(kind_, DEPTH))
        if kind_of_root < 0.82:
            return Field("viewer", key, {}, self._fields(KINDS["User"], DEPTH))
        if kind_of_root < 0.86:
            days = (self._today, "2026-01-02", "1999-01-01")
            given = {"date": self._given("Date!", self._chance.choice(days))}
            name = self._chance.choice(("currentTerm", "termAt"))
            return Field(
                name, key, given if name == "termAt" else {}, self._fields(KINDS["AcademicSession"], 2)
            )
        if kind_of_root < 0.88:
            names = self._some([*_TENANT, "__typename"], 6) or ["slug"]
            return Field("tenant", key, {}, tuple(Field(name, name) for name in names))
        if kind_of_root < 0.89:
            names = self._some(list(SETTINGS_FIELDS), 6) or ["mode"]
            return Field(SETTINGS, key, {}, tuple(Field(name, name) for name in names))
        if kind_of_root < 0.91:
            return look_up(key, self._rows, self._chance, self._given, self._fields(KINDS["User"], DEPTH))
        if kind_of_root < 0.93:
            name = self._chance.choice(list(OWN_ROOTS))
            of = OWN_ROOTS[name][0]
            return Field(name, key, {}, self._fields(KINDS[of], 0) if of else ())
        return self._node(key)

    def _node(self, key: str) -> Field:
        kinds = self._chance.sample([kind for kind in KINDS.values() if kind.prefix], 2)
        fields = tuple(
            replace(one, key=f"{kind.prefix}_{one.key}", on=kind.name, named=one.named or self._fragment())
            for kind in kinds
            for one in self._fields(kind, 1)
        )
        fields = (Field("__typename", "__typename"), Field("id", "id", on="Node"), *fields)
        if self._chance.random() < 0.5:
            return Field(
                "node", key, {"id": self._given("ID!", self._id(self._chance.choice(kinds)))}, fields
            )
        ids = [self._id(self._chance.choice(kinds)) for _ in range(self._chance.randint(0, 6))]
        return Field("nodes", key, {"ids": self._given("[ID!]!", ids)}, fields)

    def _key(self, kind: Kind) -> dict[str, Any]:
        """One of the arguments that say which object."""
        names = [name for name in ("code", "handle", "externalId") if name in kind.filters]
        if kind.name in ("Offering", "Section"):
            names.remove("code")
        name = self._chance.choice(["id", *names, *kind.keys])
        if name in kind.keys:
            row = self._chance.choice(self._rows.tables[kind.table])
            return {name: self._given("String", kind.keys[name](row, self._rows, _NOBODY))}
        types = {"id": "ID", "externalId": "ExternalIdInput"}
        value = self._id(kind) if name == "id" else self._values[name](kind)
        return {name: self._given(types.get(name, "String"), value)}

    def _fields(self, kind: Kind, depth: int) -> tuple[Field, ...]:
        ids = ["id", "__typename"] if kind.prefix else ["__typename"]
        chosen = self._some([*kind.scalars, *kind.texts, *ids], 4)
        chosen += self._some([*kind.lists, *kind.objects], 1)
        if depth > 0:
            chosen += self._some([*kind.ones, *kind.manies], 2 if depth > 1 else 1)
        fields = []
        for name in dict.fromkeys(chosen):
            key = name if self._chance.random() < 0.8 else f"a_{name}"
            fields.append(self._directed(self._field(kind, name, key, depth)))
        return tuple(fields) or (Field("__typename", "__typename"),)

    def _directed(self, field: Field) -> Field:
        """Sometimes left out or kept by a directive, sometimes inside a fragment with a name."""
        if self._chance.random() < 0.08:
            condition = self._given("Boolean!", self._chance.random() < 0.5)
            field = replace(field, directive=(self._chance.choice(("skip", "include")), condition))
        if field.on is not None and self._chance.random() < 0.5:
            field = replace(field, named=self._fragment())
        return field

    def _fragment(self) -> str:
        self._fragments += 1
        return f"F{self._fragments}"

    def _field(self, kind: Kind, name: str, key: str, depth: int) -> Field:
        if name in kind.texts:
            asked = self._some(list(_LANGUAGES), 2)
            given = {"languages": self._given("[String!]", asked)} if asked else {}
            parts = (Field("text", "text"), Field("language", "l"), Field("__typename", "__typename"))
            return Field(name, key, given, tuple(self._some(list(parts), 3) or parts[:1]))
        on = self._chance.choice((None, None, None, kind.name)) if key != name else None
        inner = kind.lists.get(name) or kind.objects.get(name)
        if inner is not None:
            return Field(name, key, {}, self._fields(KINDS[inner[0]], depth - 1), on)
        if name in kind.ones:
            return Field(name, key, {}, self._fields(KINDS[kind.ones[name][0]], depth - 1), on)
        if name in kind.manies:
            target, _, order = kind.manies[name]
            return self._connection(name, key, KINDS[target], order, depth - 1, kind)
        return Field(name, key, {}, (), on)

    def _offered(self, name: str, kind: Kind, filters: list[str], parent: Kind | None) -> list[str]:
        """The orders that the list is offered in, which another test is about."""
        entity = ENTITIES[kind.name]
        assert SCHEMA.query_type is not None
        if parent is None:
            above, given = always_given(SCHEMA.query_type.fields[name], entity)
        else:
            relation = ENTITIES[parent.name].relation(_snake(name))
            assert relation is not None
            above, given = given_parent(relation), []
        chosen = [entity.filter(_snake(one)) for one in filters]
        given += [given_filter(one) for one in chosen if one is not None]
        return [one.name for one in orders_served(entity, self._access, above, given)]

    def _ordered(self, name: str, kind: Kind, order: str, parent: Kind | None) -> tuple[str, dict[str, Any]]:
        """Filters and an order that are offered together, as arguments; and the order."""
        filters = self._some(list(kind.filters), 2) if self._chance.random() < 0.45 else []
        if not kind.is_ordered:
            return order, {"filter": {one: self._values[one](kind) for one in filters}} if filters else {}
        offered = self._offered(name, kind, filters, parent)
        if not offered:
            filters = [self._chance.choice([one for one in ("handle", "externalId") if one in kind.filters])]
            offered = self._offered(name, kind, filters, parent)
        arguments: dict[str, Any] = {}
        if (order not in offered or self._chance.random() < 0.5) and kind.name not in _UNORDERED:
            order = self._chance.choice(offered)
            arguments["orderBy"] = {"field": Enum(order)}
            if self._chance.random() < 0.6:
                arguments["orderBy"]["direction"] = Enum(self._chance.choice(("ASC", "DESC")))
        if filters or (kind.filters and self._chance.random() < 0.1):
            arguments["filter"] = {one: self._values[one](kind) for one in filters}
        return order, arguments

    def _connection(
        self, name: str, key: str, kind: Kind, order: str, depth: int, parent: Kind | None
    ) -> Field:
        order, arguments = self._ordered(name, kind, order, parent)
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
            more = self._some([Field("cursor", "cursor"), Field("__typename", "__typename")], 2)
            return Field("edges", "edges", {}, tuple(asked + more))
        if part == "pageInfo":
            names = self._some(
                ["hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "__typename"], 5
            )
            return Field(part, "info", {}, tuple(Field(one, one) for one in names or ["hasNextPage"]))
        if part == "totalCount" and self._chance.random() < 0.5:
            return Field(part, part, {"exact": self._given("Boolean!", self._chance.random() < 0.5)})
        return Field(part, part)

    def _given(self, type_: str, value: Any) -> Any:
        """A literal, or a variable: sent, or the default of its declaration."""
        if self._chance.random() < 0.5:
            return value
        self._variables += 1
        is_default = type_ != "ExternalIdInput" and self._chance.random() < 0.2
        return Variable(f"v{self._variables}", type_, value, is_default)

    def _some(self, items: list[Any], most: int) -> list[Any]:
        return self._chance.sample(items, self._chance.randint(0, min(most, len(items))))

    def _column(self, kind: Kind, column: str) -> Any:
        return self._chance.choice(self._rows.tables[kind.table])[column]

    def _id(self, kind: Kind) -> str:
        if self._chance.random() < 0.05:
            return f"{kind.prefix}_4711"
        return f"{kind.prefix}_{self._column(kind, 'id')}"

    def _external_id(self, kind: Kind) -> dict[str, str]:
        row = self._chance.choice(self._rows.tables[f"{kind.table.removesuffix('s')}_external_ids"])
        return {"type": row["type"], "value": row["value"]}

    def _attribute(self, kind: Kind) -> dict[str, str]:
        name = f"{kind.table.removesuffix('s')}_1"
        return {"name": name, "value": self._chance.choice(("red", "blue", "none has it"))}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
