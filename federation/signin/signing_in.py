"""The steps of a sign-in at a provider: begin, come back, complete. Each is a transaction; between them the network is asked.

`begin` and `come_back` are what a browser does at our addresses. `take_session` and `link_account` are what the page does
that gets the browser back, with the code that it is given: no token stands in an address, and who links an account is asked
by the session that wanted it, so a link sent to somebody else links nothing of theirs.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]  # no types

from federation.identities.linking import Linked, link_identity
from federation.identities.model import Verification
from federation.signin import flows
from federation.signin.claims import Claims
from federation.signin.client import OpenidClient
from federation.signin.flows import Returned, Vouched, Wish
from federation.signin.providers import (
    OwnerOf,
    Provider,
    asserted,
    checked_issuer,
    enabled_provider,
    require_not_of_others,
)
from federation.signin.recognising import Recognised, Shown, link_others, recognise
from federation.signin.refusals import NoSuchSignIn, ProviderAway, ProviderRefused
from federation.signin.returning import with_answer
from kernel.errors import InvalidInput
from tenants.authority import system_principal
from tenants.changing import AlreadyTaken
from tenants.data_keys import DataKeys
from tenants.door import Door, Transaction
from tenants.model import Forbidden, Tenant, Unauthenticated
from tenants.signin.operations import SignedIn, begin_session
from tenants.signin.services import SignInServices

_TRIES = 3
# RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6, as far as they say more than "an error".
_ERRORS = {
    "access_denied": "you or the provider said no",
    "login_required": "you are not signed in there",
    "consent_required": "it needs your consent",
    "interaction_required": "it needs to ask you something",
    "account_selection_required": "it needs to know which account",
    "temporarily_unavailable": "it is busy",
    "server_error": "something went wrong there",
    "unauthorized_client": "it does not let this institution ask",
    "invalid_scope": "it does not give what it was asked for",
    "invalid_request": "it did not understand the request",
    "unsupported_response_type": "it does not speak the authorization code flow",
}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Away:
    """Where the browser goes now, and the secret that it keeps as a cookie until this sign-in is over."""

    address: str = field(repr=False)
    flow_id: int
    binding: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back with the browser (RFC 6749 section 4.1.2, RFC 9207)."""

    code: str | None = field(repr=False)
    error: str | None
    issuer: str | None


class SigningIn:
    """What a process needs for it. `owner_of` says which institution has a domain."""

    def __init__(self, door: Door, keys: DataKeys, client: OpenidClient, owner_of: OwnerOf) -> None:
        self._door = door
        self._keys = keys
        self._client = client
        self._owner_of = owner_of

    async def require_fit(
        self, tenant: Tenant, *, issuer: str | None, asserted_scopes: Sequence[str]
    ) -> None:
        """Refuses a provider (`InvalidInput`) that cannot be asked, or that would speak for another institution's people.

        `issuer` None: it is not to be asked now.
        """
        await require_not_of_others(asserted(asserted_scopes), tenant, self._owner_of)
        if issuer is None:
            return
        try:
            await self._client.discovery.of(checked_issuer(issuer))
        except ProviderAway as error:
            raise InvalidInput(error.message, path=["issuer"]) from error

    async def begin(
        self,
        tenant: Tenant,
        *,
        provider_id: int,
        redirect_uri: str,
        wish: Wish | None = None,
        ticket: str | None = None,
    ) -> Away:
        """A new sign-in with this wish, or the one that a ticket stands for."""
        async with self._door.write(system_principal(tenant)) as tx:
            provider = await enabled_provider(tx, self._keys, provider_id)
        # Asked before anything is kept: where the provider is away, nothing was begun.
        await self._client.discovery.of(provider.client.issuer)
        async with self._door.write(system_principal(tenant)) as tx:
            if ticket is not None:
                sent = await flows.send_by_ticket(
                    tx, self._keys, provider_id=provider_id, ticket=ticket, redirect_uri=redirect_uri
                )
            else:
                assert wish is not None
                sent = await flows.send(
                    tx, self._keys, provider_id=provider_id, wish=wish, redirect_uri=redirect_uri
                )
        address = await self._client.address(provider.client, sent.begun)
        return Away(address, sent.flow_id, sent.binding)

    async def flow_of(self, tenant: Tenant, state: str) -> int:
        """Which sign-in came back; `NoSuchSignIn` where nobody began it here."""
        async with self._door.write(system_principal(tenant)) as tx:
            found = await flows.flow_of_state(tx, state)
        if found is None:
            raise NoSuchSignIn("nobody began this sign-in here, or it was long ago: begin again")
        return found

    async def come_back(
        self, tenant: Tenant, *, flow_id: int, binding: str | None, answer: Answer, redirect_uri: str
    ) -> str:
        """Where the browser goes on, with a one-time code in the address.

        Raises `NoSuchSignIn`, `ProviderRefused`, `ProviderAway`, `UnableToSignIn`; the sign-in is over then.
        """
        async with self._door.write(system_principal(tenant)) as tx:
            flow = await flows.take_back(tx, self._keys, flow_id=flow_id, binding=binding)
            provider = await enabled_provider(tx, self._keys, flow.provider_id)
        claims = await self._claims(provider, flow, answer, redirect_uri)
        scopes = await self._scopes(tenant, provider)
        if flow.linking_user_id is not None:
            kept = Vouched(claims, scopes)
            async with self._door.write(system_principal(tenant)) as tx:
                code = await flows.keep_vouched(tx, self._keys, flow_id=flow.flow_id, vouched=kept)
        else:
            code = await self._recognised(tenant, flow, Shown(provider, claims, scopes, flow.invitation_hash))
        return with_answer(flow.return_to, code=code)

    async def _claims(self, provider: Provider, flow: Returned, answer: Answer, redirect_uri: str) -> Claims:
        if answer.error is not None or not answer.code:
            if answer.issuer is not None and answer.issuer != provider.client.issuer:
                raise ProviderRefused("what came back is of another issuer than the one that was asked")
            why = _ERRORS.get(answer.error or "", "it sent back no code")
            raise ProviderRefused(f"the provider let nobody in: {why}")
        return await self._client.claims(
            provider.client,
            code=answer.code,
            issuer=answer.issuer,
            redirect_uri=redirect_uri,
            nonce=flow.nonce,
            verifier=flow.code_verifier,
        )

    async def _recognised(self, tenant: Tenant, flow: Returned, shown: Shown) -> str:
        """The code for a session of the person; where they are claimed by two, the case is kept and nobody comes in."""

        async def once(tx: Transaction) -> Recognised | str:
            found = await recognise(tx, self._keys, shown)
            if found.user_id is None:
                return found
            return await flows.keep_person(tx, flow_id=flow.flow_id, user_id=found.user_id)

        found = await self._again(tenant, once)
        if isinstance(found, str):
            return found
        assert found.refusal is not None
        _log.warning("a sign-in is claimed by two", tenant_id=tenant.id, provider_id=shown.provider.id)
        raise found.refusal

    async def _again(
        self, tenant: Tenant, once: Callable[[Transaction], Awaitable[Recognised | str]]
    ) -> Recognised | str:
        """Once more where somebody else took the handle or the address in between."""
        for _ in range(_TRIES - 1):
            try:
                async with self._door.write(system_principal(tenant)) as tx:
                    return await once(tx)
            except AlreadyTaken:
                continue
        async with self._door.write(system_principal(tenant)) as tx:
            return await once(tx)

    async def _scopes(self, tenant: Tenant, provider: Provider) -> frozenset[str]:
        """The domains that the provider speaks for now: one that has become another institution's is none of them."""
        own = set(tenant.domains)
        for scope in provider.asserted_scopes - own:
            if await self._owner_of(scope) in (None, tenant.id):
                own.add(scope)
        return frozenset(own)

    async def take_session(
        self, tx: Transaction, services: SignInServices, *, code: str, verifier: str | None, position: int
    ) -> SignedIn:
        """The session that a code stands for; `position` as `begin_session` has it."""
        done = await flows.take_code(
            tx, self._keys, code=code, challenge=challenge_of(verifier), linking=False
        )
        if done.user_id is None:
            raise NoSuchSignIn("this sign-in let nobody in: begin again")
        return await begin_session(tx, services, user_id=done.user_id, position=position)

    async def link_account(self, tx: Transaction, *, code: str, verifier: str | None) -> Linked:
        """Links what a code stands for to whoever asks, who must be who began it."""
        done = await flows.take_code(
            tx, self._keys, code=code, challenge=challenge_of(verifier), linking=True
        )
        if tx.principal.user_id is None or done.vouched is None:
            raise Unauthenticated("sign in first")
        if done.linking_user_id != tx.principal.user_id:
            raise Forbidden("another person began this: who links an account has begun that themselves")
        provider = await enabled_provider(tx, self._keys, done.provider_id)
        shown = Shown(provider, done.vouched.claims, done.vouched.scopes)
        linked = await link_identity(
            tx,
            self._keys,
            user_id=tx.principal.user_id,
            identity=shown.subject,
            verified_by=Verification.PROVIDER,
        )
        if linked.conflict_id is None:
            await link_others(tx, self._keys, user_id=tx.principal.user_id, shown=shown)
        return linked


def challenge_of(verifier: str | None) -> str | None:
    """S256 of a verifier (RFC 7636 section 4.2)."""
    if verifier is None:
        return None
    if not verifier.isascii():
        raise NoSuchSignIn("a verifier has ASCII characters only")
    return str(create_s256_code_challenge(verifier))
