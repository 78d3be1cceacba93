"""Other servers' keys, actors and posts: fetched when they are needed, once, and remembered.

`Fetcher` is what others use: it asks by `kernel/http`, never inside a transaction. `storing` writes actors to the tenant.
"""
