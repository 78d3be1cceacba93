"""The index of what institutions publish to each other."""

from migrations.steps import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Runs the SQL beside this file."""
    run_sql(__file__)
