"""uvicorn as we want it: our signals, our log, no header that tells what serves."""

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

STOP_SECONDS = 8


def http_server(app: object) -> uvicorn.Server:
    """A server for an ASGI application that needs no lifespan; `should_exit` ends it."""
    return _Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]  # an ASGI application, described by plain types
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
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
