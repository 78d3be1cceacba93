"""A collection as documents: the whole with its count, and a page with the address of the next."""

from collections.abc import Mapping, Sequence
from typing import Any

from federation.objects.asking import Asking, ask
from federation.objects.listings import NEWEST, OLDEST, PAGE, Listing
from federation.protocol.writing import Document, Embedded, write_collection, write_page
from tenants.model import Tenant


async def whole(
    asking: Asking,
    tenant: Tenant,
    owner: int | str,
    listing: Listing,
    address: str,
    *,
    is_hidden: bool = False,
) -> Document:
    """The collection itself, with its count where that is told."""
    total = None
    if listing.total is not None:
        (total,) = await ask(asking, tenant, (listing.total_statement, (tenant.id, owner)))
    first = None if is_hidden else f"{address}?page=true"
    return write_collection(id=address, total=total, first=first)


async def page_of(
    asking: Asking, tenant: Tenant, owner: int | str, listing: Listing, cursor: int
) -> tuple[list[Mapping[str, Any]], int | None]:
    """The page's rows, and the cursor of the next where there is one."""
    (found,) = await ask(asking, tenant, (listing.page_statement, (tenant.id, owner, cursor)))
    rows = found[:PAGE]
    return rows, int(rows[-1]["id"]) if len(found) > PAGE else None


def page_document(address: str, cursor: int, items: Sequence[Embedded], following: int | None) -> Document:
    """A page, and where the next is: `following` is its cursor."""
    return write_page(
        id=page_address(address, cursor),
        part_of=address,
        items=items,
        next=page_address(address, following) if following is not None else None,
    )


def page_address(address: str, cursor: int) -> str:
    """Where the page behind a cursor is."""
    return f"{address}?page=true" if cursor in (NEWEST, OLDEST) else f"{address}?page=true&from={cursor}"
