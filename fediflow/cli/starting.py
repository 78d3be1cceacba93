"""`up`: the whole stack on one machine, in one folder, as long as this command runs."""

import asyncio
import json
import os
import shlex
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fediflow.cli.options import Json, config_of, settings_of
from fediflow.cli.output import Output
from fediflow.exits import ExitCode
from fediflow.local.program import Program, answers_http
from fediflow.local.sockets import listen
from fediflow.local.supervisor import Supervisor
from fediflow.processes.gate import Gate, gate
from fediflow.processes.machine import DEMO_FILE, SETTINGS_FILE, Machine, environment, settings_text
from fediflow.processes.prepared import prepared
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.settings import SearchEngine, Settings

_STOP_WITHIN = 12.0
_ABOUT_SEARCH = (
    "Searches find little or are UNAVAILABLE for a minute or two: the worker fills their index, and says"
    " `search index built` in its log."
)

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
    search: Annotated[
        SearchEngine | None,
        typer.Option(
            help="What answers searches: the databases, or an OpenSearch here (needs a JDK 21 and Maven).",
            show_default="FEDIFLOW_SEARCH_ENGINE",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run everything on this machine: PostgreSQL, Redis, gateway and worker, until stopped.

    All data is in DIR; a later start goes on with it. Ends with 0 when told to stop.
    """
    settings, root = settings_of(context), data or Path(".demo" if demo else ".fediflow")
    if "directory_url" in _given(settings) and not _is_own(config_of(context), root):
        raise InvalidInput("up brings its own databases; with FEDIFLOW_DIRECTORY_URL use serve and worker")
    settings = replace(settings, port=port or settings.port, search_engine=search or settings.search_engine)
    was_ready = asyncio.run(_up(settings, root, demo, Output(as_json)))
    raise typer.Exit(ExitCode.OK if was_ready else ExitCode.INTERRUPTED)


async def _up(settings: Settings, data: Path, with_demo: bool, output: Output) -> bool:
    """Whether it had become ready when it was stopped."""
    is_ready = False
    with listen(settings.host, settings.port, "FediFlow") as listener:
        machine = Machine(data, search=settings.search_engine)
        try:
            with gate() as servers, gate() as databases:
                async with Supervisor(report=_event) as supervisor:
                    start = _Start(supervisor, machine, settings, listener, servers, databases, with_demo)
                    with output.progress("starting", plainly=True) as step:
                        told = await start(lambda what: step(0, None, what))
                    is_ready = True
                    about = [] if told.pop("search_is_filled") else [_ABOUT_SEARCH]
                    _announce(output, machine, told, start.write_files(told), about)
                    await supervisor.until_stopped()
        finally:
            machine.release()
    return is_ready


@dataclass(frozen=True, slots=True)
class _Start:
    """One start of everything; `servers` and `databases` are opened when those are ready."""

    supervisor: Supervisor
    machine: Machine
    given: Settings
    listener: socket.socket
    servers: Gate
    databases: Gate
    with_demo: bool

    async def __call__(self, tell: Tell) -> dict[str, Any]:
        """What is told when all is ready."""
        tell(_what_starts(self.machine))
        if self.machine.has_run and (not self.with_demo or (self.machine.root / DEMO_FILE).exists()):
            return await self._again(tell)
        await self._start_servers()
        told = await self._prepare(tell)
        self.databases.open()
        tell("starting gateway and worker")
        await self.supervisor.start(*self._programs())
        return told

    def write_files(self, told: dict[str, Any]) -> Path:
        """The file by which the command line reaches what runs here, and then the demo's."""
        path = self.machine.write(SETTINGS_FILE, settings_text(self._settings))
        if self.with_demo:
            # last: whoever waits for it finds everything else in place
            self.machine.write(DEMO_FILE, json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return path

    async def _again(self, tell: Tell) -> dict[str, Any]:
        """There is little to do, so all load their code at the same time and wait for each other."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._start_servers())  # first, so that they are stopped last
            programs = group.create_task(self.supervisor.start(*self._programs()))
            told = await self._prepare(tell)
            self.databases.open()
            tell("starting gateway and worker")
            await programs
        return told

    async def _start_servers(self) -> None:
        await self.supervisor.start(*self.machine.servers)
        self.servers.open()

    async def _prepare(self, tell: Tell) -> dict[str, Any]:
        return await prepared(
            self.machine, self._settings, with_demo=self.with_demo, servers=self.servers, tell=tell
        )

    def _programs(self) -> tuple[Program, Program]:
        return _programs(self.machine, self._settings, self.listener, self.databases)

    @property
    def _settings(self) -> Settings:
        return self.machine.settings(self.given, port=self.listener.getsockname()[1])


def _programs(
    machine: Machine, settings: Settings, listener: socket.socket, closed: Gate
) -> tuple[Program, Program]:
    descriptor, waiting = listener.fileno(), ["--wait-fd", str(closed.descriptor)]
    make = partial(Program, log_dir=machine.log_dir, stop_within=_STOP_WITHIN)
    gateway = make(
        "gateway",
        [sys.executable, "-m", "fediflow.processes.gateways", "--fd", str(descriptor), *waiting],
        env=environment(settings, DatabaseRole.APP),
        ready=partial(answers_http, _own_address(settings.host), settings.port, "/readyz"),
        pass_fds=[descriptor, closed.descriptor],
    )
    worker = make(
        "worker",
        [sys.executable, "-m", "fediflow.processes.worker", *waiting],
        env=environment(settings, DatabaseRole.WORKER),
        pass_fds=[closed.descriptor],
    )
    return gateway, worker


def _what_starts(machine: Machine) -> str:
    names = [
        "PostgreSQL",
        *(["Redis"] if machine.redis else []),
        *(["OpenSearch"] if machine.opensearch else []),
    ]
    said = "starting " + " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    if machine.opensearch and not machine.opensearch.is_prepared:
        said += " (its jars are brought by Maven, once: that takes a minute or two)"
    return said


def _own_address(host: str) -> str:
    """Where we reach ourselves when we listen everywhere."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _announce(
    output: Output, machine: Machine, told: dict[str, Any], settings: Path, about: Sequence[str]
) -> None:
    if output.as_json:
        output.value({**told, "settings": str(settings)})
    else:
        lines = [f"FediFlow is ready: {told['graphql']}", *_about_demo(machine, told)]
        lines += about
        if machine.no_redis:
            lines.append(f"It runs without Redis, only slower: {machine.no_redis.reason}.")
        lines += ["\nCommands on it, while it runs:", f"  {_command(settings)} tenant list"]
        output.value(told, *lines, "Ctrl-C ends it; the data stays.")
    sys.stdout.flush()


def _about_demo(machine: Machine, told: dict[str, Any]) -> list[str]:
    lines = []
    for tenant in told["tenants"]:
        lines.append(f"\n{tenant['slug']}  http://{tenant['host']}:{told['graphql'].rsplit(':', 1)[1]}")
        lines += [f"  {role:<13} {token}" for role, token in tenant["tokens"].items()]
    if told.get("explorer"):
        lines.insert(0, f"Try it in a browser: {told['explorer']}")
    if told["tenants"]:
        lines.append(f"\nThe tokens are good for a day and stand in {machine.root / DEMO_FILE} too.")
        lines.append("Sign in as 'student' or 'admin' with the password 'fediflow-demo', or send a token:")
        lines.append(_curl(told))
    return lines


def _curl(told: dict[str, Any]) -> str:
    token = told["tenants"][0]["tokens"].get("student", "TOKEN")
    query = '{"query": "{ viewer { displayName } }"}'
    return f"  curl {told['graphql']} -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -d '{query}'"


def _command(settings: Path) -> str:
    """How the command line is called with these settings; `./dev` calls us as a module."""
    called = "fediflow" if Path(sys.argv[0]).name == "fediflow" else "./dev fediflow"
    return f"{called} --config {shlex.quote(str(settings))}"


def _event(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


def _given(settings: Settings) -> set[str]:
    default = Settings()
    return {
        name for name in Settings.__dataclass_fields__ if getattr(settings, name) != getattr(default, name)
    }


def _is_own(config: Path | None, root: Path) -> bool:
    """Whether the settings are those that an earlier start wrote for this folder."""
    named, own = config or os.environ.get("FEDIFLOW_CONFIG"), root / SETTINGS_FILE
    if not named or os.environ.get("FEDIFLOW_DIRECTORY_URL"):
        return False
    return own.exists() and own.samefile(named)
