"""Telling many who wait for one answer: what fails in one of them is theirs, and keeps it from nobody else."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def tell(told: Callable[[_T], None], outcome: _T) -> None:
    """Calls `told`; what it raises is reported and goes no further."""
    try:
        told(outcome)
    except Exception as error:
        context = {"message": "whoever waited for a cached answer failed", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)
