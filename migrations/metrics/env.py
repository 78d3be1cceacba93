"""Alembic's entry into the history of the metrics database."""

from migrations.environment import run
from migrations.schema import History

run(History.METRICS)
