"""Who is asking and of which tenant: token, header, host; forwarded ones only from trusted proxies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address

from api.http.messages import Request
from kernel.errors import InvalidInput
from kernel.languages import language_tag
from tenants.directory import Directory, Fresh, Key, by_host, by_slug
from tenants.model import Principal, Tenant, TenantMismatch, TenantRequired, Unauthenticated
from tenants.signin.authenticator import Authenticator, fingerprint

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


@dataclass(slots=True)
class Said:
    """What a request's head says about who is asking; the same for every request with that head.

    The last answer is kept beside it: as long as the authenticator knows the same principal it is taken again.
    """

    origin: Origin
    host: Key | None
    slug: Key | None
    token: bytes | None  # its fingerprint
    accepted: tuple[str, ...]
    known: Principal | None = None
    asking: Principal | None = None


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
        own = await self._directory.by_host(origin.host) if origin.host else None
        if slug is None:
            return own
        named = await self._directory.by_slug(slug)
        if named is None:
            nobody = f"there is no institution {slug[:40]!r}"
            # a token names one, so the two disagree
            raise TenantMismatch(nobody) if request.header("authorization") else TenantRequired(nobody)
        if own is not None and own.id != named.id:
            raise TenantMismatch(f"the host {origin.host!r} is not the institution {slug!r}")
        return named

    def origin(self, request: Request, scheme: str) -> Origin:
        """Where a request came from."""
        return origin_of(request, self._trusted, scheme)

    async def principal(self, request: Request, scheme: str) -> tuple[Principal | None, Origin]:
        """Who is asking; None where neither token, header nor host names a tenant."""
        origin = origin_of(request, self._trusted, scheme)
        tenant = await self.tenant(request, origin)
        token = _bearer(request.header("authorization"))
        if token is None and tenant is None:
            return None, origin
        principal = await self._authenticator.authenticate(token=token, tenant=tenant, address=origin.address)
        accepted = accepted_languages(request.header("accept-language"))
        return replace(principal, languages=_languages(accepted, principal)), origin

    def said(self, request: Request, scheme: str) -> Said:
        """What does not change from request to request of one head; `Unauthenticated` as `principal` raises it."""
        token = _bearer(request.header("authorization"))
        origin, slug = origin_of(request, self._trusted, scheme), request.header(TENANT_HEADER)
        return Said(
            origin,
            by_host(origin.host) if origin.host else None,
            by_slug(slug) if slug is not None else None,
            fingerprint(token) if token is not None else None,
            tuple(accepted_languages(request.header("accept-language"))),
        )

    def known(self, said: Said) -> Principal | None:
        """Who is asking, where that needs nobody's answer; None: ask `principal`, which also says what is wrong."""
        own = self._directory.fresh(said.host) if said.host is not None else _NOBODY
        named = self._directory.fresh(said.slug) if said.slug is not None else _NOBODY
        if own is None or named is None:
            return None
        tenant = own.tenant
        if said.slug is not None:
            tenant = named.tenant
            if tenant is None or (own.tenant is not None and own.tenant.id != tenant.id):
                return None
        known = self._authenticator.known(token=said.token, tenant=tenant)
        if known is None:
            return None
        before = said.known
        is_same = known is before or (
            before is not None and said.token is None and known.tenant is before.tenant
        )
        if not is_same:
            said.known, said.asking = known, replace(known, languages=_languages(said.accepted, known))
        return said.asking


def _languages(accepted: Sequence[str], principal: Principal) -> tuple[str, ...]:
    """Accept-Language, the person's, the tenant's; each once."""
    return tuple(dict.fromkeys((*accepted, *principal.languages, *principal.tenant.languages)))


def accepted_languages(header: str | None) -> list[str]:
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
    if not trusted:
        return False
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in trusted)


_NOBODY = Fresh(None, float("inf"))
