"""Saying once that something fails, and once that it works again, instead of at every attempt."""

from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from kernel.errors import FediflowError

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Complaint:
    """One thing that may fail again and again. Messages of foreign errors can hold personal values: only kinds are told."""

    what: str
    about: dict[str, Any]
    failures: int = 0
    _said: dict[str, Any] = field(default_factory=dict)

    def failed(self, error: BaseException, **where: Any) -> None:
        """Counts a failure in a row; tells the log when it is another one than last time."""
        self.failures += 1
        saying = {"error": _kind(error), "at": _place(error), **where}
        if saying != self._said:
            self._said = saying
            _log.warning(f"{self.what} fails", **self.about, **saying)

    def settled(self) -> None:
        """It works; tells the log when it did not before."""
        if self.failures:
            _log.info(f"{self.what} works again", **self.about, failures=self.failures)
        self.failures, self._said = 0, {}


def _kind(error: BaseException) -> str:
    if isinstance(error, FediflowError):
        return f"{type(error).__name__}: {error.message}"
    if isinstance(error, DBAPIError) and error.orig is not None:
        return f"{type(error).__name__} {getattr(error.orig, 'sqlstate', None) or ''}".strip()
    return type(error).__name__


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
