"""`/explorer` and what is below it.

`/explorer` is the page. Its files lie below a name made of their contents (`/explorer/3f…/main.js`) and may be kept for a
year; an address with another name, out of a page of another release, gets the present file and may not be kept.
`/explorer/demo.json` tells the demo's guests, of those institutions that are there; elsewhere it does not exist.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.explorer.files import PageFile, page_file, page_files, version_of
from api.explorer.guests import Guests
from kernel.errors import Unavailable

EXPLORER = "/explorer"
_INDEX = "index.html"
_FOREVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"
# Nothing but ourselves: no other host, no script or style inside the page, nobody's frame.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


# Whether an institution of that slug is served; `Unavailable` where that cannot be said.
IsServed = Callable[[str], Awaitable[bool]]


def explorer_routes(guests: Guests | None, is_served: IsServed) -> list[Route]:
    """The page's routes; `guests` only in the demo, because whoever asks is told their password."""
    files = dict(page_files())
    version = version_of(files)
    index = _index(files.pop(_INDEX), version, is_demo=guests is not None)
    routes = [
        Route(EXPLORER, _answering(index, _ASK_FIRST)),
        Route(f"{EXPLORER}/", _to_the_page),
        Route(f"{EXPLORER}/{{name}}", _nothing),
        Route(f"{EXPLORER}/{{version}}/{{name:path}}", _file(files, version)),
    ]
    if guests is not None:
        routes.insert(0, Route(f"{EXPLORER}/demo.json", _demo(guests, is_served)))
    return routes


def _demo(guests: Guests, is_served: IsServed) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            there = tuple([one for one in guests.institutions if await is_served(one.slug)])
        except Unavailable as error:
            return Response(f"{error.message}\n", 503, _HEADERS, "text/plain")
        told = orjson.dumps(asdict(replace(guests, institutions=there)))
        return _response(request, page_file("demo.json", told), _ASK_FIRST)

    return answer


def _index(file: PageFile, version: str, *, is_demo: bool) -> PageFile:
    text = file.plain.decode().replace("{version}", version)
    return page_file(_INDEX, text.replace("{demo}", "yes" if is_demo else "no").encode())


def _answering(file: PageFile, keep: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return _response(request, file, keep)

    return answer


def _file(files: dict[str, PageFile], version: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        if file is None:
            return await _nothing(request)
        is_present = request.path_params["version"] == version
        return _response(request, file, _FOREVER if is_present else _ASK_FIRST)

    return answer


async def _to_the_page(request: Request) -> Response:
    # relative, because a proxy may have put us below a path
    return RedirectResponse(f"..{EXPLORER}", 308, _HEADERS)


async def _nothing(request: Request) -> Response:
    return Response("there is no such file\n", 404, _HEADERS, "text/plain")


def _response(request: Request, file: PageFile, keep: str) -> Response:
    body, etag, headers = (
        file.plain,
        file.etag,
        {**_HEADERS, "cache-control": keep, "vary": "accept-encoding"},
    )
    if file.packed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
        body, etag = file.packed, file.packed_etag
        headers["content-encoding"] = "gzip"
    headers["etag"] = etag
    if etag in [
        tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")
    ]:
        headers.pop("content-encoding", None)
        return Response(None, 304, headers)
    return Response(body, 200, headers, file.media)


def _takes_gzip(header: str) -> bool:
    """Whether gzip is among the codings and not refused by `q=0` (RFC 9110, section 12.5.3)."""
    for item in header.lower().split(","):
        coding, _, weight = item.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
