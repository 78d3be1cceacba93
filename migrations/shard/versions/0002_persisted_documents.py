"""Documents that clients publish before they ask for them by id."""

from migrations.steps import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Runs the SQL beside this file."""
    run_sql(__file__)
