"""Every optional member of every input, with null and with a value: it does what it says or is an error with its path."""

from datetime import UTC, datetime, timedelta
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
from tests.integration.graphql.institutions import added
from tests.integration.graphql.social import one_of_each
from tests.world import Institution, World

SLUG = "nulls"
NULL = "null"
_LEFT_OUT = {"signIn", "signOut", "refresh", "setPassword", "suspendUser"}
_KINDS = {
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
    "Draft": "draft",
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
    "replayDeadLetters": "letter",
}
_MEMBERS = {
    "actorId": "actor",
    "draftId": "draft",
    "inReplyToId": "post",
    "mentionedIds": "actor",
    "toId": "post",
    "postIds": "post",
    "reportId": "report",
    "ids": "notification",
    "upTo": "notification",
    "providerId": "provider",
    "offering": "offering:1",
    "term": "session",
    "orgUnit": "faculty",
    "results": "course:1",
    "orgUnitId": "faculty",
    "courseId": "course:1",
    "academicSessionId": "session",
    "offeringId": "offering:2",
    "userId": "user:student",
    "sectionId": "section",
}
_LATER = (datetime.now(UTC) + timedelta(days=30)).isoformat()
_SCALARS: dict[str, Any] = {
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "Date": "2026-04-01",
    "DateTime": _LATER,
    "Decimal": "1.00",
}
_TEXTS = {
    "language": "en",
    "handle": "somebody",
    "address": "somebody@null.example",
    "scopes": "courses:read",
    "deliveryModes": "online",
    "teachingLanguages": "en",
    "preferredLanguage": "en",
    "iscedF": "0610",
    "avatarUrl": "https://null.example/a.png",
}


def _input_of(mutation: str) -> GraphQLInputObjectType | None:
    assert SCHEMA.mutation_type is not None
    argument = SCHEMA.mutation_type.fields[mutation].args.get("input")
    type_: Any = getattr(argument, "type", None)
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_  # type: ignore[no-any-return]


def _cases() -> list[tuple[str, str]]:
    """(mutation, path of an optional member), those inside lists and objects too."""
    assert SCHEMA.mutation_type is not None
    found = []
    for name in SCHEMA.mutation_type.fields:
        type_ = _input_of(name)
        if type_ is not None and name not in _LEFT_OUT:
            found += [(name, path) for path in _optional(type_)]
    return found


def _optional(type_: GraphQLInputObjectType, above: str = "") -> list[str]:
    found = []
    for name, member in type_.fields.items():
        path = f"{above}{name}"
        if not isinstance(member.type, GraphQLNonNull):
            found.append(path)
        inner = _bare(member.type)
        if isinstance(inner, GraphQLInputObjectType):
            found += _optional(inner, f"{path}.")
    return found


def _bare(type_: Any) -> Any:
    while isinstance(type_, GraphQLNonNull | GraphQLList):
        type_ = type_.of_type
    return type_


def _value(type_: Any, name: str, path: str, about: str, ids: dict[str, str]) -> Any:
    """A value that has every required member and, of the optional ones, only the way to `path`, which ends in `NULL`."""
    if isinstance(type_, GraphQLNonNull):
        return _value(type_.of_type, name, path, about, ids)
    if isinstance(type_, GraphQLList):
        return [_value(type_.of_type, name, path, about, ids)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        head, _, rest = path.partition(".")
        return {
            one: None
            if one == head and rest == NULL
            else _value(member.type, one, rest if one == head else "", about, ids)
            for one, member in type_.fields.items()
            if is_required_input_field(member) or one == head
        }
    if type_.name == "ID":
        return ids[_MEMBERS.get(name, about)]
    return _SCALARS.get(type_.name, _TEXTS.get(name, f"text {name}"[:20]))


@pytest.fixture(scope="module")
async def here(world: World) -> Institution:
    """An institution of its own with one of everything."""
    made = await added(world, SLUG, shard="one")
    made.ids |= await one_of_each(world, SLUG)
    identity = {"kind": "EDUPERSON_SUBJECT_ID", "value": f"null@{SLUG}.test"}
    data = await world.data(
        """mutation($s: CreateSectionInput!, $r: GrantRoleInput!, $t: CreateTokenInput!,
            $h: LinkIdentityInput!, $c: LinkIdentityInput!) {
          held: linkIdentity(input: $h) { federationIdentity { id } }
          claimed: linkIdentity(input: $c) { identityConflict { id } }
          createSection(input: $s) { section { id } } grantRole(input: $r) { roleAssignment { id } }
          createToken(input: $t) { personalAccessToken { id } } }""",
        {
            "s": {"offeringId": made.ids["offering:1"], "code": "S"},
            "h": {"userId": made.ids["user:student"], **identity},
            "c": {"userId": made.ids["user:instructor"], **identity},
            "r": {"userId": made.ids["user:student"], "role": "ANALYST"},
            "t": {"name": "x", "scopes": ["courses:read"], "expiresAt": _LATER},
        },
        at=SLUG,
    )
    made.ids |= {
        "section": data["createSection"]["section"]["id"],
        "identity": data["held"]["federationIdentity"]["id"],
        "conflict": data["claimed"]["identityConflict"]["id"],
        "role": data["grantRole"]["roleAssignment"]["id"],
        "token": data["createToken"]["personalAccessToken"]["id"],
    }
    return made


@pytest.mark.parametrize(("mutation", "path"), _cases())
async def test_an_optional_member_is_never_unexpected(
    world: World, here: Institution, mutation: str, path: str
) -> None:
    type_ = _input_of(mutation)
    assert SCHEMA.mutation_type is not None
    assert type_ is not None
    payload: Any = _bare(SCHEMA.mutation_type.fields[mutation].type)
    objects = [str(_bare(one.type)) for one in payload.fields.values()]
    about = _OTHERS.get(mutation) or next((_KINDS[one] for one in objects if one in _KINDS), "")
    document = (
        f"mutation($i: {type_.name}!) {{ {mutation}(input: $i) {{ userErrors {{ code message path }} }} }}"
    )
    for ending in (f"{path}.{NULL}", path):
        given = _value(type_, "input", ending, about, here.ids)
        answer = await world.ask(document, {"i": given}, at=SLUG)
        assert answer.codes == [], (given, answer.json)
        for error in answer.data[mutation]["userErrors"]:
            assert error["message"], given
            if "is null" in error["message"]:
                assert error["path"] == ["input", *path.split(".")], given
