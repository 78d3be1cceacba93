"""Subscriptions: what the outbox tells, hydrated under each subscriber's own visibility, over WebSocket and SSE."""
