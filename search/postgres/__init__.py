"""The engine in PostgreSQL: index tables of its own, BM25 over terms, under row-level security."""
