"""Mutations of people, their roles, the fields an institution declares, and of signing in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from academic.entities.people import USER
from api.schema.enums import AttributeOwner, AttributeType, Role
from api.schema.inputs import (
    OPTIONAL,
    AttributeInput,
    ChangeInput,
    LocalizedTextInput,
    each,
    external_id_list,
    filled,
    given_or,
    id_of,
    optional_id_of,
    text_of,
    texts,
)
from api.schema.mutation_fields import Changed, Repeatable, mutation
from api.schema.people import PersonalAccessToken, RoleAssignment, User
from api.schema.runs import acts, attribute_texts, creates
from api.schema.shared import AttributeDefinition, ExternalIdInput
from kernel.errors import InvalidInput, below
from tenants.attributes.operations import NewAttribute, declare_attribute
from tenants.authority import held_roles
from tenants.door import Door, Transaction
from tenants.entities import ORG_UNIT, PERSONAL_ACCESS_TOKEN, ROLE_ASSIGNMENT
from tenants.model import Principal, Scope
from tenants.model import Role as HeldRole
from tenants.people.emails import NewEmail, set_emails
from tenants.people.operations import (
    NewUser,
    UserChanges,
    create_user,
    reactivate_user,
    suspend_user,
    update_user,
)
from tenants.people.passwords import set_password
from tenants.people.roles import grant_role, revoke_role
from tenants.signin.operations import SignedIn, create_token, refresh, revoke_token, sign_in, sign_out
from tenants.signin.passwords import CheckedPassword, check_password
from tenants.signin.services import SignInServices


@strawberry.input
class EmailInput:
    address: str
    is_primary: bool | None = OPTIONAL
    is_verified: bool | None = OPTIONAL


@strawberry.input
class CreateUserInput:
    handle: str
    given_name: str
    family_name: str
    display_name: str | None = OPTIONAL
    emails: list[EmailInput] | None = OPTIONAL
    preferred_language: str | None = OPTIONAL
    pronouns: str | None = OPTIONAL
    biography: str | None = OPTIONAL
    avatar_url: str | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateUserInput(ChangeInput):
    handle: str | None = OPTIONAL
    given_name: str | None = OPTIONAL
    family_name: str | None = OPTIONAL
    display_name: str | None = OPTIONAL
    preferred_language: str | None = OPTIONAL
    pronouns: str | None = OPTIONAL
    biography: str | None = OPTIONAL
    avatar_url: str | None = OPTIONAL
    is_searchable: bool | None = strawberry.field(
        default=OPTIONAL,
        description="Whether all members of the institution find the person by `search` while they teach. True is for each "
        "person to say of themselves; who may change profiles can say false for others.",
    )
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL


@strawberry.input
class SetEmailsInput(ChangeInput):
    emails: list[EmailInput]


@strawberry.input
class SetPasswordInput:
    user_id: strawberry.ID
    password: str
    current_password: str | None = OPTIONAL


@strawberry.input(description="In the whole institution, or for `orgUnitId` and everything below it.")
class GrantRoleInput:
    user_id: strawberry.ID
    role: Role
    org_unit_id: strawberry.ID | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class RevokeRoleInput:
    id: strawberry.ID


@strawberry.input(
    description="`readableBy` and `writableBy` list roles, or `everyone`, or for people `owner`."
)
class DeclareAttributeInput:
    owner: AttributeOwner
    name: str
    value_type: AttributeType
    label: list[LocalizedTextInput]
    choices: list[str] | None = OPTIONAL
    readable_by: list[str] | None = OPTIONAL
    writable_by: list[str] | None = OPTIONAL
    is_filterable: bool | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class SignInInput:
    handle_or_email: str
    password: str


@strawberry.input
class RefreshInput:
    refresh_token: str


@strawberry.input(
    description="Scopes such as `courses:read`; without `userId` the token is the viewer's own."
)
class CreateTokenInput:
    name: str
    scopes: list[str]
    expires_at: datetime
    user_id: strawberry.ID | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class RevokeTokenInput:
    id: strawberry.ID


def _emails(values: list[EmailInput]) -> list[NewEmail]:
    return each(values, lambda one: filled(NewEmail, one, {}))


_USER: dict[str, Any] = {"emails": _emails, "external_ids": external_id_list, "attributes": attribute_texts}


async def _update_user(tx: Transaction, given: UpdateUserInput, services: SignInServices, _: str) -> Changed:
    changed = await update_user(
        tx,
        services.revocations,
        user_id=id_of(given, USER),
        changes=filled(UserChanges, given, _USER),
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


async def _suspend_user(tx: Transaction, given: ChangeInput, services: SignInServices, _: str) -> Changed:
    changed = await suspend_user(
        tx,
        services.revocations,
        user_id=id_of(given, USER),
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


async def _set_emails(tx: Transaction, given: SetEmailsInput, services: SignInServices, _: str) -> Changed:
    with below("emails"):
        emails = _emails(given.emails)
    changed = await set_emails(
        tx,
        user_id=id_of(given, USER),
        emails=emails,
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


async def _set_password(
    tx: Transaction, given: SetPasswordInput, services: SignInServices, _: str
) -> Changed:
    changed = await set_password(
        tx,
        services,
        user_id=id_of(given, USER, "user_id"),
        password=given.password,
        current_password=given_or(given.current_password),
    )
    return Changed(changed)


def _role(given: GrantRoleInput) -> Mapping[str, Any]:
    return {
        "user_id": id_of(given, USER, "user_id"),
        "role": HeldRole(given.role.value),
        "org_unit_id": optional_id_of(given, ORG_UNIT, "org_unit_id"),
    }


async def _grant_role(tx: Transaction, values: Mapping[str, Any], services: SignInServices) -> Changed:
    return Changed(await grant_role(tx, services.revocations, **values))


async def _revoke_role(tx: Transaction, given: RevokeRoleInput, services: SignInServices, _: str) -> Changed:
    assignment = id_of(given, ROLE_ASSIGNMENT)
    return Changed(await revoke_role(tx, services.revocations, assignment_id=assignment))


async def _check_password(
    door: Door, principal: Principal, given: SignInInput, services: SignInServices, address: str
) -> CheckedPassword:
    return await check_password(
        door,
        principal.tenant,
        services,
        handle_or_email=given.handle_or_email,
        password=given.password,
        address=address,
    )


async def _sign_in(tx: Transaction, checked: CheckedPassword, services: SignInServices, _: str) -> Changed:
    return await session_changed(tx, await sign_in(tx, services, checked))


async def _refresh(tx: Transaction, given: RefreshInput, services: SignInServices, address: str) -> Changed:
    return await session_changed(
        tx, await refresh(tx, services, refresh_token=given.refresh_token, address=address)
    )


async def session_changed(tx: Transaction, signed_in: SignedIn) -> Changed:
    """The payload is hydrated as the person who has just signed in."""
    held = await held_roles(tx.connection, tx.tenant_id, signed_in.user_id)
    principal = Principal(
        tx.tenant, signed_in.user_id, held.access(), signed_in.session_id, languages=tx.principal.languages
    )
    extras = {
        "access_token": signed_in.access_token,
        "refresh_token": signed_in.refresh_token,
        "expires_at": signed_in.expires_at,
    }
    return Changed(signed_in.user_id, extras, principal)


async def _sign_out(tx: Transaction, given: None, services: SignInServices, _: str) -> Changed:
    await sign_out(tx, services.revocations)
    return Changed(tx.principal.user_id)


def _token(given: CreateTokenInput) -> Mapping[str, Any]:
    with below("scopes"):
        scopes = each(given.scopes, _scope)
    return {
        "name": text_of(given, "name"),
        "scopes": scopes,
        "expires_at": given.expires_at,
        "user_id": optional_id_of(given, USER, "user_id"),
    }


async def _create_token(tx: Transaction, values: Mapping[str, Any], services: SignInServices) -> Changed:
    token = await create_token(tx, **values)
    return Changed(token.id, {"secret": token.secret})


async def _revoke_token(
    tx: Transaction, given: RevokeTokenInput, services: SignInServices, _: str
) -> Changed:
    token = id_of(given, PERSONAL_ACCESS_TOKEN)
    return Changed(await revoke_token(tx, services.revocations, token_id=token))


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        known = ", ".join(Scope)
        raise InvalidInput(f"{text[:40]!r} is not a scope; these are: {known}") from None


def _user(name: str, run: Any, input_: Any, description: str) -> Any:
    return mutation(
        name, run, input=input_, objects={"user": User}, scope=Scope.USERS_WRITE, description=description
    )


SESSION: dict[str, Any] = {"access_token": str, "refresh_token": str, "expires_at": datetime}


@strawberry.type
class PeopleMutations:
    create_user = _user(
        "createUser", creates(create_user, "user", NewUser, _USER), CreateUserInput, "Adds a person."
    )
    update_user = _user(
        "updateUser", _update_user, UpdateUserInput, "Changes a person; people change themselves."
    )
    suspend_user = _user(
        "suspendUser",
        _suspend_user,
        ChangeInput,
        "Ends every session of a person and lets them in no more; their tokens give nothing until they are let in again.",
    )
    reactivate_user = _user(
        "reactivateUser", acts(reactivate_user, "user_id", USER), ChangeInput, "Lets a person in again."
    )
    set_emails = _user("setEmails", _set_emails, SetEmailsInput, "Replaces a person's e-mail addresses.")
    set_password = _user(
        "setPassword",
        _set_password,
        SetPasswordInput,
        "Sets a password and ends every session of that person.",
    )
    grant_role = mutation(
        "grantRole",
        Repeatable(_role, _grant_role),
        input=GrantRoleInput,
        objects={"role_assignment": RoleAssignment},
        scope=Scope.USERS_WRITE,
        description="Gives a person a role.",
    )
    revoke_role = _user("revokeRole", _revoke_role, RevokeRoleInput, "Takes a role from a person.")
    declare_attribute = mutation(
        "declareAttribute",
        creates(declare_attribute, "attribute", NewAttribute, {"label": texts}),
        input=DeclareAttributeInput,
        objects={"attribute_definition": AttributeDefinition},
        scope=Scope.ORG_UNITS_WRITE,
        description="Declares a field of the institution's own.",
    )
    sign_in = mutation(
        "signIn",
        _sign_in,
        prepare=_check_password,
        input=SignInInput,
        objects={"user": User},
        extras=SESSION,
        scope=None,
        is_open=True,
        description="Begins a session: an access token for 15 minutes, and a refresh token for the next ones.",
    )
    refresh = mutation(
        "refresh",
        _refresh,
        input=RefreshInput,
        objects={"user": User},
        extras=SESSION,
        scope=None,
        is_open=True,
        description="Goes on with a session. A refresh token used twice ends it.",
    )
    sign_out = mutation(
        "signOut", _sign_out, input=None, objects={"user": User}, scope=None, description="Ends the session."
    )
    create_token = mutation(
        "createToken",
        Repeatable(_token, _create_token),
        input=CreateTokenInput,
        objects={"personal_access_token": PersonalAccessToken},
        extras={
            "secret": (
                str,
                "Shown this once: null where an earlier call is repeated by its `idempotencyKey`.",
            )
        },
        scope=Scope.TOKENS_WRITE,
        description="Makes a personal access token; the secret is shown this once.",
    )
    revoke_token = mutation(
        "revokeToken",
        _revoke_token,
        input=RevokeTokenInput,
        objects={"personal_access_token": PersonalAccessToken},
        scope=Scope.TOKENS_WRITE,
        description="Ends a personal access token.",
    )
