"""Sends the letters that are due, a few at a time, each over a conversation that takes one after another."""

import asyncio
import random
import ssl
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.due import TenantOf
from federation.notifications.letters.taking import Claim, LetterBox, Taken, claim, give_back
from kernel.clock import Clock, system_clock
from kernel.mail.sending import (
    LetterRefused,
    LetterUnconfirmed,
    MailConnection,
    MailServerAway,
    connected,
)
from kernel.mail.servers import SmtpServer
from tenants.model import Tenant


@dataclass(frozen=True, slots=True)
class MailPace:
    """How fast letters go out of one process."""

    conversations: int = 3
    at_once: int = 200  # letters that are claimed together
    each: int = 20  # of them of one institution
    a_minute: int = 600  # of one institution
    deadline: float = 90.0  # seconds for a letter; within what is left of its claim
    first_wait: timedelta = timedelta(minutes=1)
    longest_wait: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class MailWay:
    """The server that takes letters, and how it is spoken to."""

    server: SmtpServer
    tls: ssl.SSLContext | None


class LetterSender:
    """Sends what is due. One per process; several processes may run it at once."""

    def __init__(
        self,
        box: LetterBox,
        way: MailWay,
        tenant_of: TenantOf,
        *,
        pace: MailPace = MailPace(),
        clock: Clock = system_clock,
    ) -> None:
        self._box = box
        self._way = way
        self._tenant_of = tenant_of
        self._pace = pace
        self._clock = clock
        self._minute = 0
        self._this_minute: Counter[int] = Counter()

    async def send_due(self, shard: AsyncEngine, stop: asyncio.Event) -> int:
        """Sends some of what is due in a shard; how many letters were claimed. Those not reached are given back.

        `stop` ends it after the letters that are on their way. Raises `MailServerAway` and the like after all that.
        """
        claims = deque(await self._claims(shard))
        count, started = len(claims), self._clock()
        conversations = (self._converse(claims, stop) for _ in range(min(self._pace.conversations, count)))
        results = await asyncio.gather(*conversations, return_exceptions=True)
        if claims:
            wait = timedelta() if stop.is_set() else self._pace.first_wait
            await give_back(shard, claims, started + wait)
        for one in results:
            if isinstance(one, BaseException):
                raise one
        return count

    async def _claims(self, shard: AsyncEngine) -> Sequence[Claim]:
        pace, now = self._pace, self._clock()
        minute = int(now.timestamp() // 60)
        if minute != self._minute:
            self._minute, self._this_minute = minute, Counter()
        too_many = [tenant_id for tenant_id, sent in self._this_minute.items() if sent >= pace.a_minute]
        found = await claim(shard, now, each=pace.each, most=pace.at_once, without=too_many)
        self._this_minute.update(one.tenant_id for one in found)
        return found

    async def _converse(self, claims: deque[Claim], stop: asyncio.Event) -> None:
        async with connected(self._way.server, self._way.tls) as connection:
            while claims and not stop.is_set():
                one = claims.popleft()
                tenant = await self._tenant_of(one.tenant_id)
                if tenant is None or tenant.is_suspended:
                    continue  # its claim runs out, and it is looked at again
                taken = await self._box.take(tenant, one, self._clock())
                if taken is not None:
                    await self._send(connection, tenant, taken)

    async def _send(self, connection: MailConnection, tenant: Tenant, taken: Taken) -> None:
        try:
            async with asyncio.timeout(self._pace.deadline):
                await connection.send(taken.letter)
        except LetterRefused as error:
            if error.is_permanent:
                await self._box.failed(tenant, taken, error.message)
            else:
                await self._again(tenant, taken, error.message)
        except MailServerAway as error:
            await self._again(tenant, taken, error.message)
            raise
        except LetterUnconfirmed as error:
            await self._box.failed(tenant, taken, error.message)
            raise
        except TimeoutError:
            await self._box.failed(
                tenant, taken, "the mail server did not say in time whether it took the letter"
            )
            raise
        else:
            await self._box.sent(tenant, taken, self._clock())

    async def _again(self, tenant: Tenant, taken: Taken, why: str) -> None:
        pace = self._pace
        wait = min(pace.first_wait * 2 ** min(taken.attempt - 1, 20), pace.longest_wait)
        at: datetime = self._clock() + wait * random.uniform(0.5, 1)
        await self._box.again(tenant, taken, why, at)
