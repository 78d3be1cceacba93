"""Validates the kinds of notifications, while they are written."""

from migrations.steps import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Runs the SQL beside this file."""
    run_sql(__file__)
