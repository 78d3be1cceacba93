"""Nothing yet: the baseline from which the metrics database grows."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing."""
