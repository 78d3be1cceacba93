"""What most queries of the index in PostgreSQL look at, in blocks of neighbouring documents; facets one by one."""

from migrations.steps import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Runs the SQL beside this file."""
    run_sql(__file__)
