"""Tokens that did not hold, so that a flood of them is no work for the database.

Each is counted once for the address it came from; an address with too many of them has no unknown token looked up until
its window ends. One that will never hold is remembered, so that a script with an expired token is counted once and does
not lock out its neighbours.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from tenants.signin.limits import PER_ADDRESS, SignInLimits
from tenants.signin.refusals import refused_token

MOST_REMEMBERED = 10_000
REMEMBERED_FOR = timedelta(seconds=PER_ADDRESS.seconds)

Key = tuple[bytes, int]


class WrongTokens:
    """What one process knows of them."""

    def __init__(self, limits: SignInLimits) -> None:
        self._limits = limits
        self._until: OrderedDict[Key, datetime] = OrderedDict()

    async def refuse(self, key: Key, address: str | None, now: datetime) -> None:
        """Refuses a token that is known as wrong, and any unknown one of an address with too many wrong ones."""
        if self._until.get(key, now) > now:
            raise refused_token()
        await self._limits.refuse_tokens_from(address)

    async def count(self, address: str | None) -> None:
        """One more from there."""
        await self._limits.count_wrong_token(address)

    def remember(self, key: Key, now: datetime) -> None:
        """This one will not hold later either."""
        self._until[key] = now + REMEMBERED_FOR
        self._until.move_to_end(key)
        while len(self._until) > MOST_REMEMBERED:
            self._until.popitem(last=False)
