"""Ids of one institution, put into every mutation and every id argument of another, answer as if they did not exist."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    is_required_input_field,
)

from api.schema.build import SCHEMA
from tests.checksums import checksums
from tests.integration.graphql.institutions import added
from tests.integration.graphql.social import one_of_each
from tests.world import World

assert SCHEMA.mutation_type is not None

# Which object an id member means; `id` means what the mutation is about: its payload's object.
_MEMBERS = {
    "orgUnitId": "faculty",
    "courseId": "course:1",
    "academicSessionId": "session",
    "offeringId": "offering:1",
    "userId": "user:instructor",
    "sectionId": "section",
    "actorId": "actor",
    "draftId": "draft",
    "inReplyToId": "post",
    "toId": "post",
    "reportId": "report",
    "upTo": "notification",
    "providerId": "provider",
}
_ABOUT = {
    "OrgUnit": "faculty",
    "AcademicSession": "session",
    "Course": "course:1",
    "Offering": "offering:1",
    "Section": "section",
    "User": "user:student",
    "Enrollment": "enrollment:student",
    "PersonalAccessToken": "token",
    "IdentityConflict": "conflict",
    "Actor": "actor",
    "Follow": "follow",
    "Post": "post",
    "Report": "report",
    "DeliveryCommand": "delivery",
    "OpenidProvider": "provider",
    "SavedSearch": "search",
    "SearchSynonyms": "synonyms",
    "SearchPin": "pin",
}
# Mutations whose payload shows another object than their id means.
_OTHERS = {
    "revokeRole": "role",
    "removeOpenidProvider": "provider",
    "deleteSavedSearch": "search",
    "deleteSearchSynonyms": "synonyms",
    "deleteSearchPin": "pin",
    "unlinkIdentity": "identity",
    "publishDraft": "draft",
    "discardDraft": "draft",
}
THEIRS, OWN = "foreign-theirs", "foreign-own"  # on one shard
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
_SCALARS: dict[str, Any] = {
    "String": "text",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "Date": date.today().isoformat(),
    "DateTime": TOMORROW,
    "Decimal": "1.00",
}


def _input_type(name: str) -> GraphQLInputObjectType:
    assert SCHEMA.mutation_type is not None
    type_: Any = SCHEMA.mutation_type.fields[name].args["input"].type
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_  # type: ignore[no-any-return]


def _cases() -> list[tuple[str, str]]:
    """Every (mutation, id member)."""
    assert SCHEMA.mutation_type is not None
    return [
        (name, member)
        for name, field in SCHEMA.mutation_type.fields.items()
        if "input" in field.args
        for member, declared in _input_type(name).fields.items()
        if str(declared.type).rstrip("!") == "ID"
    ]


def _object_of(mutation: str) -> str:
    assert SCHEMA.mutation_type is not None
    payload: Any = SCHEMA.mutation_type.fields[mutation].type.of_type  # type: ignore[attr-defined]
    return next(str(field.type).rstrip("!") for name, field in payload.fields.items() if name != "userErrors")


def _value(type_: Any) -> Any:
    if isinstance(type_, GraphQLNonNull):
        return _value(type_.of_type)
    if isinstance(type_, GraphQLList):
        return [_value(type_.of_type)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: _value(field.type) for name, field in type_.fields.items() if is_required_input_field(field)
        }
    return _SCALARS.get(type_.name, "x")


def _id_for(mutation: str, member: str, ids: dict[str, str]) -> str:
    if member == "parentId":
        return ids["faculty" if _object_of(mutation) == "OrgUnit" else "session"]
    if member == "id" and mutation in _OTHERS:
        return ids[_OTHERS[mutation]]
    return ids[_ABOUT[_object_of(mutation)] if member == "id" else _MEMBERS[member]]


async def _with_more_ids(world: World, slug: str) -> dict[str, str]:
    made = await added(world, slug, shard="one")
    ids = dict(made.ids) | await one_of_each(world, slug)
    identity = {"kind": "EDUPERSON_SUBJECT_ID", "value": f"foreign@{slug}.test"}
    data = await world.data(
        "mutation($s: CreateSectionInput!, $r: GrantRoleInput!, $t: CreateTokenInput!,"
        " $h: LinkIdentityInput!, $c: LinkIdentityInput!) {"
        " createSection(input: $s) { section { id } userErrors { message } }"
        " held: linkIdentity(input: $h) { federationIdentity { id } userErrors { message } }"
        " claimed: linkIdentity(input: $c) { identityConflict { id } userErrors { message } }"
        " grantRole(input: $r) { roleAssignment { id } userErrors { message } }"
        " createToken(input: $t) { personalAccessToken { id } userErrors { message } } }",
        {
            "s": {"offeringId": ids["offering:1"], "code": "S1"},
            "h": {"userId": ids["user:student"], **identity},
            "c": {"userId": ids["user:instructor"], **identity},
            "r": {"userId": ids["user:auditor"], "role": "ANALYST"},
            "t": {"name": "x", "scopes": ["courses:read"], "expiresAt": TOMORROW},
        },
        at=slug,
    )
    return ids | {
        "section": data["createSection"]["section"]["id"],
        "identity": data["held"]["federationIdentity"]["id"],
        "conflict": data["claimed"]["identityConflict"]["id"],
        "role": data["grantRole"]["roleAssignment"]["id"],
        "token": data["createToken"]["personalAccessToken"]["id"],
    }


@pytest.fixture(scope="module")
async def both(world: World) -> AsyncIterator[tuple[dict[str, str], dict[str, str]]]:
    """The ids of one (whose they are) and of another (who tries them), on one shard; the first stays as it was."""
    theirs, own = await _with_more_ids(world, THEIRS), await _with_more_ids(world, OWN)
    before = await checksums(world.databases, world[THEIRS].tenant.id)
    yield theirs, own
    assert await checksums(world.databases, world[THEIRS].tenant.id) == before


@pytest.mark.parametrize(("mutation", "member"), _cases())
async def test_a_foreign_id_in_a_mutation_does_not_exist(
    world: World, both: tuple[dict[str, str], dict[str, str]], mutation: str, member: str
) -> None:
    theirs, own = both
    input_type = _input_type(mutation)
    given = {
        name: _id_for(mutation, name, theirs if name == member else own)
        if str(field.type).rstrip("!") == "ID"
        else _value(field.type)
        for name, field in input_type.fields.items()
        if is_required_input_field(field) or name == member
    }
    data = await world.data(
        f"mutation($i: {input_type.name}!) {{ {mutation}(input: $i) {{ userErrors {{ code message }} }} }}",
        {"i": given},
        at=OWN,
    )
    codes = [error["code"] for error in data[mutation]["userErrors"]]
    assert codes in (["NOT_FOUND"], ["BAD_USER_INPUT"]), data
    invented = {**given, member: given[member].partition("_")[0] + "_4711"}
    same = await world.data(
        f"mutation($i: {input_type.name}!) {{ {mutation}(input: $i) {{ userErrors {{ code message }} }} }}",
        {"i": invented},
        at=OWN,
    )
    assert same == data  # no word of difference between another's and nobody's
