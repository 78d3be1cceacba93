"""What comes before each answer: which institution is asked, how often, by whom, and in which form."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from api.federation_http.allowance import Allowance
from api.federation_http.answers import Answer, refused
from api.federation_http.forms import Form, form_of
from api.http.caller import Network, Origin, accepted_languages, origin_of
from api.http.messages import request_of
from federation.objects.posts import NOBODY
from federation.objects.published import Published
from federation.protocol.addresses import Addresses
from kernel.errors import ErrorCode, FediflowError, InvalidInput
from tenants.directory import Directory
from tenants.model import Tenant


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who fetches: the id of the actor who signed where it is known here, else `NOBODY`."""

    actor_id: int = NOBODY
    is_signed: bool = False


class FetchRefused(FediflowError):
    """The fetch has to be signed, its signature does not hold, or its host is not dealt with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = ErrorCode.UNAUTHENTICATED if status == 401 else ErrorCode.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for something of an institution."""

    tenant: Tenant
    here: Addresses
    request: Request
    origin: Origin
    form: Form
    languages: tuple[str, ...]

    def number(self, name: str = "number") -> int:
        """An id of the path; 0, which nothing has, where it is none that can be."""
        text = str(self.request.path_params[name])
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 2**63 else 0

    def cursor(self, first: int) -> int | None:
        """Where a page begins; None where the whole is asked for. What is no number is no cursor, so a first page."""
        query = self.request.query_params
        if "page" not in query:
            return None
        text = query.get("from", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else first


Answering = Callable[[Asked], Awaitable[Answer | Response | None]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Reception:
    """Receives requests for one process: makes a route's endpoint of a function that answers."""

    def __init__(
        self,
        directory: Directory,
        published: Published,
        trusted_proxies: tuple[Network, ...],
        allowance: Allowance | None = None,
    ) -> None:
        self._directory = directory
        self._published = published
        self._trusted = trusted_proxies
        self._allowance = allowance or Allowance()

    def endpoint(self, answer: Answering, *, has_page: bool = False, is_plain: bool = False) -> Endpoint:
        """`is_plain`: there is one form, and what the client says of forms does not matter (WebFinger, NodeInfo)."""

        async def respond(request: Request) -> Response:
            raw = request_of(request.scope)
            origin = origin_of(raw, self._trusted, request.url.scheme)
            wait = self._allowance.take(origin.address)
            if wait:
                return refused(429, "too many requests", headers={"retry-after": str(ceil(wait))})
            try:
                tenant = await self._tenant(origin)
                if tenant is None:
                    return refused(404, "there is no institution at this address")
                form = Form.ACTIVITY if is_plain else form_of(raw.header("accept"), has_page=has_page)
                if form is None:
                    return refused(
                        406,
                        "this is there as application/activity+json" + (" or text/html" if has_page else ""),
                    )
                languages = tuple(
                    dict.fromkeys((*accepted_languages(raw.header("accept-language")), *tenant.languages))
                )
                asked = Asked(tenant, self._published.here(tenant), request, origin, form, languages)
                answered = await answer(asked)
            except FetchRefused as error:
                return refused(error.status, error.message)
            except InvalidInput:
                return refused(404, "there is nothing at this address")
            except FediflowError as error:
                if error.code is not ErrorCode.UNAVAILABLE:
                    raise
                return refused(503, error.message, headers={"retry-after": "5"})
            if answered is None:
                return refused(404, "there is nothing at this address")
            return (
                answered if isinstance(answered, Response) else answered.response(raw.header("if-none-match"))
            )

        return respond

    async def _tenant(self, origin: Origin) -> Tenant | None:
        """The institution whose host was asked, where it is in service."""
        tenant = await self._directory.by_host(origin.host) if origin.host else None
        return tenant if tenant is not None and not tenant.is_suspended and tenant.domains else None
