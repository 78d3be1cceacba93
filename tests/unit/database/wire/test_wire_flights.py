"""A request that nobody awaits: told once, and not at all once it is withdrawn."""

import asyncio
from typing import Any

from kernel.database.wire.client import Flight
from kernel.database.wire.errors import Unanswered
from kernel.database.wire.promise import Outcome, Promise


class Lane:
    """Counts what is sent."""

    def __init__(self) -> None:
        self.sent = 0

    def submit(self, _exchange: Any) -> None:
        self.sent += 1

    def withdraw(self, _exchange: Any) -> None:
        """Nothing was on its way."""


class Client:
    """Sends everything once more."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.promises: list[Promise] = []

    def repeated(self, _error: BaseException, exchange: Any, promise: Promise) -> tuple[Lane, Any]:
        self.promises.append(promise)
        return self.lane, exchange


def _flight() -> tuple[Flight, Client, list[Outcome]]:
    told: list[Outcome] = []
    client = Client(Lane())
    flight = Flight(client, told.append)  # type: ignore[arg-type]
    flight.take_off(client.lane, object())  # type: ignore[arg-type]
    return flight, client, told


async def test_texts_are_told_at_once() -> None:
    flight, _, told = _flight()
    flight.promise.set_result([b"1"])
    assert told == [[b"1"]]
    assert flight.promise.done()


async def test_what_was_not_answered_is_sent_once_more_and_then_told() -> None:
    flight, client, told = _flight()
    flight.promise.set_exception(Unanswered("lost"))
    await asyncio.sleep(0)
    assert (client.lane.sent, told) == (2, [])
    last = Unanswered("lost again")
    client.promises[0].set_exception(last)
    await asyncio.sleep(0)
    assert (client.lane.sent, told) == (2, [last])


async def test_what_was_withdrawn_is_neither_sent_again_nor_told() -> None:
    flight, client, told = _flight()
    flight.promise.set_exception(Unanswered("lost"))
    flight.withdraw()
    await asyncio.sleep(0)
    assert (client.lane.sent, told) == (1, [])


async def test_who_fails_at_being_told_is_reported_and_harms_nobody() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))

    def fails(_outcome: Outcome) -> None:
        raise ValueError("mine")

    try:
        Promise(fails).set_result([])
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    assert str(reported[0]["exception"]) == "mine"
