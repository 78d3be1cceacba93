"""Tracebacks for the log: where and of which kind, and what it says only where that cannot hold a person's data.

The message of an arbitrary exception repeats values (`DETAIL: Key (handle)=(…)`), so it is left out. A database error
is named by its SQLSTATE and constraint instead.
"""

import traceback
from collections.abc import Iterator, MutableMapping
from types import TracebackType
from typing import Any

import asyncpg
from structlog.typing import WrappedLogger

from kernel.errors import FediflowError, InvalidInput

# Made by the interpreter about our code, not about our data.
_ABOUT_CODE = (TypeError, AttributeError, NameError, ImportError, NotImplementedError, RecursionError)
_LONGEST = 20_000


def render_exception(
    _logger: WrappedLogger, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor that turns `exc_info` into the text `exception`."""
    info = entry.pop("exc_info", None)
    entry.pop("exc_text", None)
    error = _exception_of(info)
    if error is not None:
        entry["exception"] = describe(error)
    return entry


def describe(error: BaseException) -> str:
    """The traceback of an exception and of those that caused it, the first cause last."""
    return "\n".join(_lines(error, set()))[:_LONGEST]


def said(error: BaseException) -> str:
    """What may be repeated of an exception, in one line."""
    name = type(error).__name__
    match error:
        case InvalidInput():
            return name
        case FediflowError():
            return f"{name}: {error.message}"
        case asyncpg.PostgresError():
            facts = {
                key: getattr(error, key, None)
                for key in ("sqlstate", "table_name", "constraint_name", "column_name")
            }
            return f"{name} " + " ".join(f"{key}={value}" for key, value in facts.items() if value)
        case OSError() if error.strerror:
            return f"{name}: {error.strerror}"
        case _ if isinstance(error, _ABOUT_CODE):
            return f"{name}: {error}"
        case _:
            return name


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    yield said(error)
    yield from _frames(error.__traceback__)
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield "containing"
            yield from _lines(part, seen)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield "caused by"
        yield from _lines(cause, seen)


def _frames(trace: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(trace):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"


def _exception_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple) and len(info) == 3 and isinstance(info[1], BaseException):
        return info[1]
    return None
