"""How the databases come to look as the tables say: one Alembic history each for directory, shard and metrics."""
