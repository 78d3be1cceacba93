"""How a person is reached: their e-mail addresses, one of them primary."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from kernel.errors import InvalidInput
from tenants.changing import taken_values, touch
from tenants.door import Transaction
from tenants.model import Forbidden, Permission
from tenants.people.model import checked_email, email_key
from tenants.people.rights import person_to_change
from tenants.tables import user_emails, users

MOST_EMAILS = 10
_TAKEN = {
    "user_emails_address_key_key": (
        "another person has this address as their primary one",
        ["input", "emails"],
    )
}


@dataclass(frozen=True, slots=True)
class NewEmail:
    """An address; `is_verified` None keeps what is known of it."""

    address: str
    is_primary: bool = False
    is_verified: bool | None = None


async def set_emails(
    tx: Transaction, *, user_id: int, emails: Sequence[NewEmail], expected_version: int | None = None
) -> int:
    """Makes these a person's addresses. A new address is unverified unless whoever writes users says otherwise."""
    person = await person_to_change(tx, user_id, "change people", expected_version=expected_version)
    await write_emails(tx, person.id, emails, may_verify=tx.principal.access.may(Permission.WRITE_USERS))
    await touch(tx, users, user_id)
    await tx.announce("user.updated", "user", user_id)
    return user_id


async def write_emails(
    tx: Transaction, user_id: int, emails: Sequence[NewEmail], *, may_verify: bool
) -> None:
    """Makes these the addresses of a person whose row the caller holds. A single one is the primary one."""
    _check(emails, may_verify)
    known = await _known(tx, user_id)
    await tx.connection.execute(
        delete(user_emails).where(user_emails.c.tenant_id == tx.tenant_id, user_emails.c.user_id == user_id)
    )
    if not emails:
        return
    rows = [
        _row(tx, user_id, email, place, known, is_only=len(emails) == 1) for place, email in enumerate(emails)
    ]
    with taken_values(_TAKEN):
        await tx.connection.execute(insert(user_emails).values(rows))


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    verified_at: datetime | None


async def _known(tx: Transaction, user_id: int) -> dict[str, _Known]:
    table = user_emails.c
    query = select(table.id, table.address_key, table.verified_at).where(
        table.tenant_id == tx.tenant_id, table.user_id == user_id
    )
    rows = (await tx.connection.execute(query)).all()
    return {row.address_key: _Known(row.id, row.verified_at) for row in rows}


def _row(
    tx: Transaction, user_id: int, email: NewEmail, place: int, known: dict[str, _Known], *, is_only: bool
) -> dict[str, Any]:
    address = checked_email(email.address, ["input", "emails", place, "address"])
    before = known.get(email_key(address))
    verified_at = before.verified_at if before else None
    if email.is_verified is not None:
        verified_at = (verified_at or tx.now) if email.is_verified else None
    return {
        "tenant_id": tx.tenant_id,
        "id": before.id if before else tx.new_id(),
        "user_id": user_id,
        "address": address,
        "address_key": email_key(address),
        "is_primary": email.is_primary or is_only,
        "verified_at": verified_at,
    }


def _check(emails: Sequence[NewEmail], may_verify: bool) -> None:
    path = ["input", "emails"]
    if len(emails) > MOST_EMAILS:
        raise InvalidInput(f"a person has at most {MOST_EMAILS} e-mail addresses", path=path)
    if len(emails) > 1 and sum(email.is_primary for email in emails) != 1:
        raise InvalidInput("one of the addresses is the primary one", path=path)
    if len({email_key(email.address) for email in emails}) != len(emails):
        raise InvalidInput("an address is given once", path=path)
    if not may_verify and any(email.is_verified for email in emails):
        raise Forbidden("an address is verified by whoever keeps the institution's people", path=path)
