"""Passwords as argon2id hashes."""

import asyncio

import pytest
from argon2 import PasswordHasher

from kernel.crypto.passwords import DEFAULT_HASHER, Passwords
from kernel.errors import Unavailable

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_a_password_fits_its_hash_only() -> None:
    passwords = Passwords(CHEAP)
    kept = await passwords.hash("one")
    assert kept.startswith("$argon2id$")
    assert await passwords.verify(kept, "one")
    assert not await passwords.verify(kept, "two")
    assert not await passwords.verify(None, "one")
    assert not await passwords.verify("no hash at all", "one")
    passwords.close()


async def test_a_hash_of_another_cost_is_outdated() -> None:
    passwords = Passwords(DEFAULT_HASHER)
    assert passwords.is_outdated(CHEAP.hash("one"))
    assert not passwords.is_outdated(DEFAULT_HASHER.hash("one"))
    passwords.close()


async def test_too_many_at_once_are_refused_rather_than_queued_without_end() -> None:
    passwords = Passwords(CHEAP, threads=1, waiting=2)
    outcomes = await asyncio.gather(*(passwords.verify(None, "x") for _ in range(10)), return_exceptions=True)
    assert outcomes.count(False) == 3
    assert sum(isinstance(one, Unavailable) for one in outcomes) == 7
    assert await passwords.verify(None, "x") is False
    passwords.close()


@pytest.mark.parametrize("password", ["", "\ud7ff", "𝕳", "x" * 1000])
async def test_any_text_can_be_a_password(password: str) -> None:
    passwords = Passwords(CHEAP)
    assert await passwords.verify(await passwords.hash(password), password)
    passwords.close()
