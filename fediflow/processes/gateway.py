"""A gateway process: `python -m fediflow.processes.gateway [--fd N]` serves HTTP until it is told to stop.

With `--fd` it serves a listening socket that it inherited, so that a restart refuses nobody and several share a port.
"""

import argparse
import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
import uvloop

from api.app import create_app
from api.live.hub import Hub
from fediflow.exits import end_with
from fediflow.local.sockets import listen
from fediflow.processes.background import beside
from fediflow.processes.http_protocol import Departure
from fediflow.processes.http_server import http_server
from fediflow.processes.observing import observe_process
from fediflow.processes.opened import opened_gateway
from fediflow.processes.signals import Stop, stopping
from kernel.garbage import keep_what_started
from kernel.settings import Settings, load_settings
from kernel.telemetry import Metrics

_REFRESH_SECONDS = 5.0

_log = structlog.get_logger(__name__)


def main() -> None:
    """Runs one gateway; ends with 0 when told to stop, with a sentence and a code where it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m fediflow.processes.gateway")
    parser.add_argument("--fd", type=int, help="a listening socket that was handed down")
    parser.add_argument("--ready-fd", type=int, help="a pipe that hears of it when we serve")
    given = parser.parse_args()
    try:
        settings = load_settings(os.environ)
        metrics = observe_process(settings)
        with listener(settings, given.fd) as found:
            uvloop.run(serve(settings, metrics, found, ready=given.ready_fd))
    except Exception as error:
        end_with(error)


async def serve(
    settings: Settings, metrics: Metrics, bound: socket.socket, *, ready: int | None = None
) -> None:
    """Serves on the socket until SIGTERM or SIGINT; requests under way are finished. Writes to `ready` before.

    After SIGTERM a kept connection may also bring one more request, which was perhaps on its way already.
    """
    async with stopping() as stop, opened_gateway(settings, metrics) as gateway:
        app = create_app(gateway)
        departure = Departure()
        server = http_server(app, quick=app.quick, departure=departure)
        keep_what_started()
        async with beside(_refresh(metrics), _stop(server, stop, departure, gateway.hub)):
            _log.info("gateway serves", host=settings.host, port=bound.getsockname()[1])
            if ready is not None:
                os.write(ready, b"1")
                os.close(ready)
            await server.serve(sockets=[bound])
    _log.info("gateway stopped")


@contextmanager
def listener(settings: Settings, descriptor: int | None) -> Iterator[socket.socket]:
    """The socket that was handed down, or one on the settings' address."""
    found = (
        socket.socket(fileno=descriptor)
        if descriptor is not None
        else listen(settings.host, settings.port, "the gateway")
    )
    with found:
        yield found


async def _refresh(metrics: Metrics) -> None:
    """Where several processes share a port each must keep its own part of the figures fresh."""
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        metrics.refresh()


async def _stop(server: uvicorn.Server, stop: Stop, departure: Departure, hub: Hub) -> None:
    await stop.wait()
    departure.in_haste = stop.in_haste
    await hub.drain()
    server.should_exit = True
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
