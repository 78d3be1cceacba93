"""Who comes in by a provider: by its subject, else by the institution's rule, and never as somebody else."""

import asyncio
from typing import Any

import pytest

from tests.integration.identities.asked import CONFLICTS, ESI, MINE, linked, somebody
from tests.integration.openid.browser import (
    INVITE,
    Browser,
    code_in,
    completed,
    person_of,
    register,
    unique,
)
from tests.integration.openid.provider import Asked, Provider
from tests.world import World


async def _identities(world: World, token: str) -> dict[str, str]:
    found = (await world.data(MINE, token=token))["viewer"]["identities"]
    return {one["kind"]: one["value"] for one in found}


async def _user(world: World, user_id: str) -> Any:
    query = (
        "query($id: ID!) { user(id: $id) { handle givenName familyName displayName preferredLanguage "
        "emails { address isPrimary verifiedAt } roles { role } } }"
    )
    return (await world.data(query, {"id": user_id}))["user"]


async def _invited(world: World, provider_id: str, user_id: str, **more: Any) -> Any:
    given = {"userId": user_id, "providerId": provider_id, **more}
    return (await world.data(INVITE, {"i": given}))["createInvitation"]


def _target(url: str) -> str:
    return url.removeprefix("http://alpha.test:8000")


async def test_somebody_new_becomes_a_person_without_a_role(
    world: World, provider: Provider, browser: Browser
) -> None:
    handle = unique("new.comer")
    provider.claims = {
        "sub": unique("sub"),
        "preferred_username": f"{handle.upper()}@alpha.test",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "locale": "de_DE",
        "email": f"{handle}@alpha.test",
        "email_verified": True,
    }
    provider_id = await register(world, provider)
    person = await person_of(world, await browser.signs_in(provider, provider_id))
    made = await _user(world, person["id"])
    assert made["emails"][0].pop("verifiedAt") is not None
    assert made == {
        "handle": handle,
        "givenName": "Ada",
        "familyName": "Lovelace",
        "displayName": "Ada Lovelace",
        "preferredLanguage": "de-DE",
        "emails": [{"address": f"{handle}@alpha.test", "isPrimary": True}],
        "roles": [],
    }
    again = await person_of(world, await browser.signs_in(provider, provider_id))
    assert again["id"] == person["id"], "the subject decides from now on"


async def test_a_handle_that_is_taken_gets_a_number(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider_id = await register(world, provider)
    handle = unique("twin")
    handles = []
    for _ in range(3):
        provider.claims = {"sub": unique("sub"), "preferred_username": handle}
        handles.append((await person_of(world, await browser.signs_in(provider, provider_id)))["handle"])
    assert handles == [handle, f"{handle}-2", f"{handle}-3"]


async def test_subjects_of_two_issuers_are_two_people(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub"), "preferred_username": unique("both")}
    one = await person_of(world, await browser.signs_in(provider, await register(world, provider)))
    theirs = Browser(world, "gamma")
    back = provider.let_in(
        await theirs.begin(await register(world, provider, at="gamma"), return_to="http://gamma.test/in")
    )
    other = await person_of(world, await theirs.come_back(back), at="gamma")
    assert one["id"] != other["id"], "an issuer counts for the institution that registered it"


async def test_what_the_provider_may_assert_is_linked_and_the_rest_is_not(
    world: World, provider: Provider, browser: Browser
) -> None:
    name = unique("asserted")
    provider.claims = {
        "sub": unique("sub"),
        "subject_id": f"{name}@alpha.test",
        "pairwise_id": [f"{name}@alpha.test", f"{name}@elsewhere.example"],  # the second no scope of ours
        "eduperson_principal_name": [f"{name}@uni.example"],
        "schac_home_organization": "beta.test",  # another institution's
        "schac_personal_unique_code": [ESI.format(name), "urn:schac:personalUniqueCode:int:other:x"],
    }
    provider_id = await register(world, provider, assertedScopes=["UNI.example"], neverReassigns=True)
    payload = await completed(world, await browser.signs_in(provider, provider_id))
    assert await _identities(world, payload["accessToken"]) == {
        "OIDC_SUBJECT": provider.claims["sub"],
        "EDUPERSON_SUBJECT_ID": f"{name}@alpha.test",
        "EDUPERSON_PAIRWISE_ID": f"{name}@alpha.test",
        "EDUPERSON_PRINCIPAL_NAME": f"{name}@uni.example",
        "EUROPEAN_STUDENT_IDENTIFIER": "urn:schac:personalUniqueCode:int:esi:…",
    }
    again = await completed(world, await browser.signs_in(provider, provider_id))
    assert again["userErrors"] == []


async def test_principal_names_that_may_be_reassigned_are_not_linked(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub"), "eduperson_principal_name": f"{unique('x')}@alpha.test"}
    payload = await completed(world, await browser.signs_in(provider, await register(world, provider)))
    assert list(await _identities(world, payload["accessToken"])) == ["OIDC_SUBJECT"]


async def test_somebody_new_who_has_what_another_has_is_a_case(
    world: World, provider: Provider, browser: Browser
) -> None:
    person, value = await somebody(world), f"{unique('held')}@alpha.test"
    await linked(world, person, "EDUPERSON_SUBJECT_ID", value)
    provider.claims = {"sub": unique("sub"), "subject_id": value, "name": "Somebody Else"}
    provider_id = await register(world, provider)
    for _ in range(2):
        answer = await browser.signs_in(provider, provider_id)
        assert (answer.status, "administrator decides" in answer.json["detail"]) == (403, True)
        assert value not in answer.body.decode()
    cases = (await world.data(CONFLICTS, {"f": {"state": "OPEN"}}))["identityConflicts"]["nodes"]
    (case,) = [one for one in cases if one["holder"]["id"] == person.id]
    assert (case["claimant"], case["claim"]) == (None, "Somebody Else")


async def test_a_vouched_for_address_of_somebody_lets_nobody_in_as_them(
    world: World, provider: Provider, browser: Browser
) -> None:
    address = f"{unique('mail')}@alpha.test"
    provider.claims = {"sub": unique("sub"), "email": address, "email_verified": True}
    provider_id = await register(world, provider)
    first = await person_of(world, await browser.signs_in(provider, provider_id))
    provider.claims = {"sub": unique("sub"), "email": address.upper(), "email_verified": True}
    refused = await browser.signs_in(provider, provider_id)
    assert (refused.status, "e-mail address" in refused.json["detail"]) == (403, True)
    provider.claims["email_verified"] = "true"  # a text, and so nobody's word
    other = await person_of(world, await browser.signs_in(provider, provider_id))
    assert other["id"] != first["id"]
    assert (await _user(world, other["id"]))["emails"] == []


async def test_a_suspended_person_does_not_come_in(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    before = await browser.signs_in(provider, provider_id)
    person = await person_of(world, await browser.signs_in(provider, provider_id))
    suspend = "mutation($i: ChangeInput!) { suspendUser(input: $i) { userErrors { message } } }"
    assert (await world.data(suspend, {"i": {"id": person["id"]}}))["suspendUser"]["userErrors"] == []
    assert (await browser.signs_in(provider, provider_id)).status == 403
    late = await completed(world, before)
    assert (late["accessToken"], late["userErrors"][0]["code"]) == (None, "UNAUTHENTICATED")


async def test_people_are_found_by_the_id_that_the_institution_gave_them(
    world: World, provider: Provider, browser: Browser
) -> None:
    person, number = await somebody(world), unique("M")
    give = "mutation($i: UpdateUserInput!) { updateUser(input: $i) { userErrors { message } } }"
    ids = [{"type": "matriculation", "value": number}]
    await world.data(give, {"i": {"id": person.id, "externalIds": ids}})
    rule = {"provisioning": "EXTERNAL_ID", "matching": {"claim": "student_number", "type": "matriculation"}}
    provider_id = await register(world, provider, **rule)

    provider.claims = {"sub": unique("sub"), "student_number": number}
    found = await person_of(world, await browser.signs_in(provider, provider_id))
    assert found["id"] == person.id

    provider.claims = {"sub": unique("sub")}
    unsaid = await browser.signs_in(provider, provider_id)
    assert (unsaid.status, "does not say student_number" in unsaid.json["detail"]) == (403, True)
    provider.claims = {"sub": unique("sub"), "student_number": "nobody's"}
    unknown = await browser.signs_in(provider, provider_id)
    assert (unknown.status, "nobody here has" in unknown.json["detail"]) == (403, True)
    assert "nobody's" not in unknown.json["detail"]

    provider.claims = {"sub": unique("sub"), "student_number": number}
    second = await browser.signs_in(provider, provider_id)
    assert second.status == 403, "two accounts of one provider are not silently one person"
    cases = (await world.data(CONFLICTS, {"f": {"state": "OPEN"}}))["identityConflicts"]["nodes"]
    assert person.id in [one["holder"]["id"] for one in cases]


async def test_who_needs_an_invitation_comes_in_by_it_once(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider_id = await register(world, provider, provisioning="INVITATION")
    provider.claims = {"sub": unique("sub")}
    uninvited = await browser.signs_in(provider, provider_id)
    assert (uninvited.status, "needs an invitation" in uninvited.json["detail"]) == (403, True)

    person = await somebody(world)
    replaced = await _invited(world, provider_id, person.id)
    invited = await _invited(world, provider_id, person.id, returnTo="/welcome")
    assert (invited["userErrors"], invited["user"]["id"]) == ([], person.id)
    old = provider.let_in(await browser.follow(_target(replaced["url"])))
    assert (await browser.come_back(old)).status == 403

    asked = await browser.follow(_target(invited["url"]))
    answer = await browser.come_back(provider.let_in(asked))
    assert answer.headers["location"].startswith("http://alpha.test:8000/welcome?code=")
    assert (await person_of(world, answer))["id"] == person.id

    provider.claims = {"sub": unique("sub")}
    thief = await browser.come_back(provider.let_in(await browser.follow(_target(invited["url"]))))
    assert thief.status == 403
    late = await _invited(world, provider_id, person.id)
    assert (late["url"], late["userErrors"][0]["code"]) == (None, "CONFLICT")


async def test_an_invitation_for_an_account_that_is_somebodys_is_a_case(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    holder = await person_of(world, await browser.signs_in(provider, provider_id))
    invited = await somebody(world)
    url = (await _invited(world, provider_id, invited.id))["url"]
    answer = await browser.come_back(provider.let_in(await browser.follow(_target(url))))
    assert answer.status == 403
    cases = (await world.data(CONFLICTS, {"f": {"state": "OPEN"}}))["identityConflicts"]["nodes"]
    (case,) = [one for one in cases if one["holder"]["id"] == holder["id"]]
    assert case["claimant"]["id"] == invited.id


async def test_nobody_invites_as_somebody_who_may_do_more(world: World, provider: Provider) -> None:
    provider_id = await register(world, provider)
    administrator = world["alpha"].ids["user:tenant_admin"]
    given = {"userId": administrator, "providerId": provider_id}
    payload = (await world.data(INVITE, {"i": given}, role="registrar"))["createInvitation"]
    assert (payload["url"], payload["userErrors"][0]["code"]) == (None, "FORBIDDEN")
    person = await somebody(world)
    given = {"userId": person.id, "providerId": provider_id}
    payload = (await world.data(INVITE, {"i": given}, role="student"))["createInvitation"]
    assert (payload["url"], payload["userErrors"][0]["code"]) == (None, "FORBIDDEN")


@pytest.mark.parametrize("invitation", ["x", "A" * 43])
async def test_a_made_up_invitation_invites_nobody(
    world: World, provider: Provider, browser: Browser, invitation: str
) -> None:
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider, provisioning="INVITATION")
    number = provider_id.rpartition("_")[2]
    begun = await browser.get(f"/auth/openid/{number}?return_to=/&invitation={invitation}")
    if invitation == "x":
        assert begun.status == 400
    else:
        asked = Asked(begun.headers["location"])
        assert (await browser.come_back(provider.let_in(asked))).status == 403


async def test_a_subject_that_tokens_are_tied_to_is_that_person(
    world: World, provider: Provider, browser: Browser
) -> None:
    """An external id `oidc` ties a person to the subject of tokens that they bring; it is the same subject here."""
    person, subject = await somebody(world), unique("sub")
    give = "mutation($i: UpdateUserInput!) { updateUser(input: $i) { userErrors { message } } }"
    ids = [{"type": "oidc", "value": f"{provider.issuer} {subject}"}]
    await world.data(give, {"i": {"id": person.id, "externalIds": ids}})
    provider.claims = {"sub": subject}
    answer = await browser.signs_in(provider, await register(world, provider))
    assert (await person_of(world, answer))["id"] == person.id


async def test_people_who_come_in_at_the_same_time_are_made_once(world: World, provider: Provider) -> None:
    provider.claims = {"sub": unique("sub"), "preferred_username": unique("once")}
    provider_id = await register(world, provider)
    answers = await asyncio.gather(*(Browser(world).signs_in(provider, provider_id) for _ in range(5)))
    people = {(await person_of(world, answer))["id"] for answer in answers}
    assert len(people) == 1
    assert {code_in(answer) for answer in answers} != {code_in(answers[0])}
