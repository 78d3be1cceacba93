"""`up`: the whole stack on one machine, in one folder, as long as this command runs."""

import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fediflow.cli.asking import Json, run, settings_of
from fediflow.cli.output import Output
from fediflow.exits import ExitCode
from fediflow.local.program import Program, answers_http
from fediflow.local.sockets import listen
from fediflow.local.supervisor import Supervisor
from fediflow.processes.demonstrating import FILE, make_demo
from fediflow.processes.machine import Machine, environment
from fediflow.processes.preparing import prepare
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.settings import Settings

_DEMO_SHARDS = ("one", "two")
_SHARDS = ("one",)
_STOP_WITHIN = 12.0

Tell = Callable[[str], None]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: fediflow up --demo --port 8000")(up)


def up(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="With three invented universities to try.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where everything is kept.", show_default=".demo or .fediflow"),
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="FEDIFLOW_PORT otherwise.")] = None,
    as_json: Json = False,
) -> None:
    """Run everything on this machine: PostgreSQL, Redis, gateway and worker, until stopped.

    All data is in DIR; a later start goes on with it. Ends with 0 when told to stop.
    """
    settings = settings_of(context)
    if "directory_url" in _given(settings):
        raise InvalidInput("up brings its own databases; with FEDIFLOW_DIRECTORY_URL use serve and worker")
    settings = replace(settings, port=port or settings.port)
    was_ready = run(_up(settings, data or Path(".demo" if demo else ".fediflow"), demo, Output(as_json)))
    raise typer.Exit(ExitCode.OK if was_ready else ExitCode.INTERRUPTED)


async def _up(settings: Settings, data: Path, with_demo: bool, output: Output) -> bool:
    """Whether it had become ready when it was stopped."""
    is_ready = False
    with listen(settings.host, settings.port, "FediFlow") as listener:
        machine = Machine(data)
        try:
            async with Supervisor(report=_event) as supervisor:
                with output.progress("starting") as step:
                    told = await _start(
                        supervisor, machine, settings, listener, with_demo, lambda what: step(0, None, what)
                    )
                is_ready = True
                _announce(output, machine, told)
                await supervisor.until_stopped()
        finally:
            machine.release()
    return is_ready


async def _start(
    supervisor: Supervisor,
    machine: Machine,
    given: Settings,
    listener: socket.socket,
    with_demo: bool,
    tell: Tell,
) -> dict[str, Any]:
    """Everything in order; returns what is told when it is ready."""
    tell("starting PostgreSQL" + (" and Redis" if machine.redis else ""))
    await supervisor.start(machine.postgres, *([machine.redis] if machine.redis else []))
    settings = machine.settings(given, port=listener.getsockname()[1])
    await prepare(machine, settings, _DEMO_SHARDS if with_demo else _SHARDS, tell)
    told: dict[str, Any] = {"graphql": f"{settings.public_url}/graphql", "tenants": []}
    if with_demo:
        told = await make_demo(machine, settings, tell)
    tell("starting gateway and worker")
    await supervisor.start(*_programs(machine, settings, listener))
    return told


def _programs(machine: Machine, settings: Settings, listener: socket.socket) -> tuple[Program, Program]:
    descriptor = listener.fileno()
    make = partial(Program, log_dir=machine.log_dir, stop_within=_STOP_WITHIN)
    gateway = make(
        "gateway",
        [sys.executable, "-m", "fediflow.processes.gateways", "--fd", str(descriptor)],
        env=environment(settings, DatabaseRole.APP),
        ready=partial(answers_http, _own_address(settings.host), settings.port, "/readyz"),
        pass_fds=[descriptor],
    )
    worker = make(
        "worker",
        [sys.executable, "-m", "fediflow.processes.worker"],
        env=environment(settings, DatabaseRole.WORKER),
    )
    return gateway, worker


def _own_address(host: str) -> str:
    """Where we reach ourselves when we listen everywhere."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _announce(output: Output, machine: Machine, told: dict[str, Any]) -> None:
    if output.as_json:
        output.value(told)
    else:
        lines = [f"FediFlow is ready: {told['graphql']}", *_about_demo(machine, told)]
        if machine.no_redis:
            lines.append(f"It runs without Redis, only slower: {machine.no_redis.reason}.")
        output.value(told, *lines, "Ctrl-C ends it; the data stays.")
    sys.stdout.flush()


def _about_demo(machine: Machine, told: dict[str, Any]) -> list[str]:
    lines = []
    for tenant in told["tenants"]:
        lines.append(f"\n{tenant['slug']}  http://{tenant['host']}:{told['graphql'].rsplit(':', 1)[1]}")
        lines += [f"  {role:<13} {token}" for role, token in tenant["tokens"].items()]
    if lines:
        lines.append(f"\nThe tokens are good for a day and stand in {machine.root / FILE} too.")
        lines.append("Sign in as 'student' or 'admin' with the password 'fediflow-demo', or send a token:")
        lines.append(_curl(told))
    return lines


def _curl(told: dict[str, Any]) -> str:
    token = told["tenants"][0]["tokens"].get("student", "TOKEN")
    query = '{"query": "{ viewer { displayName } }"}'
    return f"  curl {told['graphql']} -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -d '{query}'"


def _event(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


def _given(settings: Settings) -> set[str]:
    default = Settings()
    return {
        name for name in Settings.__dataclass_fields__ if getattr(settings, name) != getattr(default, name)
    }
