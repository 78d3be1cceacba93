"""Runs a command's work: an event loop, and a log on standard error for what libraries warn of."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from kernel.telemetry import configure_logging
from tenants.registry import Registry

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """The outcome; values that are not for a log are masked in it."""
    configure_logging(level="warning", as_json=False, mask=Registry().mask)
    return asyncio.run(work)
