"""People join the social web, change how they are seen, and leave it."""

import asyncio

from sqlalchemy import select

from federation.tables.activities import activities
from tests.integration.federation_http.fetching import BASE, HTML, JOIN, get, joined, number
from tests.world import World

UPDATE = """
mutation Update($input: UpdateFederationProfileInput!) {
  updateFederationProfile(input: $input) { actor { id fields { name value } } userErrors { code message path } }
}
"""
LEAVE = "mutation { leaveFederation { user { id } userErrors { code message } } }"


async def test_nobody_is_there_unasked(world: World) -> None:
    answer = await get(world, "/.well-known/webfinger?resource=acct:auditor@beta.test", at="beta")
    assert answer.status == 404


async def test_a_person_who_joins_is_found_and_shows_what_they_chose(world: World) -> None:
    actor = await joined(world, "analyst", username="Ana", isDiscoverable=True)
    assert actor["handle"] == "@ana@alpha.test:8000"
    found = (await get(world, "/.well-known/webfinger?resource=acct:ana@alpha.test")).json
    assert found["subject"] == "acct:ana@alpha.test:8000"
    (own,) = [link for link in found["links"] if link["rel"] == "self"]
    assert own["href"] == actor["address"]

    document = (await get(world, actor["address"])).json
    assert (document["type"], document["preferredUsername"]) == ("Person", "ana")
    assert document["name"] == "Analyst alpha"
    assert "summary" not in document
    assert "BEGIN PUBLIC KEY" in document["publicKey"]["publicKeyPem"]
    assert document["assertionMethod"][0]["publicKeyMultibase"].startswith("z6Mk")
    assert document["endpoints"]["sharedInbox"] == f"{BASE.format(slug='alpha')}/inbox"


async def test_joining_twice_and_names_of_others_are_refused(world: World) -> None:
    await joined(world, "registrar", username="regina")
    for role, name, code in (
        ("registrar", "other", "CONFLICT"),
        ("auditor", "regina", "CONFLICT"),
        ("auditor", "alpha", "BAD_USER_INPUT"),
        ("auditor", "no spaces", "BAD_USER_INPUT"),
        ("auditor", "admin", "BAD_USER_INPUT"),
    ):
        data = await world.data(JOIN, {"input": {"username": name}}, role=role)
        (error,) = data["joinFederation"]["userErrors"]
        assert error["code"] == code


async def test_profile_changes_are_told_to_followers(world: World) -> None:
    actor = await joined(world, "instructor", username="ines", at="beta", exposedFields=["COURSES_TAUGHT"])
    document = (await get(world, actor["address"], at="beta")).json
    assert document["name"] == "ines"
    (line,) = document["attachment"]
    assert f"/courses/{world['beta'].number('course:1')}" in line["value"]

    fields = [{"name": "Web", "value": "https://example.org/ines <b>"}]
    data = await world.data(
        UPDATE,
        {"input": {"profileFields": fields, "exposedFields": ["DISPLAY_NAME"]}},
        role="instructor",
        at="beta",
    )
    (shown,) = data["updateFederationProfile"]["actor"]["fields"]
    assert 'href="https://example.org/ines"' in shown["value"]
    assert "&lt;b&gt;" in shown["value"]
    async with world.door.write(world.as_system("beta")) as tx:
        query = select(activities.c.document).where(
            activities.c.tenant_id == tx.tenant_id, activities.c.object_actor_id == number(actor["address"])
        )
        (sent,) = (await tx.connection.execute(query)).scalars().all()
    assert '"type":"Update"' in sent
    assert '"name":"Instructor beta"' in sent
    page = (await get(world, "/@ines", at="beta", accept=HTML)).body.decode()
    assert 'href="https://example.org/ines"' in page
    assert '<link rel="me"' not in page  # the line says more than an address


async def test_who_leaves_is_a_tombstone_and_the_name_is_nobodys(world: World) -> None:
    actor = await joined(world, "student", username="stu", at="gamma")
    data = await world.data(LEAVE, role="student", at="gamma")
    assert data["leaveFederation"]["userErrors"] == []
    answer = await get(world, actor["address"], at="gamma")
    assert (answer.status, answer.json["type"], answer.json["formerType"]) == (410, "Tombstone", "Person")
    page = await get(world, actor["address"], at="gamma", accept=HTML)
    assert page.status == 410
    assert (await get(world, "/.well-known/webfinger?resource=acct:stu@gamma.test", at="gamma")).status == 404
    data = await world.data(JOIN, {"input": {"username": "stu"}}, role="auditor", at="gamma")
    assert data["joinFederation"]["userErrors"][0]["code"] == "CONFLICT"
    again = await joined(world, "student", username="stu2", at="gamma")
    assert again["address"] != actor["address"]


async def test_two_first_requests_of_a_group_make_one_group_with_one_pair_of_keys(world: World) -> None:
    answers = await asyncio.gather(*(get(world, "/@c5", at="gamma") for _ in range(6)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len({answer.json["publicKey"]["publicKeyPem"] for answer in answers}) == 1
