"""Registering providers: by administrators, with secrets that go in and never come out."""

from typing import Any

import pytest
from sqlalchemy import select

from federation.tables.signin import openid_providers
from tests.integration.openid.browser import (
    CREATE,
    REMOVE,
    UPDATE,
    Browser,
    code_in,
    person_of,
    register,
    unique,
)
from tests.integration.openid.provider import CLIENT, SECRET, Provider
from tests.world import World

LIST = (
    "query($a: String) { openidProviders(first: 100, after: $a) { pageInfo { endCursor hasNextPage } nodes { id name issuer clientId hasClientSecret requestedScopes provisioning "
    "matchingClaim matchingType assertedScopes neverReassigns isEnabled version } } }"
)
METHODS = (
    "query($a: String) { signInMethods(first: 100, after: $a) "
    "{ pageInfo { endCursor hasNextPage } nodes { name startPath } } }"
)


async def _created(world: World, provider: Provider, role: str = "tenant_admin", **more: Any) -> Any:
    given = {
        "name": "Campus",
        "issuer": provider.issuer,
        "clientId": CLIENT,
        "provisioning": "JUST_IN_TIME",
        **more,
    }
    return (await world.data(CREATE, {"i": given}, role=role))["createOpenidProvider"]


async def _all(world: World, document: str, **options: Any) -> list[Any]:
    """What stands on all pages: other tests registered many."""
    found: list[Any] = []
    after, is_more = None, True
    while is_more:
        (page,) = (await world.data(document, {"a": after}, **options)).values()
        found += page["nodes"]
        after, is_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


async def _listed(world: World, provider: Provider, **options: Any) -> list[Any]:
    return [one for one in await _all(world, LIST, **options) if one["issuer"] == provider.issuer]


async def _updated(world: World, provider_id: str, **more: Any) -> Any:
    return (await world.data(UPDATE, {"i": {"id": provider_id, **more}}))["updateOpenidProvider"]


async def test_administrators_see_everything_but_the_secret(world: World, provider: Provider) -> None:
    matching = {"claim": "number", "type": "sis"}
    provider_id = await register(
        world,
        provider,
        provisioning="EXTERNAL_ID",
        matching=matching,
        assertedScopes=["Uni.Example", "uni.example"],
        neverReassigns=True,
    )
    assert await _listed(world, provider) == [
        {
            "id": provider_id,
            "name": "Campus",
            "issuer": provider.issuer,
            "clientId": CLIENT,
            "hasClientSecret": True,
            "requestedScopes": ["openid", "profile", "email"],
            "provisioning": "EXTERNAL_ID",
            "matchingClaim": "number",
            "matchingType": "sis",
            "assertedScopes": ["uni.example"],
            "neverReassigns": True,
            "isEnabled": True,
            "version": 1,
        }
    ]
    number = int(provider_id.rpartition("_")[2])
    async with world.door.write(world.as_system("alpha")) as tx:
        query = select(openid_providers.c.client_secret).where(openid_providers.c.id == number)
        assert SECRET.encode() not in (await tx.connection.execute(query)).scalar_one()


@pytest.mark.parametrize("role", ["registrar", "student", "auditor"])
async def test_nobody_else_registers_or_sees_them(world: World, provider: Provider, role: str) -> None:
    provider_id = await register(world, provider)
    payload = await _created(world, provider, role=role, clientId="another")
    assert payload["userErrors"][0]["code"] == "FORBIDDEN"
    assert await _listed(world, provider, role=role) == []
    for document in (UPDATE, REMOVE):
        changed = await world.data(document, {"i": {"id": provider_id}}, role=role)
        assert next(iter(changed.values()))["userErrors"][0]["code"] == "FORBIDDEN"


async def test_everybody_is_offered_the_button(world: World, provider: Provider, browser: Browser) -> None:
    provider.claims = {"sub": unique("sub")}
    name = unique("Button ")
    provider_id = await register(world, provider, name=name)
    offered = await _all(world, METHODS, role=None)
    (path,) = [one["startPath"] for one in offered if one["name"] == name]
    code_in(await browser.come_back(provider.let_in(await browser.follow(path))))
    await _updated(world, provider_id, isEnabled=False)
    offered = await _all(world, METHODS, role=None)
    assert name not in [one["name"] for one in offered]


@pytest.mark.parametrize("scope", ["beta.test", "GAMMA.test"])
async def test_another_institutions_domain_is_no_scope(world: World, provider: Provider, scope: str) -> None:
    payload = await _created(world, provider, assertedScopes=["fine.example", scope])
    assert payload["openidProvider"] is None
    (error,) = payload["userErrors"]
    assert error["path"] == ["input", "assertedScopes", "1"]
    provider_id = await register(world, provider, assertedScopes=["alpha.test"])
    payload = await _updated(world, provider_id, assertedScopes=[scope])
    assert payload["userErrors"][0]["path"] == ["input", "assertedScopes", "0"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"issuer": "https://a.example/?x"}, "issuer"),
        ({"issuer": "javascript:x"}, "issuer"),
        ({"issuer": "http://127.0.0.1:1"}, "issuer"),
        ({"issuer": "https://10.0.0.1"}, "issuer"),
        ({"clientId": "with blank"}, "clientId"),
        ({"clientSecret": "é"}, "clientSecret"),
        ({"clientSecret": ""}, "clientSecret"),
        ({"name": " "}, "name"),
        ({"requestedScopes": ["profile"]}, "requestedScopes"),
        ({"requestedScopes": ["openid", 'a"b']}, "requestedScopes"),
        ({"assertedScopes": ["edu"]}, "assertedScopes"),
        ({"assertedScopes": ["*.example.edu"]}, "assertedScopes"),
        ({"matching": {"claim": "x", "type": "y"}}, "matching"),
        ({"provisioning": "EXTERNAL_ID"}, "matching"),
        ({"provisioning": "EXTERNAL_ID", "matching": {"claim": " ", "type": "y"}}, "matching"),
    ],
)
async def test_what_is_wrong_is_named(
    world: World, provider: Provider, given: dict[str, Any], path: str
) -> None:
    payload = await _created(world, provider, **given)
    assert payload["openidProvider"] is None
    assert payload["userErrors"][0]["path"][:2] == ["input", path]


async def test_a_configuration_of_another_issuer_is_refused(world: World, provider: Provider) -> None:
    provider.configuration["issuer"] = "https://evil.example"
    payload = await _created(world, provider)
    assert "another issuer" in payload["userErrors"][0]["message"]


async def test_a_client_is_registered_once(world: World, provider: Provider) -> None:
    await register(world, provider)
    payload = await _created(world, provider)
    assert payload["userErrors"][0]["code"] == "CONFLICT"


async def test_a_repeated_call_registers_once(world: World, provider: Provider) -> None:
    key = unique("openid-key")
    first = await _created(world, provider, idempotencyKey=key, clientSecret="x")
    again = await _created(world, provider, idempotencyKey=key, clientSecret="x")
    assert first["openidProvider"]["id"] == again["openidProvider"]["id"]
    other = await _created(world, provider, idempotencyKey=key, clientSecret="y")
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_change_keeps_what_is_not_named(world: World, provider: Provider, browser: Browser) -> None:
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    changed = await _updated(
        world,
        provider_id,
        provisioning="EXTERNAL_ID",
        matching={"claim": "a", "type": "b"},
        expectedVersion=1,
    )
    assert changed["userErrors"] == []
    (shown,) = await _listed(world, provider)
    assert (shown["matchingClaim"], shown["hasClientSecret"], shown["version"]) == ("a", True, 2)
    stale = await _updated(world, provider_id, name="Old", expectedVersion=1)
    assert stale["userErrors"][0]["code"] == "CONFLICT"
    await _updated(world, provider_id, provisioning="JUST_IN_TIME")
    (shown,) = await _listed(world, provider)
    assert (shown["matchingClaim"], shown["provisioning"]) == (None, "JUST_IN_TIME")
    await person_of(world, await browser.signs_in(provider, provider_id))
    provider.secret = None
    await _updated(world, provider_id, clientSecret=None)
    (shown,) = await _listed(world, provider)
    assert shown["hasClientSecret"] is False
    await person_of(world, await browser.signs_in(provider, provider_id))


async def test_a_removed_provider_lets_nobody_in_and_its_people_stay(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    person = await person_of(world, await browser.signs_in(provider, provider_id))
    back = provider.let_in(await browser.begin(provider_id))
    removed = (await world.data(REMOVE, {"i": {"id": provider_id}}))["removeOpenidProvider"]
    assert removed == {"isRemoved": True, "userErrors": []}
    assert (await browser.come_back(back)).status == 400
    assert await _listed(world, provider) == []
    again = await register(world, provider)
    assert (await person_of(world, await browser.signs_in(provider, again)))["id"] == person["id"]
    missing = (await world.data(REMOVE, {"i": {"id": provider_id}}))["removeOpenidProvider"]
    assert missing["userErrors"][0]["code"] == "NOT_FOUND"
