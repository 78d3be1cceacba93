"""What is true of a PostgreSQL server and of one connection to it."""

import time
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from fediflow.doctor.verdicts import Check, Verdict, judged
from kernel.database.addresses import Address

OLDEST_POSTGRES = 15
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
_CLOCK_WARNING, _CLOCK_BAD = 1.0, 5.0

_FACTS = text(
    """
    select current_setting('server_version_num')::int as version_num,
           current_setting('server_version') as version,
           current_setting('fsync') as fsync,
           current_setting('full_page_writes') as full_page_writes,
           current_setting('synchronous_commit') as synchronous_commit,
           coalesce((select ssl from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()), false) as tls,
           coalesce((select version from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()), '') as protocol,
           pg_catalog.inet_server_addr() is null or pg_catalog.inet_server_addr() << '127.0.0.0/8'
               or pg_catalog.inet_server_addr() = '::1' as is_local,
           current_setting('server_encoding') as encoding,
           pg_catalog.has_function_privilege(
               'fediflow_app', 'pg_catalog.set_config(text, text, boolean)', 'execute') as set_config,
           extract(epoch from pg_catalog.clock_timestamp())::float8 as now
    """
)


async def examine_server(connection: AsyncConnection, where: str, address: Address) -> list[Check]:
    """Version, durability, protection, encoding and clock."""
    asked = time.time()
    facts: dict[str, Any] = dict((await connection.execute(_FACTS)).mappings().one())
    answered = time.time()
    return [
        judged(
            where,
            "PostgreSQL",
            facts["version_num"] // 10_000 >= OLDEST_POSTGRES,
            f"{facts['version']} at {address}",
        ),
        _durability(where, facts),
        _protection(where, facts),
        judged(where, "encoding", facts["encoding"] == "UTF8", facts["encoding"]),
        judged(
            where,
            "set_config is revoked",
            not facts["set_config"],
            "the application may call it: an injected SELECT could change the tenant"
            if facts["set_config"]
            else "yes",
        ),
        _clock(where, facts["now"], asked, answered),
    ]


def _durability(where: str, facts: dict[str, Any]) -> Check:
    off = [name for name in _DURABLE if facts[name] in ("off", "local")]
    said = ", ".join(f"{name} {facts[name]}" for name in _DURABLE)
    return judged(where, "acknowledged writes survive a crash", not off, said)


def _protection(where: str, facts: dict[str, Any]) -> Check:
    if facts["tls"]:
        return Check(where, "TLS", Verdict.OK, facts["protocol"])
    found = "not used: the server is on this machine" if facts["is_local"] else "not used over a network"
    return judged(where, "TLS", facts["is_local"], found)


def _clock(where: str, theirs: float, asked: float, answered: float) -> Check:
    """How far it is from the nearest moment at which the server may have read its clock."""
    apart = max(0.0, asked - theirs, theirs - answered)
    verdict = Verdict.BAD if apart > _CLOCK_BAD else Verdict.WARNING if apart > _CLOCK_WARNING else Verdict.OK
    return Check(where, "clock", verdict, f"{apart * 1000:.0f} ms from this machine's")
