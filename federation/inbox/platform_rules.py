"""What the operator lets in, as every gateway knows it: blocked domains, and servers with a limit of their own."""

import asyncio

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.hosts.policies import domains_above
from federation.tables.hosts import platform_domains, remote_hosts
from kernel.database.trouble import DATABASE_TROUBLE

REFRESH_SECONDS = 15.0
USUAL_LIMIT = 12_000
"""Activities that one server may send one process in a minute, unless its row says otherwise."""

_log = structlog.get_logger(__name__)


class PlatformRules:
    """Read now and then; while the directory is away what was read goes on holding."""

    def __init__(self, directory: AsyncEngine) -> None:
        self._directory = directory
        self._blocked: frozenset[str] = frozenset()
        self._limited: frozenset[str] = frozenset()
        self._limits: dict[str, int] = {}
        self._full: frozenset[str] = frozenset()

    def is_blocked(self, host: str) -> bool:
        """Whether the platform has nothing to do with this host or a domain above it."""
        return bool(self._blocked) and not self._blocked.isdisjoint(domains_above(host))

    def is_limited(self, host: str) -> bool:
        """Whether what the host sends is held back everywhere."""
        return bool(self._limited) and not self._limited.isdisjoint(domains_above(host))

    def limit(self, host: str) -> int:
        """How many activities a minute are taken from the host."""
        return self._limits.get(host, USUAL_LIMIT)

    def is_full(self, host: str) -> bool:
        """Whether so much of the host waits to be worked on that nothing more is taken (`InboxQueue.mark_full`)."""
        return host in self._full

    async def read(self) -> None:
        """Reads the rules anew."""
        hosts, domains = remote_hosts.c, platform_domains.c
        async with self._directory.connect() as connection:
            acted = (await connection.execute(select(domains.domain, domains.action))).all()
            self._blocked = frozenset(domain for domain, action in acted if action == "block")
            self._limited = frozenset(domain for domain, action in acted if action == "limit")
            limits = select(hosts.host, hosts.receive_limit).where(hosts.receive_limit.is_not(None))
            self._limits = {row.host: row.receive_limit for row in await connection.execute(limits)}
            full = select(hosts.host).where(hosts.inbox_full_until > func.now())
            self._full = frozenset((await connection.execute(full)).scalars())

    async def follow(self) -> None:
        """Keeps them up to date until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.read()
            except DATABASE_TROUBLE as error:
                _log.warning("rules for other servers not read", why=type(error).__name__)
