"""Signed fetches: who asks, and whether the institution answers them ("authorised fetch").

A key is fetched only where it matters who asks: where the institution wants signatures, or for what is not for everybody.
Whoever names a blocked host's key is refused before that; who signs nothing sees what everybody sees.
"""

from collections.abc import Callable

from api.federation_http.asked import Asked, FetchRefused, Visitor
from federation.objects.access import FetchAccess
from federation.protocol.origins import host_of
from federation.remote.failures import NotFetched
from federation.remote.fetcher import Fetcher
from federation.remote.signing import SignerSource
from federation.signatures import Claim, SignatureRefused, SignedRequest, parse_signature, verify
from kernel.clock import Clock, system_clock
from tenants.model import Tenant

SignerOf = Callable[[Tenant], SignerSource]


class SignedFetches:
    """Answers who fetches; one per process."""

    def __init__(
        self,
        fetcher: Fetcher,
        access: FetchAccess,
        signer_of: SignerOf,
        is_blocked: Callable[[str], bool],
        *,
        clock: Clock = system_clock,
    ) -> None:
        self._fetcher = fetcher
        self._access = access
        self._signer_of = signer_of
        self._is_blocked = is_blocked
        self._clock = clock

    async def admit(self, asked: Asked, *, is_actor: bool = False) -> bool:
        """Lets a fetch of what everybody may see go on; `FetchRefused` where the institution does not answer it.

        False where the answer is for this server alone: then no cache may give it to others.
        """
        rules = await self._access.rules(asked.tenant)
        if rules.mode == "closed":
            raise FetchRefused(403, "this institution is not open to other servers")
        must = rules.must_be_signed(is_actor=is_actor)
        if not _is_signed(asked):
            if must:
                raise FetchRefused(401, "this institution answers signed requests only (authorised fetch)")
            return True
        try:
            claim = parse_signature(_request(asked))
        except SignatureRefused as error:
            if must:
                raise FetchRefused(401, error.message) from error
            return True
        host = host_of(claim.key_id)
        if not host or self._is_blocked(host):
            raise FetchRefused(403, "this server is not answered")
        if not await self._access.is_dealt_with(asked.tenant, host, rules):
            raise FetchRefused(403, "this institution does not deal with this server")
        if must:
            await self._verified(asked, claim)
        return not must

    async def visitor(self, asked: Asked) -> Visitor:
        """Who signed, for what not everybody may see; nobody where it is not signed. `FetchRefused` as `admit` says."""
        if not _is_signed(asked):
            return Visitor()
        try:
            claim = parse_signature(_request(asked))
        except SignatureRefused as error:
            raise FetchRefused(401, error.message) from error
        owner = await self._verified(asked, claim)
        actor_id = await self._access.actor_id(asked.tenant, owner)
        if actor_id is None:
            raise FetchRefused(403, "this actor is suspended here")
        return Visitor(actor_id, is_signed=True)

    async def _verified(self, asked: Asked, claim: Claim) -> str:
        """The address of the actor whose key it is. A key that does not fit is asked for once more: it may be new."""
        request, signer = _request(asked), self._signer_of(asked.tenant)
        try:
            known = await self._fetcher.key(claim.key_id, signer)
            try:
                verify(claim, request, known.key, self._clock())
            except SignatureRefused:
                renewed = await self._fetcher.keys.renewed(known, signer)
                if renewed is None:
                    raise
                verify(claim, request, renewed.key, self._clock())
        except (SignatureRefused, NotFetched) as error:
            raise FetchRefused(401, f"the signature does not hold: {error.message}") from error
        return known.owner


def _is_signed(asked: Asked) -> bool:
    return "signature" in asked.request.headers


def _request(asked: Asked) -> SignedRequest:
    """The request as it was signed: for the host that the client addressed."""
    scope = asked.request.scope
    path = (scope.get("raw_path") or asked.request.url.path.encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name != b"host"
    )
    target = f"{path}?{query}" if query else path
    return SignedRequest(scope["method"], target, asked.origin.scheme, asked.origin.host, headers)
