"""The history of the metrics database's schema."""
