"""A browser's way out and back: once, in the same browser, from the provider that was asked, to pages of the institution."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import delete, insert, select, update

from api.app import create_app
from federation.signin.client import OpenidClient
from federation.signin.metadata import Discovery
from federation.signin.signing_in import SigningIn
from federation.tables.signin import openid_flows
from fediflow.processes.opened import opened_gateway
from kernel.database.roles import DatabaseRole
from kernel.telemetry import Metrics
from tenants.signin.jwks import ASK_AGAIN_SECONDS, KeySets
from tenants.tables import tenant_domains
from tests.integration.openid.browser import (
    COMPLETE,
    RETURN_TO,
    UPDATE,
    Browser,
    code_in,
    completed,
    person_of,
    register,
    unique,
)
from tests.integration.openid.provider import CLIENT, FIRST, SECOND, Provider, provider_on_this_machine
from tests.world import World, settings_for


async def test_the_provider_is_asked_as_the_specification_says(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider_id = await register(world, provider, requestedScopes=["openid", "email"])
    asked = await browser.begin(provider_id)
    query = asked.query
    assert asked.address.startswith(f"{provider.issuer}/authorize?")
    assert (query["response_type"], query["client_id"]) == ("code", CLIENT)
    assert query["scope"] == "openid email"
    assert query["redirect_uri"] == "http://alpha.test:8000/auth/openid/callback"
    assert query["code_challenge_method"] == "S256"
    assert len({query["state"], query["nonce"], query["code_challenge"]}) == 3


async def test_the_browser_ends_where_it_wanted_with_a_code_and_no_token(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub")}
    answer = await browser.signs_in(provider, await register(world, provider))
    address = answer.headers["location"]
    assert address.startswith(RETURN_TO + "&code=")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    payload = await completed(world, answer)
    viewer = await world.data("{ viewer { id } }", token=payload["accessToken"])
    assert viewer["viewer"]["id"] == payload["user"]["id"]
    refresh = "mutation($t: String!) { refresh(input: {refreshToken: $t}) { user { id } } }"
    again = await world.data(refresh, {"t": payload["refreshToken"]}, role=None)
    assert again["refresh"]["user"] == {"id": payload["user"]["id"]}


async def test_a_code_is_good_once(world: World, provider: Provider, browser: Browser) -> None:
    provider.claims = {"sub": unique("sub")}
    answer = await browser.signs_in(provider, await register(world, provider))
    await person_of(world, answer)
    payload = await completed(world, answer)
    assert (payload["accessToken"], payload["userErrors"][0]["code"]) == (None, "BAD_REQUEST")


async def test_a_code_is_good_at_its_institution_only(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub")}
    answer = await browser.signs_in(provider, await register(world, provider))
    payload = await completed(world, answer, at="gamma")
    assert payload["userErrors"][0]["code"] == "BAD_REQUEST"
    await person_of(world, answer)


@pytest.mark.parametrize("code", ["", "x", "A" * 43, "é" * 43, "A" * 10_000])
async def test_a_made_up_code_gives_nothing(world: World, code: str) -> None:
    payload = (await world.data(COMPLETE, {"i": {"code": code}}, role=None))["completeSignIn"]
    assert payload["userErrors"][0]["code"] == "BAD_REQUEST"


async def test_a_code_with_a_challenge_needs_its_verifier(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    verifier = "v" * 50
    challenge = create_s256_code_challenge(verifier)
    answer = await browser.signs_in(provider, provider_id, code_challenge=challenge)
    for wrong in ({}, {"verifier": "w" * 50}, {"verifier": ""}, {"verifier": "é"}, {"verifier": challenge}):
        assert (await completed(world, answer, **wrong))["userErrors"][0]["code"] == "BAD_REQUEST"
    assert (await completed(world, answer, verifier=verifier))["userErrors"] == []


async def test_a_verifier_without_a_challenge_is_refused(
    world: World, provider: Provider, browser: Browser
) -> None:
    """A code that was put into the page's address by another is not the page's."""
    provider.claims = {"sub": unique("sub")}
    answer = await browser.signs_in(provider, await register(world, provider))
    payload = await completed(world, answer, verifier="v" * 50)
    assert payload["userErrors"][0]["code"] == "BAD_REQUEST"


async def test_a_callback_is_good_once(world: World, provider: Provider, browser: Browser) -> None:
    provider.claims = {"sub": unique("sub")}
    asked = await browser.begin(await register(world, provider))
    kept = dict(browser.cookies)
    back = provider.let_in(asked)
    code_in(await browser.come_back(back))
    assert browser.cookies == {}, "the cookie goes with the sign-in"
    browser.cookies = kept
    replayed = await browser.come_back(back)
    assert (replayed.status, "came back before" in replayed.json["detail"]) == (400, True)
    with_new_code = await browser.come_back(provider.let_in(asked))
    assert with_new_code.status == 400


async def test_another_browser_does_not_bring_it_back(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    asked = await browser.begin(provider_id)
    other = Browser(world)
    answer = await other.come_back(provider.let_in(asked))
    assert (answer.status, "another browser" in answer.json["detail"]) == (400, True)
    own = await other.begin(provider_id)
    (name,) = browser.cookies
    other.cookies = {name: next(iter(other.cookies.values()))}
    assert (await other.come_back(provider.let_in(asked))).status == 400
    assert own.query["state"] != asked.query["state"]
    code_in(await browser.come_back(provider.let_in(asked)))


async def test_a_failed_exchange_uses_the_sign_in_up(
    world: World, provider: Provider, browser: Browser
) -> None:
    asked = await browser.begin(await register(world, provider))
    assert (await browser.come_back(f"code=wrong&state={asked.query['state']}")).status == 401
    assert (await browser.come_back(provider.let_in(asked))).status == 400


async def test_a_sign_in_is_over_after_ten_minutes(
    world: World, provider: Provider, browser: Browser
) -> None:
    asked = await browser.begin(await register(world, provider))
    (name,) = browser.cookies
    flow_id = int(name.rpartition("-")[2])
    async with world.door.write(world.as_system("alpha")) as tx:
        this = (openid_flows.c.tenant_id == tx.tenant_id) & (openid_flows.c.id == flow_id)
        row = (await tx.connection.execute(select(openid_flows).where(this))).mappings().one()
        assert row["expires_at"] - row["created_at"] == timedelta(minutes=10)
        assert asked.query["state"] not in str(dict(row))
        await tx.connection.execute(update(openid_flows).where(this).values(expires_at=tx.now))
    assert (await browser.come_back(provider.let_in(asked))).status == 400


@pytest.mark.parametrize(
    "query", ["", "code=x", "state=", "code=x&state=" + "A" * 43, "state=%00&code=x", "state=" + "A" * 5000]
)
async def test_what_nobody_began_is_refused(browser: Browser, query: str) -> None:
    assert (await browser.come_back(query)).status == 400


async def test_members_that_are_said_twice_are_refused(
    world: World, provider: Provider, browser: Browser
) -> None:
    back = provider.let_in(await browser.begin(await register(world, provider)))
    assert (await browser.come_back(f"{back}&code=another")).status == 400
    assert (await browser.come_back(f"{back}&state=another")).status == 400


async def test_an_answer_of_another_issuer_is_not_exchanged(
    world: World, provider: Provider, browser: Browser
) -> None:
    """The mix-up attack: another provider's code is not brought to this one (RFC 9207)."""
    back = provider.let_in(await browser.begin(await register(world, provider)), iss="https://evil.example")
    answer = await browser.come_back(back)
    assert (answer.status, "another issuer" in answer.json["detail"]) == (401, True)
    assert "/token" not in provider.asked


async def test_a_provider_that_names_itself_always_does(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider.configuration["authorization_response_iss_parameter_supported"] = True
    provider.claims = {"sub": unique("sub")}
    provider_id = await register(world, provider)
    refused = await browser.signs_in(provider, provider_id)
    assert (refused.status, "/token" in provider.asked) == (401, False)
    code_in(await browser.come_back(provider.let_in(await browser.begin(provider_id), iss=provider.issuer)))


async def test_the_code_of_one_provider_is_no_use_at_another(
    world: World, provider: Provider, browser: Browser
) -> None:
    async with provider_on_this_machine() as other:
        asked = await browser.begin(await register(world, provider))
        elsewhere = await browser.begin(await register(world, other))
        code = parse_qs(other.let_in(elsewhere))["code"][0]
        assert (await browser.come_back(f"code={code}&state={asked.query['state']}")).status == 401
        assert list(other.codes) == [code], "it was not brought to whom it belongs to either"


@pytest.mark.parametrize(
    ("error", "said"),
    [("access_denied", "said no"), ("temporarily_unavailable", "busy"), ("<script>", "sent back no code")],
)
async def test_what_the_provider_refuses_is_said_and_not_repeated(
    world: World, provider: Provider, browser: Browser, error: str, said: str
) -> None:
    asked = await browser.begin(await register(world, provider))
    query = urlencode({"error": error, "error_description": "<b>evil</b>", "state": asked.query["state"]})
    answer = await browser.come_back(query, accept="text/html")
    assert answer.status == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert said in answer.body.decode()
    assert b"<script>" not in answer.body
    assert b"evil" not in answer.body


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "https://alpha.test@evil.example/",
        "https://alpha.test.evil.example/",
        "https://evilalpha.test/",
        "https://beta.test/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:alpha.test",
        "http://alpha.test\r\nlocation: https://evil.example/",
        "ftp://alpha.test/",
        " https://evil.example",
        "https://alpha.test\\@evil.example/",
        "https://[::1]/",
    ],
)
async def test_nobody_is_sent_to_a_page_of_others(
    world: World, provider: Provider, browser: Browser, wanted: str
) -> None:
    provider_id = (await register(world, provider)).rpartition("_")[2]
    answer = await browser.get(f"/auth/openid/{provider_id}?{urlencode({'return_to': wanted})}")
    assert (answer.status, browser.cookies) == (400, {})


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("/in?a=1#b", "http://alpha.test:8000/in?a=1&code={}#b"),
        ("https://alpha.test/", "https://alpha.test/?code={}"),
        ("http://ALPHA.test:4000/x?code=old", "http://ALPHA.test:4000/x?code={}"),
        ("", "http://alpha.test:8000/?code={}"),
    ],
)
async def test_pages_of_the_institution_are_returned_to(
    world: World, provider: Provider, browser: Browser, wanted: str, address: str
) -> None:
    provider.claims = {"sub": unique("sub")}
    answer = await browser.signs_in(provider, await register(world, provider), return_to=wanted)
    assert answer.headers["location"] == address.format(code_in(answer))


@pytest.mark.parametrize("number", ["1", "0", "x", "99999999999999999999"])
async def test_a_provider_that_is_not_there_begins_nothing(browser: Browser, number: str) -> None:
    answer = await browser.get(f"/auth/openid/{number}")
    assert (answer.status, browser.cookies) == (404, {})


async def test_another_institutions_provider_begins_nothing(
    world: World, provider: Provider, browser: Browser
) -> None:
    number = (await register(world, provider, at="gamma")).rpartition("_")[2]
    assert (await browser.get(f"/auth/openid/{number}")).status == 404
    assert (await Browser(world, "gamma").get(f"/auth/openid/{number}")).status == 303


async def test_a_provider_that_does_not_answer_is_said(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider_id = await register(world, Provider(issuer="http://127.0.0.1:1"), isEnabled=False)
    enable = {"id": provider_id, "isEnabled": True}
    assert (await world.data(UPDATE, {"i": enable}))["updateOpenidProvider"]["userErrors"] == []
    answer = await browser.get(f"/auth/openid/{provider_id.rpartition('_')[2]}")
    assert (answer.status, answer.headers["retry-after"], browser.cookies) == (503, "5", {})
    assert "configuration cannot be had" in answer.json["detail"]


async def test_keys_that_cannot_be_had_are_said(world: World, provider: Provider, browser: Browser) -> None:
    provider.configuration["jwks_uri"] = "http://127.0.0.1:1/keys"
    answer = await browser.signs_in(provider, await register(world, provider))
    assert (answer.status, "keys cannot be had" in answer.json["detail"]) == (503, True)


async def test_a_provider_that_is_switched_off_begins_nothing_and_ends_what_was_begun(
    world: World, provider: Provider, browser: Browser
) -> None:
    provider_id = await register(world, provider)
    back = provider.let_in(await browser.begin(provider_id))
    disable = {"id": provider_id, "isEnabled": False}
    assert (await world.data(UPDATE, {"i": disable}))["updateOpenidProvider"]["userErrors"] == []
    assert (await browser.get(f"/auth/openid/{provider_id.rpartition('_')[2]}")).status == 404
    assert (await browser.come_back(back)).status == 404


async def test_over_tls_the_cookie_is_of_this_host_alone(world: World, provider: Provider) -> None:
    provider.claims = {"sub": unique("sub")}
    settings = settings_for(world.databases, public_url="https://fediflow.test")
    async with opened_gateway(settings, Metrics()) as gateway:
        safe = replace(world, app=create_app(gateway))
        provider_id = await register(safe, provider)
        answer = await Browser(safe).get(
            f"/auth/openid/{provider_id.rpartition('_')[2]}?return_to=/x", host="alpha.test"
        )
        assert answer.headers["set-cookie"].startswith("__Host-fediflow-openid-")
        attributes = {one.strip().lower() for one in answer.headers["set-cookie"].split(";")[1:]}
        assert attributes == {"httponly", "secure", "samesite=lax", "path=/", "max-age=600"}
        redirect_uri = parse_qs(urlsplit(answer.headers["location"]).query)["redirect_uri"]
        assert redirect_uri == ["https://alpha.test/auth/openid/callback"]
        insecure = f"/auth/openid/{provider_id.rpartition('_')[2]}?return_to=http://alpha.test/"
        assert (await Browser(safe).get(insecure, host="alpha.test")).status == 400


async def test_after_a_change_of_keys_the_new_one_is_asked_for_and_made_up_ones_hardly(
    world: World, provider: Provider
) -> None:
    now = [0.0]
    async with opened_gateway(settings_for(world.databases), Metrics()) as gateway:
        services = gateway.services
        client = OpenidClient(
            services.http,
            KeySets(services.http, now=lambda: now[0]),
            Discovery(services.http, allow_http=True),
        )
        signing_in = SigningIn(gateway.door, services.data_keys, client, lambda domain: _nobody())
        own = replace(gateway, services=replace(services, signing_in=signing_in))
        moved = replace(world, app=create_app(own))
        browser = Browser(moved)
        provider.claims = {"sub": unique("sub")}
        provider_id = await register(moved, provider)
        code_in(await browser.signs_in(provider, provider_id))

        provider.key, provider.published = SECOND, [FIRST, SECOND]
        assert (await browser.signs_in(provider, provider_id)).status == 401, "asked for a moment ago"
        now[0] += ASK_AGAIN_SECONDS
        code_in(await browser.signs_in(provider, provider_id))

        provider.published = [SECOND]
        asked_before = provider.asked.count("/jwks")
        provider.key = FIRST
        for _ in range(20):
            now[0] += 1
            await browser.signs_in(provider, provider_id)
        assert provider.asked.count("/jwks") - asked_before <= 1


async def _nobody() -> None:
    return None


async def test_another_domain_of_the_institution_leads_to_its_first(world: World, provider: Provider) -> None:
    """The cookie and the callback meet under one host, wherever it was begun."""
    number = (await register(world, provider, at="gamma")).rpartition("_")[2]
    path = f"/auth/openid/{number}?return_to=%2Fx"
    row = {"domain": "www.gamma.test", "tenant_id": world["gamma"].tenant.id, "is_primary": False}
    directory = world.databases.engine(world.databases.directory, DatabaseRole.WORKER)
    async with directory.begin() as connection:
        await connection.execute(insert(tenant_domains).values(row))
    try:
        async with opened_gateway(settings_for(world.databases), Metrics()) as gateway:
            browser = Browser(replace(world, app=create_app(gateway)), "gamma")
            answer = await browser.get(path, host="www.gamma.test")
            assert answer.headers["location"] == f"http://gamma.test:8000{path}"
            assert browser.cookies == {}
            assert (await browser.get(path, host="gamma.test")).status == 303
            assert len(browser.cookies) == 1
    finally:
        async with directory.begin() as connection:
            await connection.execute(
                delete(tenant_domains).where(tenant_domains.c.domain == "www.gamma.test")
            )
        await directory.dispose()
