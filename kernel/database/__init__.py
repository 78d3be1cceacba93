"""PostgreSQL: where it is, as whom we connect, how long we wait, and whether we may do too much."""
