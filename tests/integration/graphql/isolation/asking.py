"""Operations made by chance."""

import json
import random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_required_input_field,
)

from api.plan.encoders import list_item
from api.schema.build import SCHEMA
from tests.integration.graphql.isolation.marked import Marked

# They end what the test asks with, or cost a password's hash each.
_LEFT_OUT = {"signOut", "signIn", "refresh", "setPassword", "suspendUser", "revokeToken", "revokeRole"}
_HIT = (
    "score highlights { parts { text } } ... on CourseHit { course { code title { text } } } "
    "... on UserHit { user { displayName } }"
)


class Asker:
    """Makes operations of one institution that use ids and texts of all."""

    def __init__(self, chance: random.Random, own: Marked, others: list[Marked]) -> None:
        self._chance = chance
        self._own = own
        self._others = others
        self._writes = False

    def operation(self, *, changes: bool) -> str:
        """A document with its values written into it."""
        self._writes = changes
        root = SCHEMA.mutation_type if changes else SCHEMA.query_type
        assert root is not None
        names = sorted(name for name in root.fields if name not in _LEFT_OUT)
        chosen = self._chance.sample(names, self._chance.randint(1, 2 if changes else 3))
        fields = " ".join(f"r{n}: {self._field(root, name, 2)}" for n, name in enumerate(chosen))
        return f"{'mutation' if changes else 'query'} {{ {fields} }}"

    def _field(self, parent: GraphQLObjectType, name: str, depth: int) -> str:
        if name == "__typename":
            return name
        declared = parent.fields[name]
        given = {
            argument: self._value(argument, arg.type, name)
            for argument, arg in declared.args.items()
            if isinstance(arg.type, GraphQLNonNull) or self._chance.random() < 0.35
        }
        if "externalId" in declared.args:  # exactly one of them says which
            argument = self._chance.choice(sorted(declared.args))
            given = {argument: self._value(argument, declared.args[argument].type, name)}
        given = {one: value for one, value in given.items() if one not in ("after", "before", "last")}
        written = ", ".join(f"{one}: {value}" for one, value in given.items())
        type_ = list_item(declared.type)
        text = f"{name}({written})" if written else name
        if isinstance(type_, GraphQLObjectType):
            return f"{text} {{ {self._selection(type_, depth)} }}"
        if type_ is SCHEMA.type_map["SearchHit"]:
            return f"{text} {{ {_HIT} }}"
        return f"{text} {{ id {self._on_types()} }}" if type_ is SCHEMA.type_map["Node"] else text

    def _on_types(self) -> str:
        return " ".join(
            f"... on {name} {{ {text} }}"
            for name, text in (("User", "displayName"), ("Course", "title { text }"), ("Section", "code"))
        )

    def _selection(self, type_: GraphQLObjectType, depth: int) -> str:
        leaves, branches = [], []
        for name, one in type_.fields.items():
            inner = list_item(one.type)
            (branches if isinstance(inner, GraphQLObjectType) else leaves).append(name)
        if depth <= 0:
            branches = [name for name in branches if name in ("title", "name", "place", "userErrors")]
        most = 3 if depth > 1 else 2
        chosen = [name for name in ("id", "displayName") if name in leaves]
        chosen += self._chance.sample(leaves, min(len(leaves), 4))
        chosen += self._chance.sample(branches, min(len(branches), most))
        wanted = ("nodes", "userErrors")
        chosen += [name for name in wanted if name in branches and name not in chosen]
        inner_depth = depth if type_.name.endswith(("Connection", "Edge", "Payload")) else depth - 1
        chosen = [name for name in dict.fromkeys(chosen) if name != "edges"] or ["__typename"]
        return " ".join(self._field(type_, name, inner_depth) for name in chosen)

    def _value(self, name: str, type_: Any, of: str) -> str:
        if isinstance(type_, GraphQLNonNull):
            return self._value(name, type_.of_type, of)
        if isinstance(type_, GraphQLList):
            return f"[{self._value(name, type_.of_type, of)}]"
        if isinstance(type_, GraphQLEnumType):
            return self._chance.choice(sorted(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            members = {
                one: self._value(one, member.type, of)
                for one, member in type_.fields.items()
                if is_required_input_field(member) or self._chance.random() < 0.2
            }
            return "{" + ", ".join(f"{one}: {value}" for one, value in members.items()) + "}"
        return self._scalar(name, type_.name, of)

    def _scalar(self, name: str, type_: str, of: str) -> str:
        match type_:
            case "ID":
                return json.dumps(self._id(name, of))
            case "Int":
                return str(self._chance.randint(1, 5))
            case "Float":
                return "1.5"
            case "Boolean":
                return self._chance.choice(("true", "false"))
            case "Date":
                return '"2026-01-02"'
            case "DateTime":
                return '"2026-06-01T00:00:00Z"'
            case "Decimal":
                return '"1.00"'
        return json.dumps(self._text(name))

    def _text(self, name: str) -> str:
        if name in ("language", "languages"):
            return "en"
        if name in ("code", "codePrefix", "handle"):
            return self._chance.choice(
                ("C1", "C3", "O2", "S1", "student", "new" + str(self._chance.random())[2:9])
            )
        if self._writes:  # what is stored may come back later: only one's own
            return self._chance.choice((self._own.mark, "sis"))
        other = self._chance.choice(self._others)
        return self._chance.choice((self._own.mark, f"student-{other.mark}", f"c1{other.mark}", "sis"))

    def _id(self, name: str, of: str) -> str:
        whose = self._chance.choice((self._own, self._own, *self._others))
        prefix = {
            "orgUnitId": "unit", "orgUnit": "unit", "courseId": "course", "course": "course", "userId": "user",
            "offeringId": "offering", "offering": "offering", "user": "user", "sectionId": "section",
            "section": "section", "academicSessionId": "session", "academicSession": "session",
            "enrollment": "enrollment",
        }.get(name, "")  # fmt: skip
        if not prefix and name == "id":
            about = {"OrgUnit": "unit", "Session": "session", "Course": "course", "Section": "section",
                     "User": "user", "Emails": "user", "Offering": "offering", "Capacity": "offering",
                     "Enrollment": "enrollment"}  # fmt: skip
            prefix = next((kind for part, kind in about.items() if part.lower() in of.lower()), "")
        fitting = [one for one in whose.ids if one.startswith(f"{prefix}_")] if prefix else whose.ids
        return self._chance.choice(fitting or whose.ids)
