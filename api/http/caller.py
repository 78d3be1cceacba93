"""Who is asking and of which tenant: token, header, host; forwarded ones only from trusted proxies."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address

from api.http.messages import Request
from kernel.errors import InvalidInput
from kernel.languages import language_tag
from tenants.directory import Directory
from tenants.model import Principal, Tenant, TenantMismatch, TenantRequired, Unauthenticated
from tenants.signin.authenticator import Authenticator

TENANT_HEADER = "fediflow-tenant"
MAX_LANGUAGES = 10
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, after trusted proxies: the client's address, host and scheme."""

    address: str
    host: str
    scheme: str


def origin_of(request: Request, trusted: tuple[Network, ...], scheme: str) -> Origin:
    """The nearest untrusted address, and the host and scheme that a trusted proxy forwarded, if it is one."""
    host = request.header("host") or ""
    if not _is_trusted(request.peer, trusted):
        return Origin(request.peer, host, scheme)
    forwarded = (request.header("x-forwarded-for") or "").split(",")
    hops = [_without_port(hop.strip()) for hop in forwarded if hop.strip()]
    address = request.peer
    while hops and _is_trusted(address, trusted):
        address = hops.pop()
    return Origin(
        address,
        request.header("x-forwarded-host") or host,
        request.header("x-forwarded-proto") or scheme,
    )


class Callers:
    """Finds the principal of a request without asking the tenant's database where it can."""

    def __init__(
        self, directory: Directory, authenticator: Authenticator, trusted: tuple[Network, ...]
    ) -> None:
        self._directory = directory
        self._authenticator = authenticator
        self._trusted = trusted

    async def tenant(self, request: Request, origin: Origin) -> Tenant | None:
        """The tenant that header or host name; `TenantMismatch` when they name two."""
        slug = request.header(TENANT_HEADER)
        by_host = await self._directory.by_host(origin.host) if origin.host else None
        if slug is None:
            return by_host
        by_header = await self._directory.by_slug(slug)
        if by_header is None:
            nobody = f"there is no institution {slug[:40]!r}"
            # a token names one, so the two disagree
            raise TenantMismatch(nobody) if request.header("authorization") else TenantRequired(nobody)
        if by_host is not None and by_host.id != by_header.id:
            raise TenantMismatch(f"the host {origin.host!r} is not the institution {slug!r}")
        return by_header

    async def principal(self, request: Request, scheme: str) -> tuple[Principal | None, Origin]:
        """Who is asking; None where neither token, header nor host names a tenant."""
        origin = origin_of(request, self._trusted, scheme)
        tenant = await self.tenant(request, origin)
        token = _bearer(request.header("authorization"))
        if token is None and tenant is None:
            return None, origin
        principal = await self._authenticator.authenticate(token=token, tenant=tenant, address=origin.address)
        return replace(principal, languages=_languages(request, principal)), origin


def _languages(request: Request, principal: Principal) -> tuple[str, ...]:
    """Accept-Language, the person's, the tenant's; each once."""
    wanted = [
        *_accepted(request.header("accept-language")),
        *principal.languages,
        *principal.tenant.languages,
    ]
    return tuple(dict.fromkeys(wanted))


def _accepted(header: str | None) -> list[str]:
    weighted = []
    for position, item in enumerate((header or "").split(",")[:MAX_LANGUAGES]):
        tag, _, parameter = item.strip().partition(";")
        if tag in ("", "*"):
            continue
        try:
            quality = float(parameter.partition("=")[2] or 1)
            weighted.append((-quality, position, str(language_tag(tag.strip()))))
        except (ValueError, InvalidInput):
            continue  # a malformed preference is no reason to refuse an answer
    return [tag for _, _, tag in sorted(weighted)]


def _bearer(header: str | None) -> str | None:
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("the Authorization header is not `Bearer <token>`")
    return token.strip()


def _without_port(hop: str) -> str:
    """The address of a forwarded hop: some proxies write `1.2.3.4:5678` or `[::1]:80`. Other text stays as it is."""
    host = hop
    if hop.startswith("["):
        host = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        host = hop.partition(":")[0]
    try:
        return str(ip_address(host))
    except ValueError:
        return hop


def _is_trusted(address: str, trusted: tuple[Network, ...]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in trusted)
