"""Nothing is served without TLS where people's data is: links are led to https, everything else is refused.

Nothing is redirected with a token or a body in it: they have been on the wire already, and the client is to hear of it.
Probes and metrics answer as they are asked, since those who ask are beside us. Source: RFC 6797 (HSTS).
"""

from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

import orjson

from api.http.caller import origin_of
from api.http.messages import Headers, Receive, Request, Scope, Send, request_of, respond
from kernel.errors import ErrorCode, Unavailable
from tenants.directory import Directory

# A browser that was here once asks by https for a year, whatever a link says. Of this host alone: others are not ours.
HSTS: Headers = ((b"strict-transport-security", b"max-age=31536000"),)
_PLAIN = frozenset({"/livez", "/readyz", "/health", "/health/db", "/health/cache", "/metrics"})
_REFUSED = "this service is reached by https only; a token that was sent without it should be revoked: use "


class EncryptedOnly:
    """Tells apart what came by TLS, to us or to a trusted proxy, and answers what did not."""

    def __init__(
        self, directory: Directory, trusted: tuple[IPv4Network | IPv6Network, ...], public_url: str
    ) -> None:
        self._directory = directory
        self._trusted = trusted
        self._public_host = urlsplit(public_url).netloc

    def lets(self, scope: Scope) -> bool:
        """Whether the request may be served."""
        if scope["path"] in _PLAIN:
            return True
        origin = origin_of(request_of(scope), self._trusted, scope["scheme"])
        return origin.scheme.lower() in ("https", "wss")

    async def refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request that came without TLS."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "use wss"})
            return
        request = request_of(scope)
        host = await self._host(request, scope["scheme"])
        target = f"https://{host}{scope['raw_path'].decode('latin-1')}"
        if scope["method"] in ("GET", "HEAD") and request.header("authorization") is None:
            query = scope["query_string"].decode("latin-1")
            location = f"{target}?{query}" if query else target
            await respond(send, 308, b"", None, [(b"location", location.encode("latin-1")), *_EMPTY])
            return
        told = {"message": f"{_REFUSED}{target}", "extensions": {"code": str(ErrorCode.FORBIDDEN)}}
        body = orjson.dumps({"errors": [told]})
        await respond(send, 403, body, b"application/json; charset=utf-8", _CLOSED)

    async def _host(self, request: Request, scheme: str) -> str:
        """The host that was asked, if it is one of an institution's; else our public one."""
        host = origin_of(request, self._trusted, scheme).host.partition(":")[0]
        try:
            tenant = await self._directory.by_host(host) if host else None
        except Unavailable:
            tenant = None
        return host if tenant is not None else self._public_host


_EMPTY: Headers = ((b"content-length", b"0"), (b"cache-control", b"no-store"))
_CLOSED: Headers = ((b"cache-control", b"no-store"), (b"connection", b"close"))
