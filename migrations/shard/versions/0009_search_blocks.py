"""What most queries of the index in PostgreSQL look at, in blocks of neighbouring documents; facets one by one."""

from migrations.steps import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Runs the SQL beside this file."""
    run_sql(__file__)
