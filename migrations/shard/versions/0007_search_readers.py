"""Saved searches, synonyms, pinned results, and who consents to be found."""

from migrations.steps import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Runs the SQL beside this file."""
    run_sql(__file__)
