"""Keeping the index as the database is: the outbox's consumer, building anew, comparing and repairing."""
