"""No public operation shows or changes anything of another institution, whatever is asked by whom and beside what."""

import asyncio
import io
import json
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_required_input_field,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, cast, func, select

from api.plan.encoders import list_item
from api.schema.build import SCHEMA
from kernel.database.roles import DatabaseRole
from kernel.tables import SHARD, TableClass
from kernel.telemetry import configure_logging
from migrations.schema import LOADED
from tenants.registry import Registry
from tests.integration.graphql.institutions import added
from tests.world import ROLES, Institution, World

# Two on one shard, one on the other.
SHARDS = {"iso-a": "one", "iso-b": "one", "iso-c": "two"}
ASKING = (*ROLES, None)
# They end what the test asks with, or cost a password's hash each.
_LEFT_OUT = {"signOut", "signIn", "refresh", "setPassword", "suspendUser", "revokeToken", "revokeRole"}
PERSONAL = "Planted"


@dataclass(slots=True)
class Marked:
    """An institution whose every text holds its own mark."""

    made: Institution
    mark: str
    ids: list[str] = field(default_factory=list)


def _mark(slug: str) -> str:
    return f"qq{slug}qq"


@pytest.fixture(scope="module")
async def marked(world: World) -> dict[str, Marked]:
    """Three institutions alike: the same codes and handles, other texts."""
    found = {}
    for slug, shard in SHARDS.items():
        made = await added(world, slug, shard=shard)
        await _plant(world, made, _mark(slug))
        found[slug] = Marked(made, _mark(slug), sorted(made.ids.values()))
    return found


async def _plant(world: World, made: Institution, mark: str) -> None:
    slug, ids = made.tenant.slug, made.ids
    for role in ROLES:
        data = await world.data(
            """mutation($u: UpdateUserInput!, $e: SetEmailsInput!) {
              updateUser(input: $u) { userErrors { message } } setEmails(input: $e) { userErrors { message } } }""",
            {
                "u": {
                    "id": ids[f"user:{role}"],
                    "displayName": f"{mark} {PERSONAL} {role}",
                    "givenName": f"{mark}{PERSONAL}",
                    "biography": mark,
                    "externalIds": [{"type": "sis", "value": f"{role}-{mark}"}],
                },
                "e": {
                    "id": ids[f"user:{role}"],
                    "emails": [{"address": f"{role}@{mark}.example", "isPrimary": True}],
                },
            },
            at=slug,
        )
        assert data == {"updateUser": {"userErrors": []}, "setEmails": {"userErrors": []}}
    for number in range(1, 6):
        data = await world.data(
            """mutation($c: UpdateCourseInput!, $s: CreateSectionInput!, $o: UpdateOfferingInput!) {
              updateCourse(input: $c) { userErrors { message } } updateOffering(input: $o) { userErrors { message } }
              createSection(input: $s) { section { id } userErrors { message } } }""",
            {
                "c": {
                    "id": ids[f"course:{number}"],
                    "title": [{"language": "en", "text": f"{mark} title {number}"}],
                    "externalIds": [{"type": "sis", "value": f"c{number}{mark}"}],
                },
                "o": {"id": ids[f"offering:{number}"], "place": {"name": mark}},
                "s": {
                    "offeringId": ids[f"offering:{number}"],
                    "code": f"S{number}",
                    "title": [{"language": "en", "text": mark}],
                },
            },
            at=slug,
        )
        ids[f"section:{number}"] = data["createSection"]["section"]["id"]


# ---- operations by chance ---------------------------------------------------------------------------------------------


class _Asker:
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


async def _checksums(world: World, tenant_ids: list[int]) -> dict[str, str]:
    """A checksum of every row of these tenants, per shard and table."""
    found = {}
    for name, address in world.databases.shards.items():
        async with world.databases.connect(address, DatabaseRole.WORKER) as connection:
            for tenant_id in tenant_ids:
                await connection.exec_driver_sql(f"set local app.tenant_id = '{int(tenant_id)}'")
                for table in SHARD.sorted_tables:
                    if table.info["class"] is TableClass.TENANT:
                        row = cast(table.table_valued(), Text)
                        digest = func.md5(func.string_agg(row, "|"))
                        rows = select(digest).where(table.c.tenant_id == tenant_id)
                        found[f"{name}.{tenant_id}.{table.name}"] = str(
                            (await connection.execute(rows)).scalar()
                        )
    return found


def _check(document: str, answer: bytes, acting: Marked, others: list[Marked]) -> None:
    text = answer.decode()
    for other in others:
        # What the request named itself may be said back to it; what it did not must not be there at all.
        if other.mark not in document:
            assert other.mark not in text, document
        for global_id in other.ids:
            number = global_id.partition("_")[2]
            assert number in document or number not in text, document
    assert '"INTERNAL"' not in text, (document, text)


@settings(
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), acting=st.sampled_from(sorted(SHARDS)))
async def test_what_one_institution_asks_and_changes_leaves_the_others_as_they_are(
    world: World, marked: dict[str, Marked], seed: int, acting: str
) -> None:
    chance = random.Random(seed)
    own, others = marked[acting], [one for slug, one in marked.items() if slug != acting]
    asker = _Asker(chance, own, others)
    theirs = [one.made.tenant.id for one in others]
    before = await _checksums(world, theirs)

    async def ask(document: str, role: str | None) -> None:
        answer = await world.ask(document, at=acting, role=role)
        _check(document, answer.body, own, others)

    asked = [(asker.operation(changes=n % 3 == 0), chance.choice(ASKING)) for n in range(18)]
    for start in range(0, len(asked), 6):  # six at a time, over the same few connections
        await asyncio.gather(*[ask(document, role) for document, role in asked[start : start + 6]])
    assert await _checksums(world, theirs) == before


@settings(
    deadline=None,
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
async def test_institutions_at_once_over_the_same_connections_see_only_themselves(
    world: World, marked: dict[str, Marked], seed: int
) -> None:
    chance = random.Random(seed)
    # The second institution of the shard only reads: whatever changes in it was somebody else's doing.
    reading = marked["iso-b"].made.tenant.id
    before = await _checksums(world, [reading])

    async def ask(slug: str, number: int) -> None:
        own, others = marked[slug], [one for other, one in marked.items() if other != slug]
        document = _Asker(random.Random(f"{seed}{slug}{number}"), own, others).operation(
            changes=slug != "iso-b" and number % 2 == 0
        )
        answer = await world.ask(document, at=slug, role=chance.choice(ASKING))
        _check(document, answer.body, own, others)

    await asyncio.gather(*[ask(slug, number) for number in range(10) for slug in SHARDS])
    assert await _checksums(world, [reading]) == before


async def test_the_operations_made_by_chance_do_read_and_change(
    world: World, marked: dict[str, Marked]
) -> None:
    """That nothing leaks says something only where something is answered."""
    own, others = marked["iso-a"], [marked["iso-b"], marked["iso-c"]]
    asker = _Asker(random.Random(7), own, others)
    read = changed = valid = 0
    for number in range(150):
        changes = number % 3 == 0
        document = asker.operation(changes=changes)
        answer = (await world.ask(document, at="iso-a")).json
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert "GRAPHQL_VALIDATION_FAILED" not in codes, (document, answer)
        valid += not codes
        if not codes and changes:
            changed += all(payload["userErrors"] == [] for payload in answer["data"].values())
        elif not codes:
            read += own.mark in json.dumps(answer["data"], ensure_ascii=False)
    assert valid > 50
    assert read > 10
    assert changed >= 3


async def test_people_of_one_institution_do_not_sign_in_at_another(
    world: World, marked: dict[str, Marked]
) -> None:
    password = "a long and winding pass phrase"
    done = await world.data(
        "mutation($i: SetPasswordInput!) { setPassword(input: $i) { userErrors { code } } }",
        {"i": {"userId": marked["iso-b"].made.ids["user:auditor"], "password": password}},
        at="iso-b",
    )
    assert done["setPassword"]["userErrors"] == []
    sign_in = (
        "mutation($i: SignInInput!) { signIn(input: $i) { accessToken user { handle } userErrors { code } } }"
    )
    email = f"auditor@{_mark('iso-b')}.example"
    for handle in ("auditor", email):
        given = {"i": {"handleOrEmail": handle, "password": password}}
        refused = (await world.data(sign_in, given, at="iso-a", role=None))["signIn"]
        assert refused == {"accessToken": None, "user": None, "userErrors": [{"code": "UNAUTHENTICATED"}]}
    signed_in = (await world.data(sign_in, given, at="iso-b", role=None))["signIn"]
    assert signed_in["user"] == {"handle": "auditor"}
    for other in ("iso-a", "iso-c"):
        crossed = await world.ask("{ viewer { handle } }", at=other, token=signed_in["accessToken"])
        assert (crossed.status, crossed.codes) == (401, ["TENANT_MISMATCH"])


# ---- logs, errors and figures name nobody -----------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a process would log, at its most talkative."""
    assert LOADED
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logging(level="debug", as_json=True, mask=Registry().mask, stream=stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)


async def test_planted_people_are_in_no_log_no_error_of_others_and_no_figure(
    world: World, marked: dict[str, Marked], log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = marked["iso-a"].made.ids
    planted = ["Zaphodina", "Beeblebroxia", "zaphodina@heart.example", "hunter2-hunter2", "m-4242"]
    person = {
        "handle": "zaphodina",
        "givenName": planted[0],
        "familyName": planted[1],
        "emails": [{"address": planted[2], "isPrimary": True}],
        "externalIds": [{"type": "sis", "value": planted[4]}],
    }
    create = "mutation($i: CreateUserInput!) { createUser(input: $i) { user { id displayName } userErrors { code message } } }"
    made = await world.data(create, {"i": person}, at="iso-a")
    assert made["createUser"]["userErrors"] == []
    told = []
    for values in (
        person,  # taken: handle, e-mail, external id
        {**person, "handle": "another"},
        {**person, "handle": "another", "emails": []},
        {**person, "familyName": planted[1] * 50},
    ):
        answer = await world.ask(create, {"i": values}, at="iso-a")
        told.append(answer.body.decode())
        assert answer.data["createUser"]["userErrors"]
    wrong = "mutation($i: SignInInput!) { signIn(input: $i) { userErrors { code message } } }"
    for values in (
        {"handleOrEmail": planted[2], "password": planted[3]},
        {"handleOrEmail": planted[2], "password": planted[3], "remember": True},
        {"handleOrEmail": [planted[2]], "password": {"is": planted[3]}},
    ):
        told.append((await world.ask(wrong, {"i": values}, at="iso-a", role=None)).body.decode())
    for role in ("student", None):  # who may not see the person learns nothing of them
        for document in (
            "query($i: ID!) { node(id: $i) { ... on User { displayName } } }",
            'mutation($i: ID!) { updateUser(input: {id: $i, pronouns: "x"}) { user { displayName } userErrors { message } } }',
        ):
            given_id = {"i": made["createUser"]["user"]["id"]}
            told.append((await world.ask(document, given_id, at="iso-a", role=role)).body.decode())

    async def broken(*_: object) -> list[str]:
        raise RuntimeError(f"row of {planted[0]} {planted[1]} <{planted[2]}>")

    monkeypatch.setattr("api.plan.carrier.AsyncpgCarrier.fetch", broken)
    unexpected = await world.ask('{ user(handle: "zaphodina") { displayName } }', at="iso-a")
    monkeypatch.undo()
    told.append(unexpected.body.decode())
    assert unexpected.codes == ["INTERNAL"]
    figures = (await world.request("GET", "/metrics")).body.decode()
    assert '"event": "unexpected"' in log.getvalue()
    assert unexpected.headers["x-request-id"] in log.getvalue()
    for secret in (*planted, _mark("iso-a"), ids["user:student"].partition("_")[2]):
        assert secret.lower() not in log.getvalue().lower()
        assert secret.lower() not in figures.lower()
    for secret in planted:
        assert not [text for text in told if secret.lower() in text.lower()], secret
