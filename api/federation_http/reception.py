"""What comes before each answer: which institution is asked, how often, and in which form; and refusals in that form."""

from collections.abc import Awaitable, Callable
from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from api.federation_http.allowance import Allowance
from api.federation_http.answers import Answer, refused
from api.federation_http.asked import Asked, FetchRefused
from api.federation_http.forms import Form, form_of
from api.federation_http.pages import notices
from api.http.caller import Network, Origin, accepted_languages, origin_of
from api.http.messages import request_of
from federation.objects.published import Published
from kernel.errors import ErrorCode, FediflowError, InvalidInput
from tenants.directory import Directory
from tenants.model import Tenant

Answering = Callable[[Asked], Awaitable[Answer | Response | None]]
Endpoint = Callable[[Request], Awaitable[Response]]
_NOTHING = "there is nothing at this address"


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
            form = Form.ACTIVITY if is_plain else form_of(raw.header("accept"), has_page=has_page)
            languages = tuple(accepted_languages(raw.header("accept-language")))
            refuse = _Refusals(form, languages)
            wait = self._allowance.take(origin.address)
            if wait:
                return refuse(429, "too many requests", retry_after=ceil(wait))
            try:
                tenant = await self._tenant(origin)
                if tenant is None:
                    return refuse(404, "there is no institution at this address")
                if form is None:
                    there = "application/activity+json" + (" or text/html" if has_page else "")
                    return refuse(406, f"this is there as {there}")
                languages = tuple(dict.fromkeys((*languages, *tenant.languages)))
                asked = Asked(tenant, self._published.here(tenant), request, origin, form, languages)
                refuse = _Refusals(form, languages, asked)
                answered = await answer(asked)
            except FetchRefused as error:
                return refuse(error.status, error.message)
            except InvalidInput:
                return refuse(404, _NOTHING)
            except FediflowError as error:
                if error.code is not ErrorCode.UNAVAILABLE:
                    raise
                return refuse(503, error.message, retry_after=5)
            if answered is None:
                return refuse(404, _NOTHING)
            return (
                answered if isinstance(answered, Response) else answered.response(raw.header("if-none-match"))
            )

        return respond

    async def _tenant(self, origin: Origin) -> Tenant | None:
        """The institution whose host was asked, where it is in service."""
        tenant = await self._directory.by_host(origin.host) if origin.host else None
        return tenant if tenant is not None and not tenant.is_suspended and tenant.domains else None


class _Refusals:
    """Refuses one request in the form that it wants: a page for people, a problem document for every other."""

    def __init__(self, form: Form | None, languages: tuple[str, ...], asked: Asked | None = None) -> None:
        self._form = form
        self._languages = languages
        self._asked = asked

    def __call__(self, status: int, why: str, *, retry_after: int | None = None) -> Response:
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        if self._form is Form.PAGE:
            return notices.refusal(status, self._languages, self._asked, headers=headers)
        return refused(status, why, headers=headers)
