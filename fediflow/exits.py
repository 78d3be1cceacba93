"""How a command ends: one code and, where it failed, one sentence."""

import json
import ssl
import sys
from enum import IntEnum
from typing import NoReturn

import asyncpg

from fediflow.processes.reaching import why_unreachable
from kernel.errors import ErrorCode, FediflowError
from kernel.plainly import describe, said
from kernel.settings import InvalidSettings, MissingSetting


class ExitCode(IntEnum):
    """The codes a script may branch on; `fediflow --help` lists them."""

    OK = 0
    FAILED = 1
    USAGE = 2  # an option, an argument, a setting or a value is wrong
    NOT_FOUND = 3
    CONFLICT = 4
    UNAVAILABLE = 5  # a server that is needed does not answer
    REFUSED = 6
    INTERRUPTED = 130


_HINT = "what `fediflow up` or `./dev demo` runs has its settings in DIR/fediflow.toml: --config DIR/fediflow.toml"
# Named and not imported: a supervisor ends by this module too, and needs neither.
_SERVERS = ("sqlalchemy.", "redis.")
_BY_ERROR = {
    ErrorCode.BAD_REQUEST: ExitCode.USAGE,
    ErrorCode.BAD_USER_INPUT: ExitCode.USAGE,
    ErrorCode.NOT_FOUND: ExitCode.NOT_FOUND,
    ErrorCode.CONFLICT: ExitCode.CONFLICT,
    ErrorCode.UNAVAILABLE: ExitCode.UNAVAILABLE,
    ErrorCode.TIMEOUT: ExitCode.UNAVAILABLE,
    ErrorCode.FORBIDDEN: ExitCode.REFUSED,
    ErrorCode.UNAUTHENTICATED: ExitCode.REFUSED,
    ErrorCode.TENANT_SUSPENDED: ExitCode.REFUSED,
}


def end_with(error: BaseException, *, as_json: bool = False) -> NoReturn:
    """Says on standard error what went wrong, as a sentence or a line of JSON; ends the process with its code."""
    code, sentence = explain(error)
    said = sentence.rstrip()
    if as_json:
        said = json.dumps({"error": {"code": code.name, "message": said}}, ensure_ascii=False)
    sys.stderr.write(said + "\n")
    raise SystemExit(code)


def explain(error: BaseException) -> tuple[ExitCode, str]:
    """The code and the sentence of an error; one that nobody foresaw is told as a defect, with its place."""
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return explain(error.exceptions[0])
    match error:
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED, "interrupted"
        case MissingSetting():
            return ExitCode.USAGE, f"{error.message} ({_HINT})"
        case InvalidSettings():
            return ExitCode.USAGE, error.message
        case FediflowError():
            return _BY_ERROR.get(error.code, ExitCode.FAILED), error.message
        case _ if isinstance(_driver_error(error), asyncpg.PostgresError | asyncpg.InterfaceError):
            return _of_database(error)
        case ssl.SSLError():
            return ExitCode.UNAVAILABLE, f"a server cannot be used: {why_unreachable(error)}"
        case _ if isinstance(error, OSError) or type(error).__module__.startswith(_SERVERS):
            return ExitCode.UNAVAILABLE, f"a server or file could not be used: {said(error)}"
        case _:
            return ExitCode.FAILED, f"this is a defect of FediFlow, please report it:\n{describe(error)}"


def _of_database(error: BaseException) -> tuple[ExitCode, str]:
    """Messages of connecting name the role and the database; those of statements can repeat rows."""
    cause = _driver_error(error)
    sqlstate = str(getattr(cause, "sqlstate", None) or "")
    if sqlstate.startswith(("08", "28", "3D", "53", "57P")):
        return ExitCode.UNAVAILABLE, f"the database refuses: {str(cause).splitlines()[0]}"
    if sqlstate == "42501":
        return ExitCode.REFUSED, f"the database refuses: {str(cause).splitlines()[0]}"
    return ExitCode.FAILED, f"the database failed: {said(cause)}"


def _driver_error(error: BaseException) -> BaseException:
    """The driver's own error below SQLAlchemy's wrappers."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, asyncpg.PostgresError | asyncpg.InterfaceError):
        found = getattr(found, "orig", None) or found.__cause__
    return found or error
