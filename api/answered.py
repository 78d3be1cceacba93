"""One line of the log per refused request: what an operator finds by the request id that a person tells them.

Nothing that could hold a person's data is in it: codes of the closed set and the operation's name, no message, no
variable, no text of the document. The request id and the institution are bound to every line of a request already.
"""

import re
import time
from collections.abc import Sequence

import structlog

from kernel.errors import ErrorCode

LONGEST_NAME = 64
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*", re.ASCII)  # the Name of the GraphQL grammar
_log = structlog.get_logger("api.answered")


def log_refusal(
    codes: Sequence[ErrorCode],
    *,
    started: float,
    kind: str = "unknown",
    name: str | None = None,
    status: int | None = None,
) -> None:
    """Says that a request which began at `started` (`time.perf_counter`) was answered with these errors, if any."""
    if not codes:
        return
    known: dict[str, object] = {"status": status} if status is not None else {}
    if name is not None and _NAME.fullmatch(name):
        known["operation"] = name[:LONGEST_NAME]
    _log.info(
        "refused",
        kind=kind,
        codes=list(dict.fromkeys(str(code) for code in codes)),
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
        **known,
    )
