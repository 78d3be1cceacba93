"""The mutations of signing in at a provider: registering it, inviting, linking, and completing what a browser began."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry

from academic.entities.people import USER
from api.schema.changing_identities import IDENTITY_LINKED, identity_changed
from api.schema.changing_people import SESSION, session_changed
from api.schema.inputs import (
    OPTIONAL,
    ChangeInput,
    TakesNull,
    filled,
    given_or,
    id_of,
    optional_id_of,
    optional_text_of,
    text_of,
)
from api.schema.mutation_fields import Changed, Repeatable, mutation
from api.schema.openid import OpenidProvider, OpenidProvisioning
from api.schema.people import User
from api.services import Services
from federation.entities.signin import OPENID_PROVIDER
from federation.local import addresses_of
from federation.signin.flows import LIFETIME, Wish, new_ticket
from federation.signin.invitations import create_invitation
from federation.signin.providers import (
    Matching,
    NewProvider,
    ProviderChanges,
    create_provider,
    enabled_provider,
    only_provider,
    remove_provider,
    update_provider,
)
from federation.signin.returning import checked_return
from federation.signin.start import is_challenge, start_address
from kernel.errors import INPUT, InvalidInput, below
from tenants.door import Door, Transaction
from tenants.model import Permission, Principal, Scope, Unauthenticated


@strawberry.input(description="People are found by the external id of this type that the claim says.")
class OpenidMatchingInput:
    claim: str
    type: str


@strawberry.input(description="`clientSecret` goes in and is never shown; without it, a public client.")
class CreateOpenidProviderInput:
    name: str
    issuer: str
    client_id: str
    provisioning: OpenidProvisioning
    client_secret: str | None = OPTIONAL
    requested_scopes: list[str] | None = OPTIONAL
    matching: OpenidMatchingInput | None = OPTIONAL
    asserted_scopes: list[str] | None = OPTIONAL
    never_reassigns: bool | None = OPTIONAL
    is_enabled: bool | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input(description="The issuer stays: another one is another provider.")
class UpdateOpenidProviderInput(ChangeInput):
    name: str | None = OPTIONAL
    client_id: str | None = OPTIONAL
    client_secret: str | None = OPTIONAL
    requested_scopes: list[str] | None = OPTIONAL
    provisioning: OpenidProvisioning | None = OPTIONAL
    matching: OpenidMatchingInput | None = OPTIONAL
    asserted_scopes: list[str] | None = OPTIONAL
    never_reassigns: bool | None = OPTIONAL
    is_enabled: bool | None = OPTIONAL


@strawberry.input(
    description="`providerId` where the institution has several; it ends in 14 days if not said."
)
class CreateInvitationInput:
    user_id: strawberry.ID
    provider_id: strawberry.ID | None = OPTIONAL
    return_to: str | None = OPTIONAL
    expires_at: datetime | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class StartOpenidLinkInput:
    provider_id: strawberry.ID
    return_to: str | None = strawberry.field(
        default=OPTIONAL, description="A page of the institution's domains; it completes the link."
    )
    code_challenge: str | None = strawberry.field(
        default=OPTIONAL, description="S256 of a verifier that the page keeps."
    )


@strawberry.input
class CompleteSignInInput:
    code: str = strawberry.field(description="What the page that got the browser back was given.")
    verifier: str | None = strawberry.field(
        default=OPTIONAL, description="What `code_challenge` was made of, where there was one."
    )


@strawberry.input
class CompleteOpenidLinkInput:
    code: str
    verifier: str | None = OPTIONAL


@dataclass(frozen=True, slots=True)
class _Completing:
    """What was read before the transaction: the input, and where the revocations stood."""

    code: str
    verifier: str | None
    position: int


def _matching(given: OpenidMatchingInput | None) -> Matching | None:
    return None if given is None else Matching(text_of(given, "claim"), text_of(given, "type"))


_CONVERTERS: dict[str, Any] = {"matching": TakesNull(_matching)}


def _new(given: CreateOpenidProviderInput) -> Mapping[str, Any]:
    return {"provider": filled(NewProvider, given, _CONVERTERS)}


async def _fit(
    door: Door, principal: Principal, given: Any, services: Services, address: str
) -> CreateOpenidProviderInput | UpdateOpenidProviderInput:
    """The input as it was, after the provider and the directory were asked; nobody else makes us ask them."""
    if not principal.access.may(Permission.MANAGE_SIGN_IN):
        return given  # type: ignore[no-any-return]  # refused in the transaction
    issuer = getattr(given, "issuer", None) if given_or(given.is_enabled) is not False else None
    scopes = given_or(given.asserted_scopes) or ()
    with below(INPUT):
        await services.signing_in.require_fit(principal.tenant, issuer=issuer, asserted_scopes=scopes)
    return given  # type: ignore[no-any-return]


async def _create(tx: Transaction, values: Mapping[str, Any], services: Services) -> Changed:
    return Changed(await create_provider(tx, services.data_keys, **values))


async def _update(tx: Transaction, given: UpdateOpenidProviderInput, services: Services, _: str) -> Changed:
    changed = await update_provider(
        tx,
        services.data_keys,
        provider_id=id_of(given, OPENID_PROVIDER),
        changes=filled(ProviderChanges, given, _CONVERTERS),
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


async def _remove(tx: Transaction, given: ChangeInput, services: Services, _: str) -> Changed:
    await remove_provider(
        tx,
        provider_id=id_of(given, OPENID_PROVIDER),
        expected_version=given_or(given.expected_version),
    )
    return Changed(None, {"is_removed": True})


def _invitation(given: CreateInvitationInput) -> Mapping[str, Any]:
    return {
        "user_id": id_of(given, USER, "user_id"),
        "named": optional_id_of(given, OPENID_PROVIDER, "provider_id"),
        "return_to": optional_text_of(given, "return_to"),
        "expires_at": given_or(given.expires_at),
    }


async def _invite(tx: Transaction, values: Mapping[str, Any], services: Services) -> Changed:
    here, named = addresses_of(tx.tenant, services.public_url), values["named"]
    return_to = checked_return(values["return_to"], here)
    invited = await create_invitation(tx, user_id=values["user_id"], expires_at=values["expires_at"])
    provider_id = named if named is not None else await only_provider(tx)
    await enabled_provider(tx, services.data_keys, provider_id)
    url = start_address(here, provider_id, invitation=invited.secret, return_to=return_to)
    return Changed(invited.user_id, {"url": url, "expires_at": invited.expires_at})


async def _start_link(tx: Transaction, given: StartOpenidLinkInput, services: Services, _: str) -> Changed:
    if tx.principal.user_id is None:
        raise Unauthenticated("sign in first")
    here = addresses_of(tx.tenant, services.public_url)
    provider_id = id_of(given, OPENID_PROVIDER, "provider_id")
    await enabled_provider(tx, services.data_keys, provider_id)
    wish = Wish(
        checked_return(optional_text_of(given, "return_to"), here),
        _challenge(optional_text_of(given, "code_challenge")),
        linking_user_id=tx.principal.user_id,
    )
    ticket = await new_ticket(tx, provider_id=provider_id, wish=wish)
    url = start_address(here, provider_id, ticket=ticket)
    return Changed(None, {"url": url, "expires_at": tx.now + LIFETIME})


def _challenge(text: str | None) -> str | None:
    if text is not None and not is_challenge(text):
        raise InvalidInput("a challenge is the base64url of a SHA-256", path=["codeChallenge"])
    return text


async def _position(
    door: Door, principal: Principal, given: CompleteSignInInput, services: Services, _: str
) -> _Completing:
    position = await services.revocations.position()
    return _Completing(given.code, given_or(given.verifier), position)


async def _complete(tx: Transaction, given: _Completing, services: Services, _: str) -> Changed:
    signed_in = await services.signing_in.take_session(
        tx, services, code=given.code, verifier=given.verifier, position=given.position
    )
    return await session_changed(tx, signed_in)


async def _complete_link(
    tx: Transaction, given: CompleteOpenidLinkInput, services: Services, _: str
) -> Changed:
    linked = await services.signing_in.link_account(tx, code=given.code, verifier=given_or(given.verifier))
    return identity_changed(linked)


def _provider(name: str, run: Any, input_: Any, description: str, **more: Any) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"openid_provider": OpenidProvider},
        scope=Scope.IDENTITIES_WRITE,
        description=description,
        **more,
    )


@strawberry.type
class OpenidMutations:
    create_openid_provider = _provider(
        "createOpenidProvider",
        Repeatable(_new, _create),
        CreateOpenidProviderInput,
        "Registers a provider that people sign in by; it is asked for its configuration.",
        prepare=_fit,
    )
    update_openid_provider = _provider(
        "updateOpenidProvider", _update, UpdateOpenidProviderInput, "Changes a provider.", prepare=_fit
    )
    remove_openid_provider = mutation(
        "removeOpenidProvider",
        _remove,
        input=ChangeInput,
        objects={},
        extras={"is_removed": bool},
        scope=Scope.IDENTITIES_WRITE,
        description="Removes a provider: nobody signs in by it any more. What was linked stays with its people.",
    )
    create_invitation = mutation(
        "createInvitation",
        Repeatable(_invitation, _invite),
        input=CreateInvitationInput,
        objects={"user": User},
        extras={
            "url": (str, "Shown this once: null where an earlier call is repeated by its `idempotencyKey`."),
            "expires_at": datetime,
        },
        scope=Scope.USERS_WRITE,
        description="Makes a link by which a person who never signed in does so at a provider; links before it end.",
    )
    start_openid_link = mutation(
        "startOpenidLink",
        _start_link,
        input=StartOpenidLinkInput,
        objects={},
        extras={
            "url": (str, "Where the viewer's browser goes, once, within ten minutes."),
            "expires_at": datetime,
        },
        scope=Scope.IDENTITIES_WRITE,
        description="Begins to link the viewer's account at a provider.",
    )
    complete_sign_in = mutation(
        "completeSignIn",
        _complete,
        prepare=_position,
        input=CompleteSignInInput,
        objects={"user": User},
        extras=SESSION,
        scope=None,
        is_open=True,
        description="Begins the session of whoever came back from a provider: what `signIn` gives, for the code.",
    )
    complete_openid_link = mutation(
        "completeOpenidLink",
        _complete_link,
        input=CompleteOpenidLinkInput,
        description="Links the account that the browser came back from, to the viewer who began it.",
        **IDENTITY_LINKED,
    )
