"""Moderation: reports, and what moderators do about them."""
