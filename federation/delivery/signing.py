"""Signatures under what is sent: an RSA one takes longer than all the rest of a request.

A few are made in a thread. Where there are many, a process beside this one makes them: threads that sign have to wait for
the interpreter whenever they come back with one, and have it wait, so that two cores sent no more than one and a half.
"""

import asyncio
import base64
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Protocol

import structlog

from federation.delivery.signing_process import SigningProcess, SigningStopped, signing_process
from federation.signatures import Kind, PrivateKey, SignedRequest, unsigned
from kernel.batching import Batches
from kernel.clock import Clock, system_clock
from kernel.outbox.waiting import retry_delay

_FEW = 100
_AT_ONCE = 32
_QUESTIONS = 2  # on their way to a process, so that it never waits for the next one
_MOST_PROCESSES = 2  # sign more than one worker can send
_log = structlog.get_logger(__name__)


class SigningKey(Protocol):
    """A private key and the address under which its public half is published."""

    @property
    def address(self) -> str: ...

    @property
    def key(self) -> PrivateKey: ...


def _processes() -> int:
    """One core is left to the worker itself."""
    return max(1, min(len(os.sched_getaffinity(0)) - 1, _MOST_PROCESSES))


class Signing:
    """Signs requests, many in one go; after the first `few` in processes. Used until `aclose`."""

    def __init__(self, clock: Clock = system_clock, *, few: int = _FEW, processes: int | None = None) -> None:
        self._clock = clock
        self._few = few
        self._wanted = processes or _processes()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="signing")
        self._batches = Batches(self._sign, most=_AT_ONCE, runners=self._wanted * _QUESTIONS)
        self._signed = 0
        self._running: list[SigningProcess] = []
        self._keeping: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> list[int]:
        """The processes that sign now."""
        return [one.pid for one in self._running]

    async def headers(
        self, request: SignedRequest, key: SigningKey, kind: Kind, sha256: str | None = None
    ) -> dict[str, str]:
        """The headers that sign a request now; `sha256` is that of its body in base64, if known."""
        waiting = unsigned(
            request,
            key_id=key.address,
            algorithm=key.key.algorithm,
            kind=kind,
            now=self._clock(),
            sha256=sha256,
        )
        return waiting.signed(await self._batches.put((key.key, waiting.data)))

    async def aclose(self) -> None:
        """Lets go of thread and processes."""
        await self._batches.aclose()
        for task in self._keeping:
            task.cancel()
        if self._keeping:
            await asyncio.wait(self._keeping)
        self._thread.shutdown(wait=False)

    async def _sign(self, wanted: Sequence[tuple[PrivateKey, bytes]]) -> list[str]:
        self._signed += len(wanted)
        if self._signed > self._few and not self._keeping:
            self._keeping = [asyncio.create_task(self._keep()) for _ in range(self._wanted)]
        process = min(self._running, key=lambda one: one.waiting, default=None)
        if process is not None:
            with suppress(SigningStopped):  # it is started again, and these are signed here
                return await process.sign(wanted)
        work = partial(_signed_here, wanted)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _keep(self) -> None:
        """Has one more process, another one whenever it ends."""
        ends = 0
        while True:
            try:
                async with signing_process() as process:
                    self._running.append(process)
                    try:
                        await process.answers()
                    finally:
                        self._running.remove(process)
            except OSError as error:
                _log.warning("no process to sign can be started", why=str(error))
            else:
                _log.warning("a process that signs ended; another one begins", pid=process.pid)
            ends += 1
            await asyncio.sleep(retry_delay(ends))


def _signed_here(wanted: Sequence[tuple[PrivateKey, bytes]]) -> list[str]:
    return [base64.b64encode(key.sign(data)).decode() for key, data in wanted]
