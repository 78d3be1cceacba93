"""One log for everything in the process: our own lines and those of libraries, as JSON or for a person's eyes."""

import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor, WrappedLogger

from kernel.telemetry.exceptions import render_exception

Mask = Callable[[Mapping[str, Any]], dict[str, Any]]
"""A copy of a log line's values without those that are not for the log."""

# What they say below a warning is either every statement or every connection.
_QUIET = ("sqlalchemy", "httpcore", "asyncio", "alembic", "uvicorn.access")


def configure_logging(
    *, level: str = "info", as_json: bool = True, mask: Mask = dict, stream: TextIO | None = None
) -> None:
    """Sends every log line of the process to `stream` (standard error), as `mask` leaves it."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            _resolve_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _shorten_asyncio],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                render_exception,
                _masking(mask),
                *_rendering(as_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)


def _rendering(as_json: bool) -> list[Processor]:
    if as_json:
        return [structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _masking(mask: Mask) -> Processor:
    def process(_logger: WrappedLogger, _method: str, entry: MutableMapping[str, Any]) -> dict[str, Any]:
        return mask(entry)

    return process


def _resolve_exc_info(
    _logger: WrappedLogger, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """`exc_info=True` means the exception that is handled now, not when the line is written."""
    if entry.get("exc_info") is True:
        entry["exc_info"] = sys.exc_info()
    return entry


def _shorten_asyncio(
    _logger: WrappedLogger, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Its second line repeats the exception's message; the traceback follows anyway, without it."""
    if entry.get("logger") == "asyncio":
        entry["event"] = str(entry["event"]).partition("\n")[0]
    return entry
