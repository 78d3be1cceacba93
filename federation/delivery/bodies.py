"""What is sent: the documents of activities, read once and kept while they are sent to one host after another."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from time import monotonic

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.delivery.proving import Prove
from federation.hosts.policies import ANYTHING, Policies, all_policies, decide
from federation.signatures import sha256
from kernel.batching import Batches
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import Unavailable
from tenants.door import driver_of, set_tenant
from tenants.model import TenantId

_KEPT_BYTES = 64 * 1024 * 1024
_DECIDED = 50_000
_NONE = Policies()
_DOCUMENTS = """select a.id, a.actor_id, a.address, a.type, a.object_address, a.document, s.address as actor_address,
    coalesce(s.restriction = 'suspended', false) as is_suspended,
    coalesce(p.state = 'deleted', false) and a.type in ('Create', 'Update') as is_withdrawn
from fediflow.activities a
left join fediflow.actors s on s.tenant_id = a.tenant_id and s.id = a.actor_id
left join fediflow.posts p on p.tenant_id = a.tenant_id and p.id = a.post_id
where a.tenant_id = $1::bigint and a.id = any($2::text[]::bigint[])"""
# What takes something back goes out whatever became of the actor since.
_ALWAYS_SENT = frozenset({"Delete", "Undo"})


@dataclass(frozen=True, slots=True)
class Body:
    """An activity as it is sent."""

    address: str
    actor_address: str
    type: str
    object_address: str | None
    document: bytes
    sha256: str  # of the document, in base64
    is_silenced: bool = False  # moderators suspended the actor
    is_withdrawn: bool = False  # it tells of a post that was deleted since


Key = tuple[int, int]  # tenant, activity


class Bodies:
    """The activities of a shard, proven once each, and whom its institutions send nothing to."""

    def __init__(self, engine: AsyncEngine, prove: Prove, *, remembered: float) -> None:
        self._engine = engine
        self._prove = prove
        self._remembered = remembered  # seconds, an institution's rules and who is suspended
        self._kept: OrderedDict[Key, tuple[float, Body]] = OrderedDict()
        self._size = 0
        self._policies: dict[int, tuple[float, Policies]] = {}
        self._decided: dict[tuple[int, str], tuple[Policies, bool]] = {}
        self._reads: Batches[Key, Body | None] = Batches(self._read, most=200)

    async def get(self, tenant_id: int, activity_id: int) -> Body | None:
        """The activity; None where there is none any more. `Unavailable` while the database is away."""
        until, known = self._kept.get((tenant_id, activity_id), (0.0, None))
        if known is not None and min(until, self._policies[tenant_id][0]) > monotonic():
            self._kept.move_to_end((tenant_id, activity_id))
            return known
        return await self._reads.ask((tenant_id, activity_id))

    def is_blocked(self, tenant_id: int, host: str) -> bool:
        """Whether the institution sends nothing to a host; known for those of whom something was got just now."""
        _, policies = self._policies.get(tenant_id, (0.0, _NONE))
        known = self._decided.get((tenant_id, host))
        if known is not None and known[0] is policies:
            return known[1]
        if len(self._decided) >= _DECIDED:
            self._decided.clear()
        is_blocked = not decide(policies, ANYTHING, host).is_open
        self._decided[tenant_id, host] = policies, is_blocked
        return is_blocked

    async def aclose(self) -> None:
        """Ends what is under way."""
        await self._reads.aclose()

    async def _read(self, keys: Sequence[Key]) -> list[Body | None]:
        found: dict[Key, Body] = {}
        for tenant_id, those in groupby(sorted(set(keys)), key=lambda key: key[0]):
            try:
                await self._read_tenant(tenant_id, [activity for _, activity in those], found)
            except DATABASE_TROUBLE as error:
                raise Unavailable(
                    "the documents of activities cannot be read: the database is away"
                ) from error
        for key, body in found.items():
            self._keep(key, body)
        return [found.get(key) for key in keys]

    async def _read_tenant(self, tenant_id: int, activities: Sequence[int], found: dict[Key, Body]) -> None:
        async with self._engine.connect() as connection, connection.begin():
            await connection.execute(text(set_tenant(TenantId(tenant_id))))
            driver = driver_of(connection)
            rows = await driver.fetch(_DOCUMENTS, tenant_id, [str(one) for one in activities])
            until, policies = self._policies.get(tenant_id, (0.0, None))
            if policies is None or until <= monotonic():
                policies = await all_policies(driver, tenant_id)
                self._policies[tenant_id] = monotonic() + self._remembered, policies
        for row in rows:
            document = await self._prove(tenant_id, row["actor_id"], row["document"].encode())
            found[tenant_id, row["id"]] = Body(
                row["address"],
                row["actor_address"] or "",
                row["type"],
                row["object_address"],
                document,
                sha256(document),
                row["is_suspended"] and row["type"] not in _ALWAYS_SENT,
                row["is_withdrawn"],
            )

    def _keep(self, key: Key, body: Body) -> None:
        if key not in self._kept:
            self._size += len(body.document)
        self._kept[key] = monotonic() + self._remembered, body
        while self._size > _KEPT_BYTES:
            _, (_, gone) = self._kept.popitem(last=False)
            self._size -= len(gone.document)
