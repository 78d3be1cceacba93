"""Where a request's outcome goes: to somebody who awaits it, or, by a promise, to somebody who is told.

A future tells on the loop's next turn. A promise hands texts on at once, while they are being read: that turn is a tenth
of what a request costs.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

Texts = list[bytes | None]
Outcome = Texts | BaseException


class Awaited(Protocol):
    """What a request knows of who waits: a future, or a promise."""

    def done(self) -> bool:
        """Whether nobody waits any more."""
        ...

    def set_result(self, result: Texts, /) -> None:
        """The texts are there."""
        ...

    def set_exception(self, exception: BaseException, /) -> None:
        """It failed."""
        ...


class Promise:
    """Tells `told` once, unless it is cancelled before."""

    __slots__ = ("_is_done", "_told")

    def __init__(self, told: Callable[[Outcome], None]) -> None:
        self._told = told
        self._is_done = False

    def done(self) -> bool:
        """Whether it was told or cancelled."""
        return self._is_done

    def cancel(self) -> None:
        """Nobody wants to be told any more."""
        self._is_done = True

    def set_result(self, result: Texts, /) -> None:
        """Hands the texts on. What fails in whoever is told is theirs, and must not end the connection that is read."""
        self._is_done = True
        try:
            self._told(result)
        except Exception as error:
            context = {"message": "whoever was told a query's texts failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    def set_exception(self, exception: BaseException, /) -> None:
        """Hands the failure on, on the loop's next turn: it may come out of the midst of a connection's end."""
        self._is_done = True
        asyncio.get_running_loop().call_soon(self._told, exception)
