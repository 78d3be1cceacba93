"""Other servers, their keys, and what came in from them."""

from migrations.steps import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Runs the SQL beside this file."""
    run_sql(__file__)
