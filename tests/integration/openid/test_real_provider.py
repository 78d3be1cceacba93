"""A provider that others wrote (oidc-provider-mock) lets a person in and turns one away."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from tests.integration.openid.browser import Browser, person_of, register, unique
from tests.integration.openid.provider import Asked, Provider
from tests.world import World

# In a process of its own: it is written with what our warnings are errors about.
_SERVE = """
import sys
from oidc_provider_mock import User, run_server_in_thread
people = [User(sub=sub, claims={"email": f"{sub}@alpha.test", "email_verified": True, "name": "Ada Lovelace",
                                "preferred_username": sub}) for sub in sys.argv[1:]]
with run_server_in_thread(require_nonce=True, user_claims=people) as server:
    print(server.server_port, flush=True)
    sys.stdin.read()
"""
SUBJECT = "real-ada"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a process of its own gets its turn late."""
    for place in ("federation.signin.metadata", "federation.signin.client", "tenants.signin.jwks"):
        monkeypatch.setattr(f"{place}.DEADLINE_SECONDS", 60.0)


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[str]:
    """The running provider's address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", _SERVE, SUBJECT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    async with asyncio.timeout(60):
        port = int(await process.stdout.readline())
    yield f"http://localhost:{port}"
    process.stdin.close()
    async with asyncio.timeout(60):
        await process.wait()


async def _decides(asked: Asked, **form: str) -> str:
    """What a person does on the provider's page: the query with which their browser comes back."""
    return await asyncio.to_thread(_posted, asked.address, urlencode(form))


def _posted(address: str, body: str) -> str:
    parts = urlsplit(address)
    with contextlib.closing(HTTPConnection(parts.netloc, timeout=60)) as connection:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"{parts.path}?{parts.query}", body, headers)
        answer = connection.getresponse()
        assert answer.status == 302, answer.read()
        return urlsplit(answer.headers["location"]).query


async def test_its_person_comes_in_and_is_the_same_tomorrow(
    world: World, issuer: str, browser: Browser
) -> None:
    provider_id = await register(world, Provider(issuer=issuer), name=unique("Real "))
    people = []
    for _ in range(2):
        asked = await browser.begin(provider_id)
        people.append(await person_of(world, await browser.come_back(await _decides(asked, sub=SUBJECT))))
    assert people[0] == people[1]
    assert (people[0]["handle"], people[0]["displayName"]) == (SUBJECT, "Ada Lovelace")


async def test_who_says_no_there_is_told_so(world: World, issuer: str, browser: Browser) -> None:
    provider_id = await register(world, Provider(issuer=issuer), clientId=unique("client"))
    asked = await browser.begin(provider_id)
    query = await _decides(asked, action="deny")
    answer = await browser.come_back(f"{query}&state={asked.query['state']}")  # which it forgets to say
    assert (answer.status, "said no" in answer.json["detail"]) == (401, True)


async def test_a_code_of_it_is_good_once(world: World, issuer: str, browser: Browser) -> None:
    provider_id = await register(world, Provider(issuer=issuer), clientId=unique("client"))
    asked = await browser.begin(provider_id)
    back = await _decides(asked, sub=unique("once"))
    assert (await browser.come_back(back)).status == 303
    assert (await browser.come_back(back)).status == 400
