"""Linking an account at the provider while signed in: one's own, and by nobody's link but one's own."""

from typing import Any

from tests.integration.identities.asked import CONFLICTS, MINE, Somebody, linked, somebody
from tests.integration.openid.browser import (
    COMPLETE_LINK,
    RETURN_TO,
    START_LINK,
    Browser,
    code_in,
    completed,
    person_of,
    register,
    unique,
)
from tests.integration.openid.provider import Provider
from tests.world import Answer, World


async def _started(world: World, person: Somebody, provider_id: str, **more: str) -> Any:
    given = {"providerId": provider_id, "returnTo": RETURN_TO, **more}
    return (await person.asks(world, START_LINK, i=given))["startOpenidLink"]


async def _went(world: World, person: Somebody, provider: Provider, provider_id: str) -> Answer:
    """The person's browser, there and back."""
    started = await _started(world, person, provider_id)
    assert started["userErrors"] == [], started
    browser = Browser(world)
    return await browser.come_back(provider.let_in(await browser.follow(_target(started["url"]))))


async def _completed(world: World, person: Somebody, answer: Answer) -> Any:
    given = {"code": code_in(answer)}
    return (await person.asks(world, COMPLETE_LINK, i=given))["completeOpenidLink"]


def _target(url: str) -> str:
    return url.removeprefix("http://alpha.test:8000")


async def test_a_linked_account_signs_its_person_in(
    world: World, provider: Provider, browser: Browser
) -> None:
    person, name = await somebody(world), unique("linked")
    provider.claims = {"sub": unique("sub"), "subject_id": f"{name}@alpha.test"}
    provider_id = await register(world, provider, provisioning="INVITATION")
    answer = await _went(world, person, provider, provider_id)
    assert await person.asks(world, MINE) == {"viewer": {"identities": []}}, "nothing before it is completed"
    payload = await _completed(world, person, answer)
    assert payload["userErrors"] == []
    assert payload["federationIdentity"] == {"kind": "OIDC_SUBJECT", "value": provider.claims["sub"]}
    mine = (await person.asks(world, MINE))["viewer"]["identities"]
    assert {one["kind"]: one["verifiedBy"] for one in mine} == {
        "OIDC_SUBJECT": "PROVIDER",
        "EDUPERSON_SUBJECT_ID": "PROVIDER",
    }
    assert (await person_of(world, await browser.signs_in(provider, provider_id)))["id"] == person.id


async def test_a_link_that_another_followed_links_nothing_to_either(world: World, provider: Provider) -> None:
    """Sent to somebody who is signed in at the provider, it must not tie their account to the sender."""
    sender, victim = await somebody(world), await somebody(world)
    provider.claims = {"sub": unique("sub")}
    answer = await _went(world, sender, provider, await register(world, provider))
    payload = await _completed(world, victim, answer)
    assert payload["userErrors"][0]["code"] == "FORBIDDEN"
    for person in (sender, victim):
        assert (await person.asks(world, MINE))["viewer"]["identities"] == []


async def test_the_code_of_a_link_is_no_session_and_the_other_way_round(
    world: World, provider: Provider, browser: Browser
) -> None:
    person = await somebody(world)
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    link = await _went(world, person, provider, provider_id)
    assert (await completed(world, link))["userErrors"][0]["code"] == "BAD_REQUEST"
    session = await browser.signs_in(provider, provider_id)
    assert (await _completed(world, person, session))["userErrors"][0]["code"] == "BAD_REQUEST"
    given = {"i": {"code": code_in(link)}}
    assert (await world.ask(COMPLETE_LINK, given, role=None)).codes == ["UNAUTHENTICATED"]


async def test_a_ticket_is_good_once_and_for_its_provider(
    world: World, provider: Provider, browser: Browser
) -> None:
    person = await somebody(world)
    provider_id = await register(world, provider)
    other = (await register(world, provider, clientId="another")).rpartition("_")[2]
    target = _target((await _started(world, person, provider_id))["url"])
    number = provider_id.rpartition("_")[2]
    assert (await browser.get(target.replace(number, other))).status == 400
    await browser.follow(target)
    again = await browser.get(target)
    assert (again.status, "used before" in again.json["detail"]) == (400, True)
    ticket = target.rpartition("=")[2]
    assert (await browser.come_back(f"code=x&state={ticket}")).status == 400


async def test_an_account_that_is_somebodys_is_a_case(
    world: World, provider: Provider, browser: Browser
) -> None:
    person = await somebody(world)
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    holder = await person_of(world, await browser.signs_in(provider, provider_id))
    payload = await _completed(world, person, await _went(world, person, provider, provider_id))
    assert (payload["isInConflict"], payload["federationIdentity"]) == (True, None)
    cases = (await world.data(CONFLICTS, {"f": {"state": "OPEN"}}))["identityConflicts"]["nodes"]
    (case,) = [one for one in cases if one["holder"]["id"] == holder["id"]]
    assert case["claimant"]["id"] == person.id
    assert (await person_of(world, await browser.signs_in(provider, provider_id)))["id"] == holder["id"]


async def test_a_second_name_that_is_anothers_is_a_case_and_the_account_is_linked(
    world: World, provider: Provider
) -> None:
    person, other, value = await somebody(world), await somebody(world), f"{unique('x')}@alpha.test"
    await linked(world, other, "EDUPERSON_SUBJECT_ID", value)
    provider.claims = {"sub": unique("sub"), "subject_id": value}
    payload = await _completed(
        world, person, await _went(world, person, provider, await register(world, provider))
    )
    assert (payload["isInConflict"], payload["userErrors"]) == (False, [])
    cases = (await world.data(CONFLICTS, {"f": {"state": "OPEN"}}))["identityConflicts"]["nodes"]
    assert [one["claimant"]["id"] for one in cases if one["holder"]["id"] == other.id] == [person.id]


async def test_a_link_returns_to_pages_of_the_institution_only(world: World, provider: Provider) -> None:
    person, provider_id = await somebody(world), await register(world, provider)
    payload = await _started(world, person, provider_id, returnTo="https://evil.example/")
    assert payload["url"] is None
    assert payload["userErrors"][0]["path"] == ["input", "returnTo"]
    payload = await _started(world, person, provider_id, codeChallenge="short")
    assert payload["userErrors"][0]["path"] == ["input", "codeChallenge"]
