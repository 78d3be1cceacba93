"""The way of queries to tenants' rows: statements of one tenant, in one read-only snapshot, in one round trip."""

from collections.abc import Callable, Mapping, Sequence

from kernel.database.wire.client import Flight, Statement, WireClient
from kernel.database.wire.promise import Outcome
from kernel.errors import Unavailable
from tenants.model import Tenant


class Readers:
    """Reads by the shard of the tenant. `clients` are those of the shards that are served; they come and go."""

    def __init__(self, clients: Mapping[str, WireClient]) -> None:
        self._clients = clients

    async def fetch(self, tenant: Tenant, statements: Sequence[Statement]) -> list[bytes | None]:
        """The text of each statement's one row; PostgreSQL's errors as the driver has them, or `Unavailable`."""
        try:
            return await self._client(tenant).fetch(tenant.id, statements)
        except Unavailable as error:
            raise _plain(error, tenant) from error

    def start(
        self, tenant: Tenant, statements: Sequence[Statement], done: Callable[[Outcome], None]
    ) -> Flight:
        """As `fetch`, for who does not await: `done` gets what it would return or raise."""

        def ended(outcome: Outcome) -> None:
            done(_plain(outcome, tenant) if isinstance(outcome, Unavailable) else outcome)

        return self._client(tenant).start(tenant.id, statements, ended)

    def _client(self, tenant: Tenant) -> WireClient:
        client = self._clients.get(tenant.shard)
        if client is None:
            raise _NotServed(f"the shard of {tenant.slug} is not served by this process", shard=tenant.shard)
        return client


class _NotServed(Unavailable):
    """Says itself what is wrong."""


def _plain(error: Unavailable, tenant: Tenant) -> Unavailable:
    if isinstance(error, _NotServed):
        return error
    # its own words name the server, which is nothing for a client
    return Unavailable("the database does not answer", shard=tenant.shard)
