"""How Alembic runs a history: on a connection that the caller opened as the owner, one transaction a migration."""

from alembic import context
from sqlalchemy import Connection

from kernel.tables import SCHEMA
from migrations.schema import METADATA, History


def run(history: History) -> None:
    """Called by each history's `env.py`."""
    connection = context.config.attributes.get("connection")
    if not isinstance(connection, Connection):
        raise TypeError("migrations run through migrations.upgrade, which opens the connection as the owner")
    context.configure(
        connection=connection,
        target_metadata=METADATA[history],
        version_table_schema=SCHEMA,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
