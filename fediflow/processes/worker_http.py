"""A worker's own small address: `/livez` and `/metrics`."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from fediflow.local.sockets import listen
from fediflow.processes.background import beside
from fediflow.processes.http_server import http_server
from kernel.telemetry import Metrics
from kernel.telemetry.metrics import CONTENT_TYPE

_Message = MutableMapping[str, Any]


@asynccontextmanager
async def worker_http(host: str, port: int, metrics: Metrics) -> AsyncIterator[None]:
    """Answers while the block lasts."""

    async def app(
        scope: _Message,
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        pages = {
            "/livez": (b'{"status":"ok"}', "application/json"),
            "/metrics": (metrics.expose(), CONTENT_TYPE),
        }
        body, kind = pages.get(scope["path"], (b"", ""))
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if kind else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    with listen(host, port, "the worker's figures") as listener:
        async with beside(http_server(app).serve(sockets=[listener])):
            yield
