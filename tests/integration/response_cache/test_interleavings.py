"""Readers, writers, cuts and pauses in any order: nobody reads what is older than the last answered write."""

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from api.response_cache.fills import Answered
from tests.integration.response_cache.stage import Gate, Proxy, Worker, until
from tests.world import World

_STEPS = 40
_READERS = 3


@dataclass(slots=True)
class _History:
    """The numbers that a course's title went through: the last that was answered, and what reads showed."""

    acknowledged: int = 0
    begun: int = 0
    stale: list[str] = field(default_factory=list)
    reads: int = 0

    async def read(self, gate: Gate, course: str) -> None:
        least = self.acknowledged
        title = await gate.title(course)
        number = int(title.removeprefix("Number "))
        self.reads += 1
        if not least <= number <= self.begun:
            self.stale.append(f"{title} after {least} was answered")

    async def write(self, gate: Gate, course: str) -> None:
        self.begun += 1
        number = self.begun
        await gate.rename(course, f"Number {number}")
        self.acknowledged = number


@pytest.mark.parametrize("seed", range(2))
async def test_no_read_is_older_than_an_answered_write(
    world: World, course: str, reader: Gate, writer: Gate, worker: Worker, proxy: Proxy, seed: int
) -> None:
    chance, history, over = random.Random(seed), _History(), asyncio.Event()
    await history.write(writer, course)

    async def keep_reading(gate: Gate) -> None:
        while not over.is_set():
            await history.read(gate, course)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(_READERS):
            group.create_task(keep_reading(reader))
        group.create_task(keep_reading(writer))
        cuts = 2
        for _ in range(_STEPS):
            match chance.choices(("write", "cut", "pause", "go on", "breathe"), (6, 1, 1, 3, 4))[0]:
                case "write":
                    await history.write(writer, course)
                case "cut" if cuts:
                    cuts -= 1
                    proxy.cut()
                    await history.write(writer, course)
                    proxy.mend()
                case "pause":
                    reader.readers.has_read.clear()
                    reader.readers.goes_on.clear()
                    reader.readers.pauses = True
                case "go on":
                    reader.readers.pauses = False
                    reader.readers.goes_on.set()
                case _:
                    await asyncio.sleep(chance.uniform(0, 0.05))
        reader.readers.pauses = False
        reader.readers.goes_on.set()
        await until(lambda: reader.answered(Answered.HIT) > 0 and history.reads > _STEPS)
        over.set()
    assert history.stale == []
