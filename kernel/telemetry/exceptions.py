"""Tracebacks for the log, with nobody's data in them (`kernel.plainly`)."""

from collections.abc import MutableMapping
from typing import Any

from structlog.typing import WrappedLogger

from kernel.plainly import describe


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


def _exception_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple) and len(info) == 3 and isinstance(info[1], BaseException):
        return info[1]
    return None
