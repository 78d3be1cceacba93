"""uvicorn as we want it: our signals, our log, no header that tells what serves."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from api.http.messages import MAX_BODY
from api.http.quick import QuickAnswers
from fediflow.processes.http_protocol import Departure, Heads, Protocol
from fediflow.processes.patience import PatientProtocol

STOP_SECONDS = 8
# A peer that does not answer a ping within as long again is gone.
WS_PING_SECONDS = 20.0


def http_server(
    app: object, *, quick: QuickAnswers | None = None, departure: Departure | None = None
) -> uvicorn.Server:
    """A server for an ASGI application that needs no lifespan; `should_exit` ends it, as `departure` says.

    `quick` answers what it can before the application is asked.
    """
    protocol: Any = PatientProtocol
    if quick is not None:
        protocol = partial(Protocol, Heads(quick), departure or Departure())
    return _Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]  # an ASGI application, described by plain types
            loop="none",
            http=protocol,
            ws="websockets-sansio",
            ws_max_size=MAX_BODY,
            ws_ping_interval=WS_PING_SECONDS,
            ws_ping_timeout=WS_PING_SECONDS,
            ws_per_message_deflate=False,  # a window for each of thousands of connections, for messages of a few lines
            lifespan="off",
            log_config=None,
            log_level="warning",  # at each WebSocket it would write an address and a query string
            access_log=False,
            proxy_headers=False,  # who is trusted to forward is the application's question
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )


class _Server(uvicorn.Server):
    """Without signal handlers of its own: they end the process before what it holds is given back."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
