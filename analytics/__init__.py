"""Events, roll-ups and reports over TimescaleDB. Its rooms are not built yet."""
