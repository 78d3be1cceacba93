"""Pages of an institution's own domains may call the gateway from a browser; pages of others may not read its answers.

Source: the Fetch standard, "HTTP CORS protocol". Nobody is recognised by a cookie here, so what a page may not read it
cannot misuse either: a token has to be sent by whoever holds it. What changes anything is a POST of JSON, for which a
browser asks first; and a query by GET that a page of others puts into itself (an image, a script, a frame) is refused.
"""

from urllib.parse import urlsplit

from api.http.messages import Headers, HttpRefused, Request
from kernel.errors import ErrorCode, Unavailable
from tenants.directory import Directory
from tenants.model import Tenant

_ALLOWED: Headers = (
    (b"access-control-allow-methods", b"GET, POST"),
    (
        b"access-control-allow-headers",
        b"accept, accept-language, apollographql-client-name, apollographql-client-version, authorization, "
        b"content-type, fediflow-tenant, if-none-match, last-event-id, x-apollo-operation-name, "
        b"x-graphql-event-stream-token",
    ),
    (b"access-control-max-age", b"7200"),
)
_EXPOSED = (b"access-control-expose-headers", b"etag, retry-after, www-authenticate, x-request-id")


def refuse_embedding(request: Request) -> None:
    """Refuses what a browser loads for a page of others without being asked by it: `HttpRefused` 403.

    A link that is followed and a call that Cross-Origin rules let through are none of that. Source: Fetch Metadata
    Request Headers, which no page can write itself and other clients do not send.
    """
    if request.header("sec-fetch-site") != "cross-site":
        return
    if request.header("sec-fetch-mode") == "cors" or request.header("sec-fetch-dest") == "document":
        return
    raise HttpRefused(
        403,
        ErrorCode.FORBIDDEN,
        "a page of another origin cannot hold an answer of this service as a part of it",
    )


class CrossOrigin:
    """Knows whose page asks. Pages over plain http count only where the gateway itself is reached so (`allow_http`)."""

    def __init__(self, directory: Directory, *, allow_http: bool) -> None:
        self._directory = directory
        self._schemes = ("https", "http") if allow_http else ("https",)

    async def preflight(self, request: Request) -> Headers | None:
        """The answer to a browser that asks whether it may; None for any other request, `HttpRefused` for a strange page."""
        if request.method != "OPTIONS" or request.header("access-control-request-method") is None:
            return None
        headers = await self.headers(request, None)
        if not headers:
            raise HttpRefused(
                403, ErrorCode.FORBIDDEN, "pages of this origin may not call this service from a browser"
            )
        return [*headers, *_ALLOWED]

    async def headers(self, request: Request, tenant: Tenant | None) -> Headers:
        """What lets a page of the tenant's domains read the answer; nothing for pages of other institutions.

        `tenant` is the one that answers, None where it is not known (yet): nothing of an institution is in that answer.
        """
        origin = request.header("origin")
        if origin is None:
            return ()
        owner = await self._owner(origin)
        if owner is None or (tenant is not None and owner.id != tenant.id):
            return ()
        return ((b"access-control-allow-origin", origin.encode("latin-1")), _EXPOSED)

    async def _owner(self, origin: str) -> Tenant | None:
        try:
            parts = urlsplit(origin)
            host = parts.hostname
        except ValueError:
            return None
        if parts.scheme not in self._schemes or not host or parts.path or parts.query:
            return None
        try:
            return await self._directory.by_host(host)
        except Unavailable:  # then it is nobody's page that we know of, and the answer says what is wrong
            return None
