"""How operations of the social web are called: with this institution's addresses, which depend on where it is reached."""

from collections.abc import Awaitable, Callable

from api.schema.inputs import given_or, id_of
from api.schema.mutation_fields import Changed, Run
from api.services import Services
from federation.local import addresses_of
from federation.protocol.addresses import Addresses
from kernel.entities import Entity
from tenants.door import Transaction
from tenants.model import Tenant

Operation = Callable[..., Awaitable[int]]


def here(tenant: Tenant, services: Services) -> Addresses:
    """The institution's own addresses; `NoDomain` where it has none."""
    return addresses_of(tenant, services.public_url)


def does(
    operation: Operation, keyword: str, entity: Entity, member: str = "id", *, versioned: bool = False
) -> Run:
    """Calls `operation(tx, keyword=id, here=…)`, with `expected_version` where it is `versioned`."""

    async def run(tx: Transaction, given: object, services: Services, address: str) -> Changed:
        more = {"expected_version": given_or(given.expected_version)} if versioned else {}  # type: ignore[attr-defined]
        changed = await operation(
            tx, **{keyword: id_of(given, entity, member)}, here=here(tx.tenant, services), **more
        )
        return Changed(changed)

    return run
