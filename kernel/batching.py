"""Many small questions put together into one: whoever asks while an answer is on its way shares the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batches(Generic[Item, Answer]):
    """Hands what is asked to `answer`, at most `most` items and `runners` calls at one time; answers come in order.

    `linger`: so many seconds it waits for more before each call, where nobody is in a hurry.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        most: int,
        runners: int = 1,
        linger: float = 0.0,
    ) -> None:
        self._answer = answer
        self._most = most
        self._runners = runners
        self._linger = linger
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, item: Item) -> Answer:
        """The answer to one item, or what `answer` raised."""
        return await self.put(item)

    def put(self, item: Item) -> "asyncio.Future[Answer]":
        """The same for who does not want to wait now."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._running) < self._runners:
            self._running.add(asyncio.create_task(self._run()))
        return future

    async def aclose(self) -> None:
        """Ends what is under way; whoever waits is cancelled."""
        for task in tuple(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(tuple(self._running))
        for _, future in self._waiting:
            future.cancel()
        self._waiting.clear()

    async def _run(self) -> None:
        try:
            while self._waiting:
                if self._linger:
                    await asyncio.sleep(self._linger)
                await self._answer_some()
        finally:
            # Here and not when the task is found done: who has an answer may ask again before that, and would wait for
            # a runner that is none any more.
            self._running.discard(_this_task())

    async def _answer_some(self) -> None:
        taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            answers = await self._answer([item for item, _ in taken])
        except asyncio.CancelledError:
            for _, future in taken:
                future.cancel()
            raise
        except Exception as error:  # told to everybody who asked
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(taken, answers, strict=True):
            if not future.done():
                future.set_result(answer)


def _this_task() -> "asyncio.Task[None]":
    task = asyncio.current_task()
    assert task is not None
    return task
