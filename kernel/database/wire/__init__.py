"""A client of PostgreSQL's protocol for reads: one write and one answer per request, many in flight per connection."""
