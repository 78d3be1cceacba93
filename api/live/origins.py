"""Whose page may open a WebSocket: browsers let every page do it, and only say which one it was."""

from urllib.parse import urlsplit

from api.http.cross_origin import CrossOrigin
from api.http.messages import Request
from tenants.model import Tenant


async def is_allowed(cross_origin: CrossOrigin, request: Request, host: str, tenant: Tenant | None) -> bool:
    """Whether the page is one of the tenant's domains, or comes from the gateway itself. Other programs name none."""
    origin = request.header("origin")
    if origin is None or _host_of(origin) == host.lower():
        return True
    return bool(await cross_origin.headers(request, tenant))


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
