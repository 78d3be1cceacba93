"""Errors for the log and for operators: where and of which kind, and what they say only where that holds nobody's data.

The message of an arbitrary exception repeats values (`DETAIL: Key (handle)=(…)`), so it is left out. A database error is
named by its SQLSTATE and constraint instead.
"""

import traceback
from collections.abc import Iterator
from types import TracebackType

import asyncpg

from kernel.errors import FediflowError, InvalidInput

# Made by the interpreter about our code, not about our data.
_ABOUT_CODE = (TypeError, AttributeError, NameError, ImportError, NotImplementedError, RecursionError)
_FACTS = ("sqlstate", "table_name", "constraint_name", "column_name")
_LONGEST = 20_000


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
            facts = {key: getattr(error, key, None) for key in _FACTS}
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
