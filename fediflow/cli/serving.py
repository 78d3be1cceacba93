"""`serve` and `worker`: this process becomes a gateway or a worker."""

import os
import sys
from typing import Annotated

import typer

from fediflow.cli.options import Json, config_of, settings_of
from fediflow.cli.output import Output


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(epilog="Example: fediflow serve --workers 4")(serve)
    app.command(epilog="Example: FEDIFLOW_WORKER_PORT=9100 fediflow worker")(worker)


def serve(
    context: typer.Context,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes; FEDIFLOW_WORKERS otherwise.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve HTTP on FEDIFLOW_HOST and FEDIFLOW_PORT until stopped.

    With --json it says first, in one line, where it serves.
    """
    settings = settings_of(context)
    count = workers or settings.workers
    Output(as_json).line({"host": settings.host, "port": settings.port, "workers": count})
    _become(context, "fediflow.processes.gateways", "--workers", str(count))


def worker(context: typer.Context, as_json: Json = False) -> None:
    """Run background work (outbox, announcements, revocations) until stopped.

    With --json it says first, in one line, on which port it shows its figures.
    """
    settings = settings_of(context)
    Output(as_json).line({"figures": settings.worker_port})
    _become(context, "fediflow.processes.worker")


def _become(context: typer.Context, module: str, *arguments: str) -> None:
    """A process of its own from the start: signals and codes are those of the program, not of a wrapper."""
    sys.stdout.flush()
    config = config_of(context)
    environment = os.environ | ({"FEDIFLOW_CONFIG": str(config)} if config else {})
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)
