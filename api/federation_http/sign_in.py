"""A browser's way through a sign-in at the institution's provider: out by the start, back by the callback.

Whatever is wrong is a page for people and a problem document (RFC 9457) for others; it says what was wrong and no value.
"""

from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.federation_http.answers import refused
from api.federation_http.asked import Asked
from api.federation_http.pages.layout import Page, Writer
from api.federation_http.reception import Reception
from federation.signin.flows import Wish
from federation.signin.refusals import NoSuchSignIn
from federation.signin.returning import checked_return
from federation.signin.signing_in import Answer, Away, SigningIn
from federation.signin.start import CALLBACK, START, callback_address, is_challenge
from kernel.crypto.secret_texts import is_secret
from kernel.errors import ErrorCode, FediflowError, InvalidInput

_STATUSES = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.BAD_USER_INPUT: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 503,
}
_NO_STORE = {"cache-control": "no-store"}
_LONGEST = 4096
_COOKIE_SECONDS = 600


class SignIn:
    """The two answers."""

    def __init__(self, signing_in: SigningIn) -> None:
        self._signing_in = signing_in

    async def start(self, asked: Asked) -> Response:
        """To the provider."""
        try:
            return await self._start(asked)
        except FediflowError as error:
            return _refusal(asked, error)

    async def callback(self, asked: Asked) -> Response:
        """To the page that asked for the sign-in, with a code."""
        try:
            return await self._callback(asked)
        except FediflowError as error:
            return _refusal(asked, error)

    async def _start(self, asked: Asked) -> Response:
        if elsewhere := _primary(asked):
            return RedirectResponse(elsewhere, 303, _NO_STORE)
        provider_id, redirect_uri = asked.number("provider"), callback_address(asked.here)
        ticket = _one(asked.request, "ticket")
        if ticket is not None:
            away = await self._signing_in.begin(
                asked.tenant, provider_id=provider_id, redirect_uri=redirect_uri, ticket=ticket
            )
        else:
            away = await self._signing_in.begin(
                asked.tenant, provider_id=provider_id, redirect_uri=redirect_uri, wish=_wish(asked)
            )
        return _sent(asked, away)

    async def _callback(self, asked: Asked) -> Response:
        request = asked.request
        state = _one(request, "state")
        if state is None:
            raise NoSuchSignIn("what came back names no sign-in: begin again")
        answer = Answer(_one(request, "code"), _one(request, "error"), _one(request, "iss"))
        flow_id = await self._signing_in.flow_of(asked.tenant, state)
        name = _cookie(asked, flow_id)
        address = await self._signing_in.come_back(
            asked.tenant,
            flow_id=flow_id,
            binding=request.cookies.get(name),
            answer=answer,
            redirect_uri=callback_address(asked.here),
        )
        response = RedirectResponse(address, 303, _NO_STORE)
        response.delete_cookie(name, path="/", secure=_is_secure(asked), httponly=True, samesite="lax")
        return response


def sign_in_routes(signing_in: SigningIn, reception: Reception) -> Sequence[Route]:
    """Both addresses."""
    answers = SignIn(signing_in)
    return [
        Route(CALLBACK, reception.endpoint(answers.callback, is_plain=True), methods=["GET"]),
        Route(START + "/{provider}", reception.endpoint(answers.start, is_plain=True), methods=["GET"]),
    ]


def _wish(asked: Asked) -> Wish:
    challenge, invitation = _one(asked.request, "code_challenge"), _one(asked.request, "invitation")
    if challenge is not None and not is_challenge(challenge):
        raise InvalidInput("code_challenge is the base64url of a SHA-256")
    if invitation is not None and not is_secret(invitation):
        raise InvalidInput("this is no invitation: copy its whole address")
    return Wish(
        checked_return(_one(asked.request, "return_to"), asked.here), challenge, invitation=invitation
    )


def _sent(asked: Asked, away: Away) -> Response:
    """The redirect, and the cookie that only this browser brings back (RFC 6265bis: `__Host-` where there is TLS)."""
    response = RedirectResponse(away.address, 303, _NO_STORE)
    response.set_cookie(
        _cookie(asked, away.flow_id),
        away.binding,
        max_age=_COOKIE_SECONDS,
        path="/",
        secure=_is_secure(asked),
        httponly=True,
        samesite="lax",
    )
    return response


def _cookie(asked: Asked, flow_id: int) -> str:
    """One for each sign-in, so that two at a time do not meet."""
    return f"{'__Host-' if _is_secure(asked) else ''}fediflow-openid-{flow_id}"


def _is_secure(asked: Asked) -> bool:
    return asked.here.scheme == "https"


def _primary(asked: Asked) -> str | None:
    """The same under the institution's first domain, where another one was asked: the cookie and the callback meet there."""
    host, wanted = (text.rsplit(":", 1)[0].lower() for text in (asked.origin.host, asked.here.domain))
    if host.rstrip(".") == wanted:
        return None
    url = asked.request.url
    return f"{asked.here.base}{url.path}" + (f"?{url.query}" if url.query else "")


def _one(request: Request, name: str) -> str | None:
    """The member of the query; `InvalidInput` where it is said twice (RFC 6749 section 3.1) or is too long."""
    found = request.query_params.getlist(name)
    if len(found) > 1 or any(len(one) > _LONGEST or "\0" in one for one in found):
        raise InvalidInput(f"{name} is said once, and in at most {_LONGEST} characters")
    return found[0] if found else None


def _refusal(asked: Asked, error: FediflowError) -> Response:
    """The sentence, for a person or a program. What nobody meant to be told is raised again."""
    status = _STATUSES.get(error.code)
    if status is None:
        raise error
    headers = {"retry-after": "5"} if status == 503 else {}
    if "text/html" not in (asked.request.headers.get("accept") or ""):
        return refused(status, error.message, headers=headers)
    write = Writer(asked)
    title = write.words["no_sign_in"]
    body = f'<h1>{escape(title)}</h1><p lang="en" dir="ltr">{escape(error.message)}</p>'
    page = Page(title, body, asked.here.base + asked.request.url.path, is_listed=False)
    answer = write.page(page, status=status).response(None)
    answer.headers.update({**headers, **_NO_STORE})
    return answer
