"""From the bytes of a token to a principal: three kinds of token, one answer for each that does not hold.

A token that held is remembered for at most fifteen minutes and asked about at each use: is its tenant in service, was
it revoked, has it ended. None of that leaves the process. Of one that did not hold `wrong_tokens` keeps account.
"""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from kernel.clock import Clock, system_clock
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.directory import Directory, by_id
from tenants.door import Door
from tenants.model import (
    ANONYMOUS,
    Principal,
    Tenant,
    TenantMismatch,
    TenantRequired,
    TenantSuspended,
    Unauthenticated,
)
from tenants.signin.access_tokens import AccessTokens
from tenants.signin.claims import LONGEST_TOKEN, Unverified, peek
from tenants.signin.limits import SignInLimits
from tenants.signin.people import person_of_external_id, person_of_token
from tenants.signin.providers import Providers
from tenants.signin.refusals import NeverAgain, refused_token
from tenants.signin.revocation_list import RevocationList
from tenants.signin.tokens import Token, TokenKind, parse_token
from tenants.signin.wrong_tokens import Key, WrongTokens

MOST_REMEMBERED = 50_000
REMEMBERED_FOR = timedelta(minutes=15)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    """A token that held: for whom, read at which position, until when, and whether it can be read anew."""

    principal: Principal
    position: int
    until: datetime
    renewable: bool


@dataclass(frozen=True, slots=True)
class _Shown:
    """A token to check, for the tenant that the request names. `address`: where it came from, None if it held before."""

    key: Key
    text: str
    tenant: Tenant | None
    address: str | None


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
        limits: SignInLimits,
        clock: Clock = system_clock,
    ) -> None:
        self._directory = directory
        self._door = door
        self._access_tokens = access_tokens
        self._revocations = revocations
        self._providers = providers
        self._clock = clock
        self._wrong = WrongTokens(limits)
        self._held: OrderedDict[Key, _Held] = OrderedDict()
        self._flights: dict[Key, asyncio.Task[_Held]] = {}

    async def authenticate(
        self, *, token: str | None, tenant: Tenant | None, address: str | None = None
    ) -> Principal:
        """Who is asking: the token's person, or nobody where there is no token.

        `tenant` is what header or host named, `address` where the request came from. Raises `Unauthenticated`,
        `TenantMismatch`, `TenantSuspended`, `TenantRequired` (neither names a tenant), `RateLimited` (too many wrong
        tokens from there), or `Unavailable` when tokens cannot be checked.
        """
        if tenant is not None and tenant.is_suspended:
            raise _suspended(tenant)
        if token is None:
            if tenant is None:
                raise TenantRequired("name a tenant: by its address, the header FediFlow-Tenant, or a token")
            return Principal(tenant, None, ANONYMOUS)
        self._revocations.require_sight()
        return await self._of_token(token, tenant, address)

    def known(self, *, token: bytes | None, tenant: Tenant | None) -> Principal | None:
        """Who is asking, where that needs nobody's answer; None: `authenticate` must say, or refuse.

        `token` is the `fingerprint` of one.
        """
        if tenant is not None and tenant.is_suspended:
            return None
        if token is None:
            return Principal(tenant, None, ANONYMOUS) if tenant is not None else None
        held = self._held.get((token, tenant.id if tenant is not None else 0))
        if held is None or held.until <= self._clock() or not self._revocations.has_sight:
            return None
        if self._is_revoked(held):
            return None
        if tenant is None:
            entry = self._directory.fresh(by_id(held.principal.tenant.id))
            tenant = entry.tenant if entry is not None else None
        # the same object, or the directory has read it anew
        return held.principal if held.principal.tenant is tenant else None

    @property
    def position(self) -> int:
        """How far revocations were read: who keeps a principal asks about it again when this has moved."""
        return self._revocations.position

    def may_be_revoked(self, principal: Principal, position: int) -> bool:
        """Whether something after `position` ended tokens of this principal; raises `Unavailable` as `authenticate`."""
        return principal.user_id is not None and self._revocations.is_revoked(
            tenant_id=principal.tenant.id,
            user_id=principal.viewer_id,
            session_id=principal.session_id,
            token_id=principal.token_id,
            position=position,
        )

    async def _of_token(self, token: str, tenant: Tenant | None, address: str | None) -> Principal:
        key = (fingerprint(token), tenant.id if tenant is not None else 0)
        held = self._held.get(key)
        if held is None:
            held = await self._verified(_Shown(key, token, tenant, address))
        elif held.until <= self._clock() or (held.renewable and self._is_revoked(held)):
            # A personal token outlives a change of roles: read it anew.
            held = await self._verified(_Shown(key, token, tenant, None))
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

    async def _verified(self, shown: _Shown) -> _Held:
        """Checks a token once, however many requests bring it at the same time."""
        key = shown.key
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._verify(shown))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        try:
            held = await asyncio.shield(flight)
        except Unauthenticated:
            self._held.pop(key, None)
            raise
        self._held[key] = held
        self._held.move_to_end(key)
        while len(self._held) > MOST_REMEMBERED:
            self._held.popitem(last=False)
        return held

    def _landed(self, key: Key, flight: asyncio.Task[_Held]) -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()  # whoever waited has it; if nobody did any more, it is not lost either

    async def _verify(self, shown: _Shown) -> _Held:
        if len(shown.text) > LONGEST_TOKEN:
            raise refused_token()
        try:
            return await self._read(shown)
        except DATABASE_TROUBLE as error:
            _log.warning("a token could not be read", why=type(error).__name__)
            raise Unavailable("tokens cannot be checked now; try again in a moment") from error

    async def _read(self, shown: _Shown) -> _Held:
        # Before anything is read, so that what changes meanwhile counts as later.
        position = self._revocations.position
        personal = parse_token(shown.text)
        if personal is not None:
            return await self._personal(shown, personal, position)
        unverified = peek(shown.text)
        if unverified.issuer == self._access_tokens.issuer:
            return await self._of_session(shown, unverified)
        return await self._of_provider(shown, unverified, position)

    async def _of_session(self, shown: _Shown, unverified: Unverified) -> _Held:
        access = self._access_tokens.verify(shown.text, unverified, self._clock())
        own = await self._named(access.tenant_slug, shown.tenant)
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

    async def _personal(self, shown: _Shown, token: Token, position: int) -> _Held:
        if token.kind is not TokenKind.PERSONAL:
            raise refused_token()
        now = self._clock()
        await self._wrong.refuse(shown.key, shown.address, now)
        try:
            own = await self._named(token.tenant_slug, shown.tenant)
            person = await person_of_token(self._door, own, token, now)
        except Unauthenticated as error:
            await self._wrong.count(shown.address)
            if isinstance(error, NeverAgain):
                self._wrong.remember(shown.key, now)
            raise
        principal = Principal(
            own, person.user_id, person.access, token_id=token.id, languages=person.languages
        )
        return _Held(principal, position, min(person.until, now + REMEMBERED_FOR), renewable=True)

    async def _of_provider(self, shown: _Shown, unverified: Unverified, position: int) -> _Held:
        tenant, now = shown.tenant, self._clock()
        if tenant is None:
            raise TenantRequired(
                "a token of an identity provider names no tenant: say it by address or header"
            )
        # A registered issuer's tokens cost the directory nothing, so they are never refused for others' sake.
        if not self._providers.knows(tenant, unverified.issuer):
            await self._wrong.refuse(shown.key, shown.address, now)
        try:
            found = await self._providers.verify(shown.text, unverified, tenant, now)
        except Unauthenticated:
            if not self._providers.knows(tenant, unverified.issuer):
                await self._wrong.count(shown.address)
            raise
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


def fingerprint(token: str) -> bytes:
    """Stands for a token where it is remembered. The token itself is kept by open connections alone, to be shown again."""
    return hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def _suspended(tenant: Tenant) -> TenantSuspended:
    return TenantSuspended("this institution's service is switched off", tenant=tenant.slug)
