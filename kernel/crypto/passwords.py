"""Passwords as argon2id hashes, made and checked in threads of their own.

Checking takes the same work whether there is a hash or not, so the time of an answer does not tell who exists.
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.errors import Unavailable

# 19 MiB and two passes: 27 ms of one core. The cost of a guess is memory, the cost of a sign-in is time.
DEFAULT_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
THREADS = 2
MOST_WAITING = 64

T = TypeVar("T")


class Passwords:
    """Makes and checks password hashes without stopping the event loop; one per process."""

    def __init__(
        self, hasher: PasswordHasher = DEFAULT_HASHER, *, threads: int = THREADS, waiting: int = MOST_WAITING
    ) -> None:
        self._hasher = hasher
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._room = threads + waiting
        self._under_way = 0
        self._nobodys = hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """What to keep of a password."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password of the hash; without a hash the same work and no."""
        fits = await self._run(lambda: self._fits(kept or self._nobodys, password))
        return fits and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made at another cost and should be made anew while the password is at hand."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """Lets the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fits(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._room:
            raise Unavailable("too many passwords are being checked; try again in a moment")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._under_way -= 1
