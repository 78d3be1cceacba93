"""From the bytes of a token to a principal: three kinds of token, one answer for each that does not hold.

A token that held is remembered for at most fifteen minutes and asked about at each use: is its tenant in service, was
it revoked, has it ended. None of that leaves the process.
"""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kernel.clock import Clock, system_clock
from tenants.directory import Directory
from tenants.door import Door
from tenants.model import ANONYMOUS, Principal, Tenant, TenantMismatch, TenantRequired, TenantSuspended
from tenants.signin.access_tokens import AccessTokens
from tenants.signin.claims import LONGEST_TOKEN, Unverified, peek
from tenants.signin.people import person_of_external_id, person_of_token
from tenants.signin.providers import Providers
from tenants.signin.refusals import refused_token
from tenants.signin.revocation_list import RevocationList
from tenants.signin.tokens import Token, TokenKind, parse_token

MOST_REMEMBERED = 50_000
REMEMBERED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Held:
    """A token that held: for whom, read at which position, until when, and whether it can be read anew."""

    principal: Principal
    position: int
    until: datetime
    renewable: bool


class Authenticator:
    """Tells who is asking. One per process; its `RevocationList` must be followed."""

    def __init__(
        self,
        *,
        directory: Directory,
        door: Door,
        access_tokens: AccessTokens,
        revocations: RevocationList,
        providers: Providers,
        clock: Clock = system_clock,
    ) -> None:
        self._directory = directory
        self._door = door
        self._access_tokens = access_tokens
        self._revocations = revocations
        self._providers = providers
        self._clock = clock
        self._held: OrderedDict[tuple[bytes, int], _Held] = OrderedDict()
        self._flights: dict[tuple[bytes, int], asyncio.Task[_Held]] = {}

    async def authenticate(self, *, token: str | None, tenant: Tenant | None) -> Principal:
        """Who is asking: the token's person, or nobody where there is no token.

        `tenant` is what header or host named. Raises `Unauthenticated`, `TenantMismatch`, `TenantSuspended`,
        `TenantRequired` (neither names a tenant), or `Unavailable` when tokens cannot be checked.
        """
        if tenant is not None and tenant.is_suspended:
            raise _suspended(tenant)
        if token is None:
            if tenant is None:
                raise TenantRequired("name a tenant: by its address, the header FediFlow-Tenant, or a token")
            return Principal(tenant, None, ANONYMOUS)
        self._revocations.require_sight()
        return await self._of_token(token, tenant)

    async def _of_token(self, token: str, tenant: Tenant | None) -> Principal:
        key = (_fingerprint(token), tenant.id if tenant is not None else 0)
        held = self._held.get(key)
        if held is not None and (held.until <= self._clock() or (held.renewable and self._is_revoked(held))):
            held = None  # a personal token outlives a change of roles: read it anew
        if held is None:
            self._held.pop(key, None)
            held = await self._verified(key, token, tenant)
        if self._is_revoked(held):
            self._held.pop(key, None)
            raise refused_token()
        now = tenant if tenant is not None else await self._in_service(held.principal.tenant)
        if now is not held.principal.tenant:
            held = replace(held, principal=replace(held.principal, tenant=now))
            self._held[key] = held
        return held.principal

    def _is_revoked(self, held: _Held) -> bool:
        principal = held.principal
        return self._revocations.is_revoked(
            tenant_id=principal.tenant.id,
            user_id=principal.viewer_id,
            session_id=principal.session_id,
            token_id=principal.token_id,
            position=held.position,
        )

    async def _in_service(self, tenant: Tenant) -> Tenant:
        """The tenant as it is now; the directory remembers it for seconds."""
        now = await self._directory.by_id(tenant.id)
        if now is None:
            raise refused_token()
        if now.is_suspended:
            raise _suspended(now)
        return now

    async def _verified(self, key: tuple[bytes, int], token: str, tenant: Tenant | None) -> _Held:
        """Checks a token once, however many requests bring it at the same time."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._verify(token, tenant))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        held = await asyncio.shield(flight)
        self._held[key] = held
        self._held.move_to_end(key)
        while len(self._held) > MOST_REMEMBERED:
            self._held.popitem(last=False)
        return held

    def _landed(self, key: tuple[bytes, int], flight: asyncio.Task[_Held]) -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()  # whoever waited has it; if nobody did any more, it is not lost either

    async def _verify(self, token: str, tenant: Tenant | None) -> _Held:
        if len(token) > LONGEST_TOKEN:
            raise refused_token()
        # Before anything is read, so that what changes meanwhile counts as later.
        position = self._revocations.position
        personal = parse_token(token)
        if personal is not None:
            return await self._personal(personal, tenant, position)
        unverified = peek(token)
        if unverified.issuer == self._access_tokens.issuer:
            return await self._of_session(token, unverified, tenant)
        return await self._of_provider(token, unverified, tenant, position)

    async def _of_session(self, token: str, unverified: Unverified, tenant: Tenant | None) -> _Held:
        access = self._access_tokens.verify(token, unverified, self._clock())
        own = await self._named(access.tenant_slug, tenant)
        if own.id != access.tenant_id:  # the name has gone to another institution
            raise refused_token()
        principal = Principal(
            own,
            access.user_id,
            access.held.access(),
            session_id=access.session_id,
            languages=access.languages,
        )
        return _Held(principal, access.position, access.expires_at, renewable=False)

    async def _personal(self, token: Token, tenant: Tenant | None, position: int) -> _Held:
        if token.kind is not TokenKind.PERSONAL:
            raise refused_token()
        own = await self._named(token.tenant_slug, tenant)
        now = self._clock()
        person = await person_of_token(self._door, own, token, now)
        principal = Principal(
            own, person.user_id, person.access, token_id=token.id, languages=person.languages
        )
        return _Held(principal, position, min(person.until, now + REMEMBERED_FOR), renewable=True)

    async def _of_provider(
        self, token: str, unverified: Unverified, tenant: Tenant | None, position: int
    ) -> _Held:
        if tenant is None:
            raise TenantRequired(
                "a token of an identity provider names no tenant: say it by address or header"
            )
        now = self._clock()
        found = await self._providers.verify(token, unverified, tenant, now)
        person = await person_of_external_id(self._door, tenant, found, now)
        principal = Principal(tenant, person.user_id, person.access, languages=person.languages)
        return _Held(principal, position, min(person.until, now + REMEMBERED_FOR), renewable=True)

    async def _named(self, slug: str, tenant: Tenant | None) -> Tenant:
        """The tenant that a token names, which must be the one that the request names."""
        if tenant is not None:
            if tenant.slug != slug:
                raise TenantMismatch("the token is of another tenant than the request")
            return tenant
        own = await self._directory.by_slug(slug)
        if own is None:
            raise refused_token()
        if own.is_suspended:
            raise _suspended(own)
        return own


def _fingerprint(token: str) -> bytes:
    return hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def _suspended(tenant: Tenant) -> TenantSuspended:
    return TenantSuspended("this institution's service is switched off", tenant=tenant.slug)
