"""What may go wrong on a connection for a reason outside this program."""

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

DATABASE_TROUBLE = (
    OSError,
    TimeoutError,
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""To be caught around connecting and around statements.

SQLAlchemy wraps the driver's errors, of connecting too (57P03 while the server starts); what a driver's own connection
raises (a compiled plan, COPY) comes as it is. A pool without a free connection raises `sqlalchemy.exc.TimeoutError`,
which is no `TimeoutError`. An `InternalClientError` is what the driver says of a connection that broke in the midst of an
operation.
"""
