"""What is in Redis under which name, and for how long.

`lease` holds the worker's epoch while no change older than `LEASE_SECONDS` is unknown; `version` a text that no version
before it was; `entry` an answer behind the epoch and version that it was queried under. All of it may be lost at any
moment: without lease or version nothing is served, and a lost version comes back as another one.
"""

import secrets

LEASE_SECONDS = 1.5
# Longer than a lease by what two clocks of good machines may differ over it, and by a slow packet.
WRITER_WAITS_SECONDS = 2.0
RENEW_SECONDS = 0.4
VERSION_SECONDS = 24 * 3600
ENTRY_SECONDS = 600

TOKEN_BYTES = 16
STAMP_BYTES = 2 * TOKEN_BYTES


def lease_name(identity: str) -> str:
    """The lease of the worker of a shard with this identity."""
    return f"fediflow:responses:lease:{identity}"


def version_name(tenant_id: int) -> str:
    """The version of a tenant's catalogue."""
    return f"fediflow:responses:version:{tenant_id}"


def entry_name(key: bytes) -> str:
    """One answer."""
    return f"fediflow:responses:entry:{key.hex()}"


def budget_name(tenant_id: int) -> str:
    """How many bytes were written for a tenant lately."""
    return f"fediflow:responses:bytes:{tenant_id}"


def new_token() -> bytes:
    """An epoch or a version: never the same as another, also after Redis forgot them all."""
    return secrets.token_bytes(TOKEN_BYTES)
