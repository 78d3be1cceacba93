"""How much there is at an institution, for NodeInfo: counted anew every half an hour at most."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from time import monotonic

from federation.objects.asking import Asking, ask
from kernel.tables import SCHEMA
from tenants.model import Tenant, TenantId

_SECONDS = 1800.0
_MOST_TENANTS = 20_000


class Counts:
    """Counts and remembers; one per process. Keys are those of `protocol.model.ServerFacts`."""

    def __init__(self, asking: Asking, *, now: Callable[[], float] = monotonic) -> None:
        self._asking = asking
        self._now = now
        self._known: OrderedDict[TenantId, tuple[float, Mapping[str, int]]] = OrderedDict()

    async def of(self, tenant: Tenant) -> Mapping[str, int]:
        """People on the social web, how many of them posted lately, posts and comments of people here."""
        until, known = self._known.get(tenant.id, (0.0, {}))
        if known and self._now() < until:
            return known
        (counts,) = await ask(self._asking, tenant, (_COUNTS, (tenant.id,)))
        self._known[tenant.id] = (self._now() + _SECONDS, counts)
        while len(self._known) > _MOST_TENANTS:
            self._known.popitem(last=False)
        return dict(counts)


def _active(days: int) -> str:
    return f"""(select count(*) from {SCHEMA}.actors a where a.tenant_id = $1 and a.user_id is not null
    and a.status = 'active' and exists (
      select from {SCHEMA}.posts p where p.tenant_id = $1 and p.actor_id = a.id
      and p.created_at > now() - interval '{days} days'))"""


_OPEN = "p.tenant_id = $1 and p.visibility in ('public', 'unlisted') and p.is_local and p.state = 'published'"
_COUNTS = f"""
select json_build_object(
  'users_total', (select count(*) from {SCHEMA}.actors a
    where a.tenant_id = $1::bigint and a.user_id is not null and a.status = 'active'),
  'active_halfyear', {_active(182)},
  'active_month', {_active(30)},
  'posts', (select count(*) from {SCHEMA}.posts p where {_OPEN} and p.in_reply_to_address is null),
  'comments', (select count(*) from {SCHEMA}.posts p where {_OPEN} and p.in_reply_to_address is not null)
)::text
"""
