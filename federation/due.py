"""What has become due in a queue of a shard, worked off for one institution after another."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import FediflowError
from tenants.model import Tenant

TenantOf = Callable[[int], Awaitable[Tenant | None]]
"""The institution of an id."""


class Due(Protocol):
    """Something whose time has come."""

    @property
    def tenant_id(self) -> int: ...


Given = TypeVar("Given", bound=Due)


async def deal_with(
    found: Sequence[Given],
    tenant_of: TenantOf,
    *,
    work: Callable[[Tenant, Given], Awaitable[None]],
    put_off: Callable[[Given], Awaitable[None]],
) -> int:
    """Works off each in order, and puts off those of institutions that are suspended or being moved; how many there were.

    One that fails holds back no other: the first error is raised at the end.
    """
    dealt_with, trouble = 0, None
    for due in found:
        try:
            tenant = await tenant_of(due.tenant_id)
            if tenant is None or tenant.is_suspended:
                await put_off(due)
            else:
                await work(tenant, due)
            dealt_with += 1
        except (*DATABASE_TROUBLE, FediflowError) as error:
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return dealt_with
