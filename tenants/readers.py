"""The way of queries to tenants' rows: statements of one tenant, in one read-only snapshot, in one round trip."""

from collections.abc import Mapping, Sequence

from kernel.database.wire.client import Statement, WireClient
from kernel.errors import Unavailable
from tenants.model import Tenant


class Readers:
    """Reads by the shard of the tenant. `clients` are those of the shards that are served; they come and go."""

    def __init__(self, clients: Mapping[str, WireClient]) -> None:
        self._clients = clients

    async def fetch(self, tenant: Tenant, statements: Sequence[Statement]) -> list[bytes | None]:
        """The text of each statement's one row; PostgreSQL's errors as the driver has them, or `Unavailable`."""
        client = self._clients.get(tenant.shard)
        if client is None:
            raise Unavailable(f"the shard of {tenant.slug} is not served by this process", shard=tenant.shard)
        try:
            return await client.fetch(tenant.id, statements)
        except Unavailable as error:
            # its own words name the server, which is nothing for a client
            raise Unavailable("the database does not answer", shard=tenant.shard) from error
