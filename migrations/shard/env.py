"""Alembic's entry into the history of the shard database."""

from migrations.environment import run
from migrations.schema import History

run(History.SHARD)
