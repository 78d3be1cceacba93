"""The first tables."""

from migrations.steps import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Runs the SQL beside this file."""
    run_sql(__file__)
