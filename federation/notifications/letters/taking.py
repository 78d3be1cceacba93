"""The life of a letter, as short transactions of its institution: taken, then sent, tried again, or given up.

A letter is `sending` from before the server is asked. Who finds one in that state, after the time that an attempt may
take, does not know whether the server took it, and gives it up: it is sent at most once. What it tells stands in the app
all the same, and a letter that comes twice is what people complain about; nobody can tell a lost one from a slow one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.local import addresses_of
from federation.notifications.letters.composing import Contents, compose, item_of
from federation.notifications.letters.unsubscribing import unsubscribe_token
from federation.notifications.letters.words import words_for
from federation.notifications.model import DEFAULTS, NotificationKind
from federation.protocol.addresses import Addresses
from kernel.database.named_sql import named_statements
from kernel.errors import InvalidInput
from kernel.languages import choose_language
from kernel.mail.letters import Letter
from kernel.mail.servers import addressed, mailbox
from tenants.authority import system_principal
from tenants.data_keys import DataKeys
from tenants.door import Door, Transaction, driver_of
from tenants.model import Tenant

LEASE = timedelta(minutes=5)
# Shorter than the lease by more than an attempt may take.
_ENOUGH = timedelta(minutes=2)
_KEPT_TRYING = {
    False: timedelta(days=1),
    True: timedelta(days=2),
}  # by `is_digest`, which waits up to a day first
_MOST_ITEMS = 50
_UNKNOWN = "the process ended while it was sent: nobody knows whether the mail server took it"
_SQL = named_statements(Path(__file__).parent / "queue.sql")
_KINDS = [kind.value for kind in DEFAULTS]
_EMAILS = [preference.email.value for preference in DEFAULTS.values()]


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter that is ours to look at until a moment; that moment says so."""

    tenant_id: int
    letter_id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter on its way: its attempt has a number."""

    claim: Claim
    attempt: int
    letter: Letter


async def claim(
    shard: AsyncEngine, now: datetime, *, each: int, most: int, without: Sequence[int] = ()
) -> list[Claim]:
    """Letters of a shard that are due: of each institution some, but for those it is told to leave out."""
    until = now + LEASE
    async with shard.begin() as connection:
        left_out = [str(one) for one in without]
        rows = await driver_of(connection).fetch(_SQL["claim"], now, until, each, most, left_out)
    return [Claim(row["tenant_id"], row["id"], until) for row in rows]


async def give_back(shard: AsyncEngine, claims: Collection[Claim], at: datetime) -> None:
    """Has claims that were made together and not used looked at again at that moment."""
    for until in {one.until for one in claims}:
        tenants, letters = [str(one.tenant_id) for one in claims], [str(one.letter_id) for one in claims]
        async with shard.begin() as connection:
            await driver_of(connection).execute(_SQL["give_back"], tenants, letters, until, at)


class LetterBox:
    """Takes letters of institutions and notes what became of them."""

    def __init__(self, door: Door, keys: DataKeys, public_url: str, mail_from: str) -> None:
        self._door = door
        self._keys = keys
        self._public_url = public_url
        self._sender = mailbox(mail_from)

    async def take(self, tenant: Tenant, claim: Claim, now: datetime) -> Taken | None:
        """The letter, which counts as being sent from now on; None where there is nothing to send (any more)."""
        if claim.until - now < _ENOUGH:
            return None  # it comes again; somebody may be at it by the time we had sent it
        async with self._door.write(system_principal(tenant)) as tx:
            held = await tx.driver.fetchrow(_SQL["held"], claim.tenant_id, claim.letter_id, claim.until)
            if held is None:
                return None
            if held["state"] != "waiting":
                await _give_up(tx, claim, *(("failed", _UNKNOWN) if held["state"] == "sending" else ()))
                return None
            if now - held["created_at"] > _KEPT_TRYING[held["is_digest"]]:
                await _give_up(tx, claim, "failed", "it could not be sent in time")
                return None
            return await self._begun(tx, claim, held)

    async def sent(self, tenant: Tenant, taken: Taken, now: datetime) -> None:
        """The server has it."""
        await self._ended(tenant, taken, "sent", None, now)

    async def failed(self, tenant: Tenant, taken: Taken, why: str) -> None:
        """It will not be tried again."""
        await self._ended(tenant, taken, "failed", why, None)

    async def again(self, tenant: Tenant, taken: Taken, why: str, at: datetime) -> None:
        """It is tried again at that moment."""
        async with self._door.write(system_principal(tenant)) as tx:
            claim = taken.claim
            own = (claim.tenant_id, claim.letter_id)
            if await tx.driver.fetchval(_SQL["again"], *own, taken.attempt, at, why) is not None:
                await tx.driver.execute(_SQL["put_off"], *own, at)

    async def _ended(
        self, tenant: Tenant, taken: Taken, state: str, why: str | None, at: datetime | None
    ) -> None:
        async with self._door.write(system_principal(tenant)) as tx:
            own = (taken.claim.tenant_id, taken.claim.letter_id)
            await tx.driver.execute(_SQL["end"], *own, taken.attempt, state, why, at)
            await tx.driver.execute(_SQL["forget"], *own)

    async def _begun(self, tx: Transaction, claim: Claim, held: "asyncpg.Record[Any]") -> Taken | None:
        person = await tx.driver.fetchrow(_SQL["person"], claim.tenant_id, held["user_id"])
        items = await tx.driver.fetch(
            _SQL["items"], claim.tenant_id, claim.letter_id, _KINDS, _EMAILS, _MOST_ITEMS
        )
        if person is None or not items or not tx.tenant.domains:
            await _give_up(tx, claim, "dropped")
            return None
        try:
            letter = await self._letter(tx, claim, held, person, items)
        except InvalidInput as error:  # an address that no mail server takes
            await _give_up(tx, claim, "failed", error.message)
            return None
        attempt = await tx.driver.fetchval(
            _SQL["begin"], claim.tenant_id, claim.letter_id, letter.message_id, claim.until
        )
        return Taken(claim, attempt, letter)

    async def _letter(
        self,
        tx: Transaction,
        claim: Claim,
        held: "asyncpg.Record[Any]",
        person: "asyncpg.Record[Any]",
        items: "list[asyncpg.Record[Any]]",
    ) -> Letter:
        here = addresses_of(tx.tenant, self._public_url)
        spoken = [
            *([person["preferred_language"]] if person["preferred_language"] else ()),
            *tx.tenant.languages,
        ]
        kinds = {NotificationKind(item["kind"]) for item in items}
        token = unsubscribe_token(await self._keys.of(tx), held["user_id"], kinds)
        url = f"{here.base}/unsubscribe/{token}"
        words = words_for(spoken)
        contents = Contents(
            person["display_name"],
            tx.tenant.name[choose_language(list(tx.tenant.name), spoken)],
            tx.tenant.time_zone,
            [item_of(item, spoken, _offering_url(here, item)) for item in items],
            items[0]["total"],
            held["is_digest"],
            url,
        )
        composed = compose(contents, words)
        return Letter(
            f"notification-{claim.letter_id}@{here.domain.partition(':')[0]}",
            self._sender,
            addressed(person["address"], person["display_name"]),
            composed.subject,
            composed.text,
            composed.html,
            words.language,
            tx.now,
            {
                "List-Unsubscribe": f"<{url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",
            },
        )


def _offering_url(here: Addresses, item: "asyncpg.Record[Any]") -> str | None:
    return here.offering(item["offering_id"]) if item["offering_id"] is not None else None


async def _give_up(tx: Transaction, claim: Claim, state: str | None = None, why: str | None = None) -> None:
    """Nobody looks at it again; without a state it came to its end before."""
    if state is not None:
        await tx.driver.execute(_SQL["close"], claim.tenant_id, claim.letter_id, state, why)
    await tx.driver.execute(_SQL["forget"], claim.tenant_id, claim.letter_id)
