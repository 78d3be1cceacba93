"""The database roles of the product and what each is for; created in a server by an administrator, once or again.

A process connects as exactly one of them, with its own password. Operator's commands that change the directory
(tenants, shards) connect as the worker: the application must not be able to move a tenant, and the owner is kept for
migrations. Passwords reach the server as SCRAM verifiers, so no log and no activity view can show one.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import asyncpg

from kernel.errors import InvalidInput

_ITERATIONS = 4096  # PostgreSQL's own
_LOCK = 0x0FED_0001  # one administrator's session at a time


class DatabaseRole(StrEnum):
    """As whom a connection is made."""

    OWNER = "fediflow_owner"  # owns every table, runs migrations
    APP = "fediflow_app"  # the gateway: one tenant's rows at a time
    WORKER = "fediflow_worker"  # background work: queues of all tenants, rows of one tenant at a time
    ANALYST = "fediflow_analyst"  # barrier views only
    MOVER = "fediflow_mover"  # reads everything: moves and backups


@dataclass(frozen=True, slots=True)
class _Profile:
    bypasses_policies: bool = False
    settings: dict[str, str] = field(default_factory=dict)


# Product SQL is schema-qualified; nothing is found by accident, least of all in a temporary schema.
SEARCH_PATH = "pg_catalog, pg_temp"
_EVERY = {"search_path": SEARCH_PATH, "timezone": "UTC"}
# How statements about one tenant's rows are planned. A generic plan does not know the tenant, and takes the rows of one
# tenant, of one state, of one course for a handful, so that every way to them seems as good as the others. They are not
# few, and an index has them in the order that a page asks for: what begins with reading all of them is the last choice.
PLANNING = {
    "plan_cache_mode": "force_generic_plan",
    **{f"enable_{way}": "off" for way in ("sort", "bitmapscan", "hashjoin", "mergejoin", "seqscan")},
}
_PATIENCE = {"idle_in_transaction_session_timeout": "60s", "lock_timeout": "10s"}
_PROFILES = {
    # A policy that would hide rows from a migration is an error, not an UPDATE of 0 rows.
    DatabaseRole.OWNER: _Profile(settings={"row_security": "off"}),
    DatabaseRole.APP: _Profile(settings=_PATIENCE | PLANNING | {"statement_timeout": "30s"}),
    DatabaseRole.WORKER: _Profile(settings=_PATIENCE),
    DatabaseRole.ANALYST: _Profile(settings=_PATIENCE | {"statement_timeout": "60s"}),
    DatabaseRole.MOVER: _Profile(bypasses_policies=True, settings={"default_transaction_read_only": "on"}),
}

Passwords = Mapping[DatabaseRole, str]


def random_passwords() -> dict[DatabaseRole, str]:
    """A new password for every role."""
    return {role: secrets.token_urlsafe(32) for role in DatabaseRole}


async def create_roles(administrator: "asyncpg.Connection[Any]", passwords: Passwords) -> None:
    """Creates the roles that are missing in the server, and sets attributes, settings and the passwords given."""
    async with administrator.transaction():
        await administrator.execute(f"select pg_advisory_xact_lock({_LOCK})")
        known = {
            row["rolname"]: row for row in await administrator.fetch("select * from pg_catalog.pg_roles")
        }
        for role, profile in _PROFILES.items():
            if role not in known:
                await administrator.execute(f"create role {role}")
            await administrator.execute(f"alter role {role} {_attributes(profile, known.get(role))}")
            for name, value in (_EVERY | profile.settings).items():
                await administrator.execute(f"alter role {role} set {name} = {_setting(value)}")
            if role in passwords:
                verifier = scram_verifier(passwords[role], salt=secrets.token_bytes(16))
                await administrator.execute(f"alter role {role} password '{verifier}'")


def scram_verifier(password: str, *, salt: bytes) -> str:
    """What PostgreSQL stores instead of a password (RFC 5803); it contains nothing that needs quoting."""
    if not password.isascii() or not password.isprintable() or not password:
        raise InvalidInput("a database password is made of printable ASCII characters")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def _attributes(profile: _Profile, current: Mapping[str, Any] | None) -> str:
    """The attributes; those that only a superuser may name are named only where they differ (managed servers)."""
    wanted = ["login", "nocreatedb", "nocreaterole", "noinherit"]
    current = current or {"rolsuper": False, "rolreplication": False, "rolbypassrls": False}
    if current["rolsuper"]:
        wanted.append("nosuperuser")
    if current["rolreplication"]:
        wanted.append("noreplication")
    if current["rolbypassrls"] != profile.bypasses_policies:
        wanted.append("bypassrls" if profile.bypasses_policies else "nobypassrls")
    return " ".join(wanted)


def _setting(value: str) -> str:
    """A list of names stays a list, anything else is one literal."""
    return value if value == SEARCH_PATH else f"'{value}'"
