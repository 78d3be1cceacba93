"""The history of the shard database's schema."""
