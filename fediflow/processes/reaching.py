"""Connecting, with a reason that an operator understands where it fails."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.database.addresses import Address
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable


@asynccontextmanager
async def reached(engine: AsyncEngine, what: str, address: Address) -> AsyncIterator[AsyncConnection]:
    """A connection; `Unavailable` says which database could not be reached and why."""
    try:
        connection = await engine.connect()
    except DATABASE_TROUBLE as error:
        raise Unavailable(f"{what} ({address}) cannot be used: {why_unreachable(error)}") from error
    try:
        yield connection
    finally:
        await connection.close()


def why_unreachable(error: BaseException) -> str:
    """The reason in a few words; errors of connecting hold no rows."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed: {error.reason or 'the server hung up'}"
        case TimeoutError():
            return "it did not answer in time"
        case OSError():
            return error.strerror or next(iter(str(error).splitlines()), "the connection failed")
        case _ if isinstance(error, DBAPIError) and error.orig is not None:
            return why_unreachable(error.orig.__cause__ or error.orig)
        case _:
            return (str(error) or type(error).__name__).splitlines()[0]
