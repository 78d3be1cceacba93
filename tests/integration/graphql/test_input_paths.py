"""A user error's path leads through the input's types of the schema to the member that is to blame."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull

from api.schema.build import SCHEMA
from tests.integration.graphql.institutions import added
from tests.world import Institution, World

SLUG = "paths"
NUL = "a\x00b"
_SOON = (datetime.now(UTC) + timedelta(days=1)).isoformat()
_REVERSED = {"opensAt": "2026-04-02T00:00:00Z", "closesAt": "2026-04-01T00:00:00Z"}


def _text(language: str, text: str = "x") -> dict[str, str]:
    return {"language": language, "text": text}


# What each mutation needs at least; `Case.given` comes on top.
BASE: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "createOrgUnit": lambda ids: {"code": "NEW", "name": [_text("en")]},
    "createAcademicSession": lambda ids: {
        "code": "NEW",
        "title": [_text("en")],
        "startsOn": "2026-01-01",
        "endsOn": "2026-02-01",
    },
    "createCourse": lambda ids: {"orgUnitId": ids["faculty"], "code": "NEW", "title": [_text("en")]},
    "updateCourse": lambda ids: {"id": ids["course:1"]},
    "createOffering": lambda ids: {
        "courseId": ids["course:1"],
        "academicSessionId": ids["session"],
        "code": "NEW",
    },
    "updateOffering": lambda ids: {"id": ids["offering:1"]},
    "createSection": lambda ids: {"offeringId": ids["offering:1"], "code": "NEW"},
    "changeCapacity": lambda ids: {"id": ids["offering:1"]},
    "enrol": lambda ids: {"offeringId": ids["offering:1"]},
    "withdrawEnrollment": lambda ids: {"id": ids["enrollment:student"]},
    "completeEnrollment": lambda ids: {"id": ids["enrollment:student"]},
    "moveSection": lambda ids: {"id": ids["enrollment:student"]},
    "createUser": lambda ids: {"handle": "new", "givenName": "N", "familyName": "E"},
    "updateUser": lambda ids: {"id": ids["user:student"]},
    "suspendUser": lambda ids: {"id": ids["user:student"]},
    "setEmails": lambda ids: {"id": ids["user:student"], "emails": []},
    "setPassword": lambda ids: {"userId": ids["user:student"], "password": "long enough 4 all"},
    "grantRole": lambda ids: {"userId": ids["user:student"], "role": "AUDITOR"},
    "revokeRole": lambda ids: {"id": "role_1"},
    "declareAttribute": lambda ids: {
        "owner": "COURSE",
        "name": "shade",
        "valueType": "TEXT",
        "label": [_text("en")],
    },
    "createToken": lambda ids: {"name": "t", "scopes": ["courses:read"], "expiresAt": _SOON},
    "revokeToken": lambda ids: {"id": "pat_1"},
}

# (mutation, members that are given beside those of `BASE`, the path that is to be answered)
CASES: list[tuple[str, dict[str, Any], str]] = [
    # places in lists are texts, as the schema says
    ("createCourse", {"externalIds": [{"type": "", "value": ""}]}, "externalIds.0.type"),
    ("createUser", {"emails": [{"address": "nope"}]}, "emails.0.address"),
    ("setEmails", {"emails": [{"address": "nope"}]}, "emails.0.address"),
    ("declareAttribute", {"readableBy": ["everyone", "nobody"]}, "readableBy.1"),
    # values that a rule of the model refuses
    ("createCourse", {"credits": [{"scheme": "ects", "value": "-1"}]}, "credits.0.value"),
    (
        "createCourse",
        {"credits": [{"scheme": "ects", "value": "1"}, {"scheme": "?", "value": "1"}]},
        "credits.1.scheme",
    ),
    (
        "updateCourse",
        {"credits": [{"scheme": "ects", "value": "1", "level": "x" * 65}]},
        "credits.0.level",
    ),
    ("createCourse", {"eqfLevel": 9}, "eqfLevel"),
    ("createCourse", {"iscedF": "x"}, "iscedF"),
    ("createCourse", {"deliveryModes": ["by post"]}, "deliveryModes"),
    ("createCourse", {"teachingLanguages": ["xx yy"]}, "teachingLanguages"),
    ("createCourse", {"code": " "}, "code"),
    ("createOffering", {"place": {"latitude": 91, "longitude": 0}}, "place.latitude"),
    ("updateOffering", {"place": {"latitude": 0, "longitude": 181}}, "place.longitude"),
    ("createOffering", {"place": {"latitude": 1}}, "place"),
    ("createOffering", {"place": {"name": " "}}, "place.name"),
    ("createOffering", {"capacity": -1}, "capacity"),
    ("changeCapacity", {"waitlistCapacity": -1}, "waitlistCapacity"),
    (
        "createOffering",
        {"enrollmentWindows": [{"audience": "EVERYONE", **_REVERSED}]},
        "enrollmentWindows.0.closesAt",
    ),
    ("createOffering", {"enrollmentWindows": [{"audience": "EVERYONE"}] * 2}, "enrollmentWindows"),
    ("createOffering", {"startsOn": "2031-01-02", "endsOn": "2031-01-01"}, "endsOn"),
    ("updateOffering", {"startsOn": "2031-01-02", "endsOn": "2031-01-01"}, "endsOn"),
    ("createSection", {"startsOn": "2031-01-02", "endsOn": "2031-01-01"}, "endsOn"),
    ("createSection", {"capacity": -1}, "capacity"),
    ("createAcademicSession", {"startsOn": "2026-03-01"}, "endsOn"),
    ("createAcademicSession", {"teachingStartsOn": "2025-01-01"}, "teachingStartsOn"),
    ("completeEnrollment", {"result": {"scheme": "", "value": "1", "isPassed": True}}, "result.scheme"),
    (
        "completeEnrollment",
        {
            "result": {
                "scheme": "s",
                "value": "1",
                "isPassed": True,
                "credits": [{"scheme": "ects", "value": "-1"}],
            }
        },
        "result.credits.0.value",
    ),
    ("withdrawEnrollment", {"reason": " "}, "reason"),
    ("createUser", {"handle": "?"}, "handle"),
    ("createUser", {"avatarUrl": "http://x"}, "avatarUrl"),
    ("createUser", {"preferredLanguage": "xx yy"}, "preferredLanguage"),
    ("setPassword", {"password": "short"}, "password"),
    ("declareAttribute", {"name": "?"}, "name"),
    ("declareAttribute", {"choices": ["a"]}, "choices"),
    ("createToken", {"scopes": []}, "scopes"),
    ("createToken", {"scopes": ["courses:read", "everything"]}, "scopes.1"),
    ("createToken", {"expiresAt": "2001-01-01T00:00:00Z"}, "expiresAt"),
    # texts by language
    ("createCourse", {"title": [_text("en"), _text("xx yy")]}, "title.1.language"),
    ("createCourse", {"title": [_text("en"), _text("EN")]}, "title"),
    ("createCourse", {"title": []}, "title"),
    ("createCourse", {"title": [_text("en", " ")]}, "title"),
    ("createOffering", {"description": [_text("xx yy")]}, "description.0.language"),
    ("createOrgUnit", {"name": [_text("xx yy")]}, "name.0.language"),
    ("declareAttribute", {"label": [_text("xx yy")]}, "label.0.language"),
    # a character that no text can hold
    ("createCourse", {"title": [_text("de"), _text("en", NUL)]}, "title.1.text"),
    ("createCourse", {"code": NUL}, "code"),
    ("createCourse", {"teachingLanguages": ["en", NUL]}, "teachingLanguages.1"),
    ("createCourse", {"externalIds": [{"type": "sis", "value": NUL}]}, "externalIds.0.value"),
    ("createCourse", {"attributes": [{"name": "colour", "value": NUL}]}, "attributes.0.value"),
    ("createCourse", {"idempotencyKey": NUL}, "idempotencyKey"),
    ("createOffering", {"place": {"name": NUL}}, "place.name"),
    ("createUser", {"givenName": NUL}, "givenName"),
    ("updateUser", {"biography": NUL}, "biography"),
    ("setEmails", {"emails": [{"address": NUL}]}, "emails.0.address"),
    ("withdrawEnrollment", {"reason": NUL}, "reason"),
    ("completeEnrollment", {"reason": NUL}, "reason"),
    ("createToken", {"name": NUL}, "name"),
    # the institution's own fields, which are a list in the input
    ("createCourse", {"attributes": [{"name": "colour", "value": "x"}]}, "attributes.0"),
    (
        "createCourse",
        {"attributes": [{"name": "workload", "value": "1"}, {"name": "colour", "value": "x"}]},
        "attributes.1",
    ),
    ("createCourse", {"attributes": [{"name": "workload", "value": "0120"}]}, "attributes.0"),
    # null where nothing can be none
    ("updateCourse", {"code": None}, "code"),
    # references
    ("createOrgUnit", {"parentId": "unit_5"}, "parentId"),
    ("grantRole", {"orgUnitId": "unit_5"}, "orgUnitId"),
    ("enrol", {"sectionId": "section_5"}, "sectionId"),
    ("createToken", {"userId": "user_5"}, "userId"),
]
# Every member that holds an id, with what is none and with an id of another type.
IDS = [
    ("createOrgUnit", "parentId"),
    ("createAcademicSession", "parentId"),
    ("createCourse", "orgUnitId"),
    ("updateCourse", "id"),
    ("updateCourse", "orgUnitId"),
    ("createOffering", "courseId"),
    ("createOffering", "academicSessionId"),
    ("changeCapacity", "id"),
    ("createSection", "offeringId"),
    ("enrol", "offeringId"),
    ("enrol", "userId"),
    ("enrol", "sectionId"),
    ("withdrawEnrollment", "id"),
    ("completeEnrollment", "id"),
    ("moveSection", "id"),
    ("moveSection", "sectionId"),
    ("updateUser", "id"),
    ("suspendUser", "id"),
    ("setEmails", "id"),
    ("setPassword", "userId"),
    ("grantRole", "userId"),
    ("grantRole", "orgUnitId"),
    ("revokeRole", "id"),
    ("createToken", "userId"),
    ("revokeToken", "id"),
]


@pytest.fixture(scope="module")
async def here(world: World) -> Institution:
    """An institution of its own, whose courses have a field `workload`."""
    made = await added(world, SLUG, shard="one")
    field = {"owner": "COURSE", "name": "workload", "valueType": "INTEGER", "label": [_text("en")]}
    document = (
        "mutation($i: DeclareAttributeInput!) { declareAttribute(input: $i) { userErrors { message } } }"
    )
    await world.data(document, {"i": field}, at=SLUG)
    return made


async def _error(
    world: World, here: Institution, mutation: str, given: dict[str, Any], role: str = "tenant_admin"
) -> Any:
    document = f"mutation($i: {_input(mutation).name}!) {{ {mutation}(input: $i) {{ userErrors {{ code message path }} }} }}"
    data = await world.data(document, {"i": BASE[mutation](here.ids) | given}, at=SLUG, role=role)
    (error,) = data[mutation]["userErrors"]
    _walk(_input(mutation), error["path"] or ["input"])
    return error


def _input(mutation: str) -> GraphQLInputObjectType:
    assert SCHEMA.mutation_type is not None
    type_: Any = SCHEMA.mutation_type.fields[mutation].args["input"].type
    assert isinstance(type_.of_type, GraphQLInputObjectType)
    return type_.of_type


def _walk(type_: Any, path: list[str]) -> None:
    """Every step of the path is a member of the type before it, or a place in its list."""
    assert path[0] == "input"
    for step in path[1:]:
        type_ = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        assert isinstance(step, str)
        if isinstance(type_, GraphQLList):
            assert step.isdecimal(), path
            type_ = type_.of_type
        else:
            assert step in type_.fields, path
            type_ = type_.fields[step].type


@pytest.mark.parametrize(("mutation", "given", "path"), CASES)
async def test_a_path_names_the_member_that_is_to_blame(
    world: World, here: Institution, mutation: str, given: dict[str, Any], path: str
) -> None:
    error = await _error(world, here, mutation, given)
    assert error["path"] == ["input", *path.split(".")], error


@pytest.mark.parametrize("wrong", ["garbage", 5, "sub_5"])
@pytest.mark.parametrize(("mutation", "member"), IDS)
async def test_an_id_that_is_none_is_named_by_its_member(
    world: World, here: Institution, mutation: str, member: str, wrong: Any
) -> None:
    error = await _error(world, here, mutation, {member: wrong})
    assert error["code"] == "BAD_USER_INPUT"
    assert error["path"] == ["input", member]


async def test_what_people_may_not_change_of_themselves_is_named(world: World, here: Institution) -> None:
    error = await _error(world, here, "updateUser", {"familyName": "Else"}, role="student")
    assert (error["code"], error["path"]) == ("FORBIDDEN", ["input", "familyName"])


async def test_sentences_are_whole(world: World, here: Institution) -> None:
    wrong_type = await _error(world, here, "createCourse", {"orgUnitId": here.ids["course:1"]})
    assert "which is not an id of type OrgUnit: those begin with 'unit_'" in wrong_type["message"]
    number = {"attributes": [{"name": "workload", "value": "0120"}]}
    error = await _error(world, here, "createCourse", number)
    assert error["message"].endswith("in its shortest form, such as 120 and not 0120")
    above = {"userId": here.ids["user:tenant_admin"]}
    refused = await _error(world, here, "setPassword", above, role="registrar")
    assert refused["message"] == "you may not set passwords: this person may do more than you"
