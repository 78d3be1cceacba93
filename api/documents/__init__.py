"""Documents by their id: what a client publishes in advance, and what it registers as it goes."""
