"""The indexes behind filters and orders of lists."""

from migrations.steps import build_indexes

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Builds what the SQL beside this file says, while the tables are read and written."""
    build_indexes(__file__)
