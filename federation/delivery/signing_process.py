"""A process that signs, as its parent sees it: asked by lines of JSON, a few questions ahead, answered in order.

Keys go to it once each, through its standard input and nowhere else.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import orjson

from federation.signatures import PrivateKey
from kernel.errors import ErrorCode, FediflowError

_PATIENCE = 10.0  # seconds for an answer, and for its end
_KEYS = 1024  # that it remembers
_LONGEST_LINE = 1024 * 1024


class SigningStopped(FediflowError):
    """The process ended, or says nothing any more: what it was asked for must be signed elsewhere."""

    code = ErrorCode.UNAVAILABLE


class SigningProcess:
    """A process that runs."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._input, self._output = process, process.stdin, process.stdout
        self._waiting: deque[asyncio.Future[list[str]]] = deque()
        # By identity: who reads a key again has another object, and the old one goes in its turn.
        self._known: OrderedDict[int, tuple[int, PrivateKey]] = OrderedDict()
        self._last_number = 0
        self._forgotten: list[int] = []
        self._is_over = False
        self.pid = process.pid

    @property
    def waiting(self) -> int:
        """How many questions have no answer yet."""
        return len(self._waiting)

    async def sign(self, wanted: Sequence[tuple[PrivateKey, bytes]]) -> list[str]:
        """The signatures in base64, in order; `SigningStopped` where none come."""
        if self._is_over:
            raise SigningStopped("the process that signs has ended")
        future: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._input.write(self._question(wanted))
        try:
            async with asyncio.timeout(_PATIENCE):
                return await future
        except TimeoutError:
            self._process.kill()
            raise SigningStopped(f"the process that signs said nothing for {_PATIENCE:g} s") from None

    async def answers(self) -> None:
        """Hands out its answers; returns when it has ended."""
        try:
            while (line := await self._output.readline()).endswith(b"\n"):
                future = self._waiting.popleft()
                if not future.done():
                    future.set_result(orjson.loads(line))
        finally:
            self._is_over = True
            while self._waiting:
                future = self._waiting.popleft()
                if not future.done():
                    future.set_exception(SigningStopped("the process that signs has ended"))

    async def aclose(self) -> None:
        """Has it end."""
        self._is_over = True
        self._input.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _question(self, wanted: Sequence[tuple[PrivateKey, bytes]]) -> bytes:
        new: list[tuple[int, str]] = []
        sign = [(self._number(key, new), data.decode("latin-1")) for key, data in wanted]
        forget = []
        while len(self._known) > _KEYS:
            _, (number, _) = self._known.popitem(last=False)
            forget.append(number)
        # What is forgotten here may be asked for in this very question: it goes with the next one.
        forget, self._forgotten = self._forgotten, forget
        return orjson.dumps({"forget": forget, "keys": new, "sign": sign}) + b"\n"

    def _number(self, key: PrivateKey, new: list[tuple[int, str]]) -> int:
        known = self._known.get(id(key))
        if known is not None:
            self._known.move_to_end(id(key))
            return known[0]
        self._last_number += 1
        self._known[id(key)] = self._last_number, key
        new.append((self._last_number, key.to_pem().decode()))
        return self._last_number


@asynccontextmanager
async def signing_process() -> AsyncIterator[SigningProcess]:
    """A process for as long as the block lasts. `OSError` where none can be started."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "federation.delivery.signer"),
        stdin=PIPE,
        stdout=PIPE,
        limit=_LONGEST_LINE,
        env=_environment(),
    )
    made = SigningProcess(process)
    try:
        yield made
    finally:
        await made.aclose()


def _environment() -> dict[str, str]:
    """Ours, without what is secret in it, and with the places that we are imported from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FEDIFLOW_")}
    return kept | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
