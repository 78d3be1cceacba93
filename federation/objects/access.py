"""Which other servers an institution deals with, and whether it wants fetches signed; remembered for seconds."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from federation.hosts.policies import ANYTHING, Policies, decide, domains_above
from federation.objects.asking import Asking, ask
from kernel.tables import SCHEMA
from tenants.model import Tenant, TenantId

_SECONDS = 2.0
_MOST_TENANTS = 20_000


@dataclass(frozen=True, slots=True)
class FetchRules:
    """An institution's settings; `mode` and `requires_signed_fetch` as in `federation_settings`."""

    mode: str = "open"
    requires_signed_fetch: str = "never"

    def must_be_signed(self, *, is_actor: bool) -> bool:
        """Whether a fetch has to be signed. With a list of whom it deals with, an institution must know who asks."""
        if self.mode == "allow_list" or self.requires_signed_fetch == "everything":
            return True
        return self.requires_signed_fetch == "objects" and not is_actor


class FetchAccess:
    """Asks an institution's rules; one per process."""

    def __init__(self, asking: Asking, *, now: Callable[[], float] = monotonic) -> None:
        self._asking = asking
        self._now = now
        self._known: OrderedDict[TenantId, tuple[float, FetchRules]] = OrderedDict()

    async def rules(self, tenant: Tenant) -> FetchRules:
        """Its rules, at most two seconds old."""
        until, known = self._known.get(tenant.id, (0.0, None))
        if known is not None and self._now() < until:
            return known
        (found,) = await ask(self._asking, tenant, (_RULES, (tenant.id,)))
        rules = FetchRules(**found) if found else FetchRules()
        self._known[tenant.id] = (self._now() + _SECONDS, rules)
        while len(self._known) > _MOST_TENANTS:
            self._known.popitem(last=False)
        return rules

    async def is_dealt_with(self, tenant: Tenant, host: str, rules: FetchRules) -> bool:
        """Whether a host is answered; the platform's block was asked before."""
        (actions,) = await ask(self._asking, tenant, (_POLICIES, (tenant.id, domains_above(host))))
        return decide(Policies(rules.mode, actions=actions), ANYTHING, host).is_open

    async def actor_id(self, tenant: Tenant, address: str) -> int | None:
        """The id of an actor as it is known here: 0 where it is not, None where it is suspended."""
        (found,) = await ask(self._asking, tenant, (_ACTOR, (tenant.id, address)))
        if found is None:
            return 0
        return None if found["restriction"] == "suspended" else int(found["id"])


_RULES = f"""
select json_build_object('mode', s.mode, 'requires_signed_fetch', s.requires_signed_fetch)::text
from {SCHEMA}.federation_settings s where s.tenant_id = $1::bigint
"""
_POLICIES = f"""
select coalesce(json_object_agg(p.domain, p.action), '{{}}')::text
from {SCHEMA}.domain_policies p where p.tenant_id = $1::bigint and p.domain = any($2::text[])
"""
_ACTOR = f"""
select json_build_object('id', a.id::text, 'restriction', a.restriction)::text
from {SCHEMA}.actors a where a.tenant_id = $1::bigint and a.address = $2::text and a.status not in ('gone', 'withdrawn')
"""
