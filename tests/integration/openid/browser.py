"""A browser at the institution's addresses, and what tests of signing in ask."""

import itertools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.integration.openid.provider import CLIENT, SECRET, Asked, Provider
from tests.world import Answer, World

RETURN_TO = "http://alpha.test:3000/signed-in?from=there"
_FIELDS = "openidProvider { id version } userErrors { code message path }"
CREATE = f"mutation($i: CreateOpenidProviderInput!) {{ createOpenidProvider(input: $i) {{ {_FIELDS} }} }}"
UPDATE = f"mutation($i: UpdateOpenidProviderInput!) {{ updateOpenidProvider(input: $i) {{ {_FIELDS} }} }}"
REMOVE = (
    "mutation($i: ChangeInput!) { removeOpenidProvider(input: $i) { isRemoved userErrors { code message } } }"
)
INVITE = (
    "mutation($i: CreateInvitationInput!) { createInvitation(input: $i) "
    "{ url expiresAt user { id } userErrors { code message path } } }"
)
START_LINK = (
    "mutation($i: StartOpenidLinkInput!) { startOpenidLink(input: $i) "
    "{ url expiresAt userErrors { code message path } } }"
)
COMPLETE = (
    "mutation($i: CompleteSignInInput!) { completeSignIn(input: $i) "
    "{ accessToken refreshToken expiresAt user { id handle displayName } userErrors { code message } } }"
)
COMPLETE_LINK = (
    "mutation($i: CompleteOpenidLinkInput!) { completeOpenidLink(input: $i) "
    "{ isInConflict federationIdentity { kind value } identityConflict { id } userErrors { code message } } }"
)
_numbers = itertools.count(1)


def unique(text: str) -> str:
    """A text that no other test uses."""
    return f"{text}{next(_numbers)}"


@dataclass(slots=True)
class Browser:
    """What it keeps, at one institution."""

    world: World
    at: str = "alpha"
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, target: str, *, host: str | None = None, **headers: str) -> Answer:
        """Follows no redirect; keeps what it is to keep."""
        sent = {"host": host or f"{self.at}.test:8000", **headers}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.world.request("GET", target, headers=sent)
        if "set-cookie" in answer.headers:
            name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
            self.cookies[name] = value
            if value in ("", '""'):
                del self.cookies[name]
        return answer

    async def begin(self, provider_id: str, **said: str) -> Asked:
        """Begins a sign-in; where the browser is sent."""
        query = urlencode({"return_to": RETURN_TO, **said})
        return await self.follow(f"/auth/openid/{provider_id.rpartition('_')[2]}?{query}")

    async def follow(self, target: str) -> Asked:
        """Follows a link to the provider."""
        answer = await self.get(target)
        assert answer.status == 303, answer.body
        return Asked(answer.headers["location"])

    async def come_back(self, query: str, **headers: str) -> Answer:
        """Comes back from the provider."""
        return await self.get(f"/auth/openid/callback?{query}", **headers)

    async def signs_in(self, provider: Provider, provider_id: str, **said: str) -> Answer:
        """The whole way."""
        return await self.come_back(provider.let_in(await self.begin(provider_id, **said)))


def code_in(answer: Answer) -> str:
    """The one-time code that the page gets."""
    assert answer.status == 303, answer.body
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def register(world: World, provider: Provider, *, at: str = "alpha", **more: Any) -> str:
    """Registers the provider at an institution; its id there."""
    given = {
        "name": "Campus",
        "issuer": provider.issuer,
        "clientId": CLIENT,
        "provisioning": "JUST_IN_TIME",
        **({"clientSecret": SECRET} if provider.secret is not None else {}),
        **more,
    }
    payload = (await world.data(CREATE, {"i": given}, at=at))["createOpenidProvider"]
    assert payload["userErrors"] == [], payload
    return str(payload["openidProvider"]["id"])


async def completed(world: World, answer: Answer, *, at: str = "alpha", **more: str) -> Any:
    """The payload of `completeSignIn` with the code of a browser that was sent on."""
    given = {"code": code_in(answer), **more}
    return (await world.data(COMPLETE, {"i": given}, at=at, role=None))["completeSignIn"]


async def person_of(world: World, answer: Answer, *, at: str = "alpha") -> Any:
    """Who is signed in."""
    payload = await completed(world, answer, at=at)
    assert payload["userErrors"] == [], payload
    return payload["user"]
