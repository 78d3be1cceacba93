"""A server of this machine that is our child: started, ended, killed and waited for the same way, whatever it serves."""

import asyncio
import signal
from abc import ABC, abstractmethod
from typing import ClassVar

from fediflow.local.errors import UnableToStart
from fediflow.local.process import end, until_ready


class LocalServer(ABC):
    """What a server must say of itself is how it is launched, when it answers and why it failed."""

    name: ClassVar[str]
    _title: ClassVar[str]
    """Its name in a sentence."""
    _start_within: ClassVar[float]
    _ends_on: ClassVar[tuple[tuple[signal.Signals, float], ...]]
    """Signals with the seconds that each is given; after the last comes SIGKILL."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The server while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def start(self) -> None:
        """Returns when the server answers; raises `UnableToStart` with the reason otherwise."""
        try:
            self._process = await self._launch()
            await until_ready(self._process, self._answers, within=self._start_within, failure=self._failure)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Ends the server: politely, and hard after a deadline."""
        await end(self._process, *self._ends_on)
        await self._release()

    async def kill(self) -> None:
        """SIGKILL, as a crash would: the next start recovers what the server keeps."""
        await end(self._process)
        await self._release()

    async def wait(self) -> int:
        """Returns the exit code once the server ended."""
        if self._process is None:
            raise UnableToStart(f"{self._title} was not started.")
        return await self._process.wait()

    @abstractmethod
    async def _launch(self) -> asyncio.subprocess.Process:
        """Claims and prepares the folder, and starts the process there."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether it is ready."""

    @abstractmethod
    def _failure(self, what: str) -> UnableToStart:
        """What happened, with the reason that the server wrote down."""

    @abstractmethod
    async def _release(self) -> None:
        """Lets the next one have the folder."""
