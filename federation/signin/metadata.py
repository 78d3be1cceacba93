"""What a provider publishes about itself (OpenID Connect Discovery 1.0), asked for rarely and kept for ten minutes."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from federation.protocol.origins import is_web_uri
from federation.signin.refusals import ProviderAway
from kernel.http import HttpClient, HttpError

MAX_AGE_SECONDS = 600.0
MOST_BYTES = 256 * 1024
DEADLINE_SECONDS = 5.0
_MOST_PROVIDERS = 1000
_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where a provider is asked, and how (RFC 8414 section 2)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    auth_methods: frozenset[str]  # with which a client proves itself at the token endpoint
    names_itself: bool  # in what it sends back (RFC 9207)


class Discovery:
    """Looks up what providers publish; one per process."""

    def __init__(self, client: HttpClient, *, allow_http: bool, now: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._allow_http = allow_http
        self._now = now
        self._known: OrderedDict[str, tuple[Metadata, float]] = OrderedDict()

    async def of(self, issuer: str) -> Metadata:
        """What the issuer publishes; `ProviderAway` where that cannot be had or read."""
        known = self._known.get(issuer)
        if known is not None and known[1] > self._now():
            return known[0]
        metadata = await self._fetched(issuer)
        self._known[issuer] = (metadata, self._now() + MAX_AGE_SECONDS)
        self._known.move_to_end(issuer)
        while len(self._known) > _MOST_PROVIDERS:
            self._known.popitem(last=False)
        return metadata

    async def _fetched(self, issuer: str) -> Metadata:
        try:
            response = await self._client.get(
                issuer.rstrip("/") + _WELL_KNOWN,
                accept="application/json",
                max_bytes=MOST_BYTES,
                deadline=DEADLINE_SECONDS,
            )
            document = response.json() if response.status == 200 else None
        except HttpError as error:
            raise ProviderAway(f"the provider's configuration cannot be had: {error.message}") from error
        if document is None:
            raise ProviderAway(f"the provider answers {response.status} for its configuration")
        return read_metadata(document, issuer, allow_http=self._allow_http)


def read_metadata(document: object, issuer: str, *, allow_http: bool = False) -> Metadata:
    """The configuration of this issuer; `ProviderAway` names the member that is wrong (Discovery sections 3 and 4.3)."""
    if not isinstance(document, Mapping):
        raise ProviderAway("the provider's configuration is no JSON object")
    if document.get("issuer") != issuer:
        raise ProviderAway("the provider's configuration names another issuer than it was registered with")
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    has_userinfo = document.get("userinfo_endpoint") is not None
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_address(document, "authorization_endpoint", allow_http),
        token_endpoint=_address(document, "token_endpoint", allow_http),
        jwks_uri=_address(document, "jwks_uri", allow_http),
        userinfo_endpoint=_address(document, "userinfo_endpoint", allow_http) if has_userinfo else None,
        auth_methods=frozenset(
            one for one in (methods if isinstance(methods, list) else []) if isinstance(one, str)
        ),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(document: Mapping[str, Any], member: str, allow_http: bool) -> str:
    address = document.get(member)
    if not isinstance(address, str) or "#" in address or not is_web_uri(address, allow_http=allow_http):
        raise ProviderAway(f"the provider's configuration has no https address as {member}")
    return address
