"""Servers of others that speak ActivityPub, and our platform as real processes for them to speak with."""
