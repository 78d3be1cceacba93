"""An institution's own addresses, out of what the directory knows of it and where the gateway is reached."""

from functools import lru_cache
from urllib.parse import urlsplit

from federation.protocol.addresses import Addresses
from kernel.errors import ErrorCode, FediflowError
from tenants.model import Tenant

_PORTS = {"http": 80, "https": 443}


class NoDomain(FediflowError):
    """An institution without a domain has no address on the social web."""

    code = ErrorCode.CONFLICT


@lru_cache(maxsize=20_000)
def addresses_of(tenant: Tenant, public_url: str) -> Addresses:
    """The institution's addresses: its primary domain, with the scheme (and, on a laptop, the port) of `public_url`."""
    if not tenant.domains:
        raise NoDomain(f"{tenant.slug} has no domain: an operator adds one")
    parts = urlsplit(public_url)
    port = parts.port if parts.port and parts.port != _PORTS.get(parts.scheme) else None
    with_port = [f"{domain}:{port}" if port else domain for domain in tenant.domains]
    return Addresses(parts.scheme, with_port[0], frozenset(with_port[1:]))
