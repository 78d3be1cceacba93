"""What events cost: as much as a query of the same selection, out of the same bucket as everything else one asks."""

import asyncio
import uuid

from api.cost.charge import Payer
from api.cost.price import Price
from api.errors import as_answers
from api.live.outlet import Member
from api.plan.plan import Inputs
from kernel.errors import FediflowError


class Toll:
    """Takes the price of each event of a subscription, and ends one whose subscriber has nothing left."""

    __slots__ = ("_inputs", "_member", "_owed", "_payer", "_paying", "_price")

    def __init__(self, payer: Payer, price: Price, inputs: Inputs, member: Member) -> None:
        self._payer = payer
        self._price = price
        self._inputs = inputs
        self._member = member
        self._owed = 0
        self._paying: asyncio.Task[None] | None = None

    def event(self) -> None:
        """One more. Where others must be asked for points the event does not wait for them."""
        if self._paying is None:
            if self._payer.pay_at_once(self._price, self._inputs):
                return
            self._paying = asyncio.create_task(self._pay())
        self._owed += 1

    async def _pay(self) -> None:
        try:
            while self._owed:
                await self._payer.pay(self._price, self._inputs)
                self._owed -= 1
        except FediflowError as error:
            self._member.outlet.fail(self._member, as_answers(error, uuid.uuid4().hex))
        finally:
            self._paying = None
