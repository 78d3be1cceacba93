"""What a person is told, read and changed through GraphQL by them alone."""

from datetime import timedelta
from typing import Any

from federation.notifications.model import DEFAULTS
from tenants.model import ALL_SCOPES, Scope
from tenants.signin.operations import create_token
from tests.fediverse import Person, person
from tests.integration.notifications.told import tell
from tests.integration.posts.acting import answers, likes, posts
from tests.world import Answer, World

_LIST = """query ($first: Int, $after: String, $filter: NotificationFilter) {
  unreadNotificationsCount
  notifications(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { id kind isRead changed actor { handle } post { id } offering { id } state until about }
  }
}"""
_MARK = """mutation ($input: MarkNotificationsReadInput!) {
  markNotificationsRead(input: $input) { markedCount userErrors { code message } }
}"""
_SET = """mutation ($input: SetNotificationPreferenceInput!) {
  setNotificationPreference(input: $input) { preference { kind inApp email } userErrors { code message } }
}"""


async def _asks(
    world: World, someone: Person, query: str, scopes: frozenset[Scope] = ALL_SCOPES, **variables: Any
) -> Answer:
    async with world.door.write(world.as_system("alpha")) as tx:
        token = await create_token(
            tx, name="n", scopes=scopes, expires_at=tx.now + timedelta(days=1), user_id=someone.user_id
        )
    return await world.ask(query, variables, token=token.secret)


async def _told_person(world: World) -> tuple[Person, Person, int]:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    post_id = await posts(ana)
    await likes(bea, post_id)
    for _ in range(2):
        await answers(bea, post_id)
    await tell(world)
    return ana, bea, post_id


async def test_a_person_reads_what_they_are_told_newest_first(world: World) -> None:
    ana, bea, post_id = await _told_person(world)
    data = (await _asks(world, ana, _LIST)).data
    found = data["notifications"]
    assert [one["kind"] for one in found["nodes"]] == ["REPLY", "REPLY", "LIKE"]
    assert data["unreadNotificationsCount"] == found["totalCount"] == 3
    assert found["nodes"][2]["post"] == {"id": f"post_{post_id}"}
    assert found["nodes"][2]["actor"]["handle"].startswith(f"@{bea.username}@")
    first = (await _asks(world, ana, _LIST, first=2)).data["notifications"]
    after = first["pageInfo"]["endCursor"]
    rest = (await _asks(world, ana, _LIST, first=2, after=after)).data["notifications"]
    assert first["nodes"] + rest["nodes"] == found["nodes"]
    for given, count in (
        ({"kind": "REPLY"}, 2),
        ({"isRead": True}, 0),
        ({"kind": "LIKE", "isRead": False}, 1),
    ):
        filtered = (await _asks(world, ana, _LIST, filter=given)).data["notifications"]
        assert len(filtered["nodes"]) == count, given
    assert (await _asks(world, bea, _LIST)).data["notifications"]["nodes"] == []


async def test_notifications_of_others_do_not_exist(world: World) -> None:
    ana, bea, _ = await _told_person(world)
    found = (await _asks(world, ana, _LIST)).data["notifications"]["nodes"][0]["id"]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await _asks(world, ana, node, id=found)).data["node"] == {"id": found}
    assert (await _asks(world, bea, node, id=found)).data["node"] is None
    marked = (await _asks(world, bea, _MARK, input={"ids": [found]})).data["markNotificationsRead"]
    assert marked == {"markedCount": 0, "userErrors": []}


async def test_what_was_read_counts_no_more(world: World) -> None:
    ana, _, _ = await _told_person(world)
    nodes = (await _asks(world, ana, _LIST)).data["notifications"]["nodes"]
    one = (await _asks(world, ana, _MARK, input={"ids": [nodes[0]["id"], nodes[0]["id"]]})).data
    assert one["markNotificationsRead"]["markedCount"] == 1
    older = (await _asks(world, ana, _MARK, input={"upTo": nodes[1]["id"]})).data
    assert older["markNotificationsRead"]["markedCount"] == 2
    data = (await _asks(world, ana, _LIST)).data
    assert data["unreadNotificationsCount"] == 0
    assert all(one["isRead"] for one in data["notifications"]["nodes"])


async def test_exactly_one_way_of_saying_what_was_read(world: World) -> None:
    ana = await person(world, "ana")
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"ids": ["notification_1"], "upTo": "notification_1"},
        {"ids": []},
        {"ids": ["post_1"]},
    )
    for given in wrong:
        answer = (await _asks(world, ana, _MARK, input=given)).data["markNotificationsRead"]
        assert [one["code"] for one in answer["userErrors"]] == ["BAD_USER_INPUT"], given


async def test_preferences_are_the_defaults_until_a_person_chooses(world: World) -> None:
    ana, bea = await person(world, "ana"), await person(world, "bea")
    query = "{ notificationPreferences { kind inApp email __typename } }"
    before = (await _asks(world, ana, query)).data["notificationPreferences"]
    assert [(one["kind"], one["inApp"], one["email"]) for one in before] == [
        (kind.upper(), default.in_app, default.email.upper()) for kind, default in DEFAULTS.items()
    ]
    answer = (await _asks(world, ana, _SET, input={"kind": "LIKE", "email": "DAILY"})).data
    assert answer["setNotificationPreference"] == {
        "preference": {"kind": "LIKE", "inApp": True, "email": "DAILY"},
        "userErrors": [],
    }
    await _asks(world, ana, _SET, input={"kind": "LIKE", "inApp": False})
    after = (await _asks(world, ana, query)).data["notificationPreferences"]
    assert [one for one in after if one not in before] == [
        {"kind": "LIKE", "inApp": False, "email": "DAILY", "__typename": "NotificationPreference"}
    ]
    assert (await _asks(world, bea, query)).data["notificationPreferences"] == before
    nothing = (await _asks(world, ana, _SET, input={"kind": "LIKE"})).data["setNotificationPreference"]
    assert [one["code"] for one in nothing["userErrors"]] == ["BAD_USER_INPUT"]


async def test_nobody_asks_without_signing_in_or_the_scope(world: World) -> None:
    ana = await person(world, "ana")
    reading = ALL_SCOPES - {Scope.NOTIFICATIONS_READ}
    for query in (_LIST, "{ unreadNotificationsCount }", "{ notificationPreferences { kind } }"):
        assert set((await world.ask(query, role=None)).codes) == {"UNAUTHENTICATED"}
        assert set((await _asks(world, ana, query, reading)).codes) == {"FORBIDDEN"}
    writing = ALL_SCOPES - {Scope.NOTIFICATIONS_WRITE}
    answer = await _asks(world, ana, _SET, writing, input={"kind": "LIKE", "inApp": False})
    assert answer.codes == ["FORBIDDEN"]
