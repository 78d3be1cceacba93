"""Adding people and changing who they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import insert, select

from kernel.errors import InvalidInput
from kernel.languages import language_tag
from kernel.unset import UNSET, Unset
from tenants.attributes.model import Given
from tenants.attributes.operations import write_attributes
from tenants.authority import require
from tenants.changing import taken_values, touch, write_changes
from tenants.door import Transaction
from tenants.external_ids import ExternalId, write_external_ids
from tenants.model import Forbidden, Permission
from tenants.people.administrators import keep_an_administrator
from tenants.people.emails import NewEmail, write_emails
from tenants.people.model import (
    LONGEST_BIOGRAPHY,
    LONGEST_DISPLAY_NAME,
    LONGEST_NAME,
    LONGEST_PRONOUNS,
    checked_handle,
    https_url,
    line,
    paragraphs,
)
from tenants.people.rights import Person, person_to_change, person_to_manage
from tenants.signin.providers import EXTERNAL_ID_TYPE
from tenants.signin.revocations import RevocationKind, Revocations, revoke_after_commit
from tenants.signin.sessions import end_sessions_of
from tenants.tables import user_attributes, user_external_ids, users

# What others say about somebody, or find them by; the rest people say of themselves.
_NOT_ONES_OWN = {
    "handle": "handle",
    "given_name": "givenName",
    "family_name": "familyName",
    "external_ids": "externalIds",
}
_TAKEN = {"users_tenant_id_handle_key": ("another person has this handle", ["input", "handle"])}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person. Without a display name it is given and family name."""

    handle: str
    given_name: str
    family_name: str
    display_name: str | None = None
    emails: Sequence[NewEmail] = ()
    preferred_language: str | None = None
    pronouns: str | None = None
    biography: str | None = None
    avatar_url: str | None = None
    external_ids: Sequence[ExternalId] = ()
    attributes: Mapping[str, Given | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What becomes different about a person; attributes that are not named stay, null takes one away."""

    handle: str | Unset = UNSET
    given_name: str | Unset = UNSET
    family_name: str | Unset = UNSET
    display_name: str | Unset = UNSET
    preferred_language: str | Unset | None = UNSET
    pronouns: str | Unset | None = UNSET
    biography: str | Unset | None = UNSET
    avatar_url: str | Unset | None = UNSET
    is_searchable: bool | Unset = UNSET
    external_ids: Sequence[ExternalId] | Unset = UNSET
    attributes: Mapping[str, Given | None] = field(default_factory=dict)


async def create_user(tx: Transaction, *, user: NewUser) -> int:
    """Adds a person, who has no role and no password yet."""
    require(tx, Permission.WRITE_USERS, "add people")
    values = {
        "handle": checked_handle(user.handle, ["input", "handle"]),
        "given_name": _name(user.given_name, "givenName"),
        "family_name": _name(user.family_name, "familyName"),
        "display_name": _display_name(
            user.display_name or f"{user.given_name.strip()} {user.family_name.strip()}"
        ),
        "preferred_language": _language(user.preferred_language),
        "pronouns": _optional(user.pronouns, _pronouns),
        "biography": _optional(user.biography, _biography),
        "avatar_url": _optional(user.avatar_url, _avatar_url),
    }
    user_id = tx.new_id()
    with taken_values(_TAKEN):
        await tx.connection.execute(
            insert(users).values(
                tenant_id=tx.tenant_id, id=user_id, created_at=tx.now, updated_at=tx.now, **values
            )
        )
    await write_emails(tx, user_id, user.emails, may_verify=True)
    await write_external_ids(tx, user_external_ids, "user", user_id, user.external_ids)
    await write_attributes(tx, table=user_attributes, owner="user", owner_id=user_id, values=user.attributes)
    await tx.announce("user.created", "user", user_id)
    return user_id


async def update_user(
    tx: Transaction,
    revocations: Revocations,
    *,
    user_id: int,
    changes: UserChanges,
    expected_version: int | None = None,
) -> int:
    """Changes what is known of a person. People change of themselves what is not their official name or handle, and nobody
    else consents for them to be found.

    An identity at a provider that is no longer theirs signs nobody in from then on.
    """
    person = await person_to_change(tx, user_id, "change people", expected_version=expected_version)
    _require_right(tx, person, changes)
    _require_consent(person, changes)
    values = {
        "handle": _given(changes.handle, lambda value: checked_handle(value, ["input", "handle"])),
        "given_name": _given(changes.given_name, lambda value: _name(value, "givenName")),
        "family_name": _given(changes.family_name, lambda value: _name(value, "familyName")),
        "display_name": _given(changes.display_name, _display_name),
        "preferred_language": _given(changes.preferred_language, _language),
        "pronouns": _given(changes.pronouns, lambda value: _optional(value, _pronouns)),
        "biography": _given(changes.biography, lambda value: _optional(value, _biography)),
        "avatar_url": _given(changes.avatar_url, lambda value: _optional(value, _avatar_url)),
        "is_searchable": changes.is_searchable,
    }
    with taken_values(_TAKEN):
        is_changed = await write_changes(tx, users, person.row, values)
    if await _write_attached(tx, revocations, person, changes) and not is_changed:
        await touch(tx, users, user_id)
        is_changed = True
    if is_changed:
        await tx.announce("user.updated", "user", user_id)
    return user_id


async def suspend_user(
    tx: Transaction, revocations: Revocations, *, user_id: int, expected_version: int | None = None
) -> int:
    """Shuts somebody out: their sessions end, their tokens give nothing until they are let in again."""
    person = await person_to_manage(tx, user_id, "suspend people", expected_version=expected_version)
    if person.is_own:
        raise InvalidInput("nobody suspends themselves", path=["input", "id"])
    await keep_an_administrator(tx, without=user_id)
    if await write_changes(tx, users, person.row, {"status": "suspended"}):
        await end_sessions_of(tx, user_id=user_id, reason="suspended")
        await tx.announce("user.suspended", "user", user_id)
        await revoke_after_commit(tx, revocations, kind=RevocationKind.USER, subject_id=user_id)
    return user_id


async def reactivate_user(tx: Transaction, *, user_id: int, expected_version: int | None = None) -> int:
    """Lets somebody in again, by a new sign-in or their tokens."""
    person = await person_to_manage(tx, user_id, "let people in", expected_version=expected_version)
    if await write_changes(tx, users, person.row, {"status": "active"}):
        await tx.announce("user.reactivated", "user", user_id)
    return user_id


def _require_right(tx: Transaction, person: Person, changes: UserChanges) -> None:
    if tx.principal.access.may(Permission.WRITE_USERS):
        return
    for name, member in _NOT_ONES_OWN.items():
        if getattr(changes, name) is not UNSET:
            raise Forbidden(
                "this is changed by whoever keeps the institution's people", path=["input", member]
            )


def _require_consent(person: Person, changes: UserChanges) -> None:
    """To be found is for each person to say of themselves; whoever may change others takes it back."""
    if changes.is_searchable is True and not (person.is_own or person.row["is_searchable"]):
        raise Forbidden("a person consents to be found themselves", path=["input", "isSearchable"])


async def _write_attached(
    tx: Transaction, revocations: Revocations, person: Person, changes: UserChanges
) -> bool:
    written = await write_attributes(
        tx,
        table=user_attributes,
        owner="user",
        owner_id=person.id,
        values=changes.attributes,
        is_own=person.is_own,
    )
    if isinstance(changes.external_ids, Unset):
        return written
    staying = {one.value for one in changes.external_ids if one.type == EXTERNAL_ID_TYPE}
    if await _identities(tx, person.id) - staying:
        await revoke_after_commit(tx, revocations, kind=RevocationKind.USER, subject_id=person.id)
    await write_external_ids(tx, user_external_ids, "user", person.id, changes.external_ids)
    return True


async def _identities(tx: Transaction, user_id: int) -> set[str]:
    """Whom this person is at identity providers."""
    ids = user_external_ids.c
    query = select(ids.value).where(
        ids.tenant_id == tx.tenant_id, ids.user_id == user_id, ids.type == EXTERNAL_ID_TYPE
    )
    return set((await tx.connection.execute(query)).scalars())


def _given(value: T | Unset, check: Callable[[T], Any]) -> Any:
    return UNSET if isinstance(value, Unset) else check(value)


def _optional(value: str | None, check: Callable[[str], str]) -> str | None:
    return None if value is None or not value.strip() else check(value)


def _name(value: str, member: str) -> str:
    return line(value, ["input", member], longest=LONGEST_NAME, what="a name")


def _display_name(value: str) -> str:
    return line(value, ["input", "displayName"], longest=LONGEST_DISPLAY_NAME, what="a display name")


def _pronouns(value: str) -> str:
    return line(value, ["input", "pronouns"], longest=LONGEST_PRONOUNS, what="pronouns")


def _biography(value: str) -> str:
    return paragraphs(value, ["input", "biography"], longest=LONGEST_BIOGRAPHY, what="a biography")


def _avatar_url(value: str) -> str:
    return https_url(value, ["input", "avatarUrl"], what="an avatar's address")


def _language(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return language_tag(value)
    except InvalidInput as error:
        raise InvalidInput(error.message, path=["input", "preferredLanguage"]) from None
