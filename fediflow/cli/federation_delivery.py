"""`federation hosts|pause|resume|retry|dead-letters|replay|cancel`: what goes out, and what does not."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from federation.delivery import operating
from federation.delivery.commands import host_name
from federation.delivery.operating import Which
from federation.hosts.breaker import Hosts
from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output, Step
from fediflow.cli.running import run
from fediflow.processes.stack import Stack, open_stack
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.settings import Settings
from tenants.directory import Directory
from tenants.model import NotFound

Host = Annotated[str, typer.Argument(metavar="HOST", help="As in addresses, with a port where it has one.")]
OfHost = Annotated[str | None, typer.Option("--host", metavar="HOST", help="Only of this host.")]
MaybeTenant = Annotated[
    str | None, typer.Option("--tenant", metavar="SLUG", help="Only of this institution.")
]
Most = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at most.")]


def add_to(group: typer.Typer) -> None:
    """Adds the commands to the group `federation`."""
    for name, command, example in (
        ("hosts", hosts, "fediflow federation hosts --troubled"),
        ("pause", pause, "fediflow federation pause social.example --why 'asked us to wait until Monday'"),
        ("resume", resume, "fediflow federation resume social.example"),
        ("retry", retry, "fediflow federation retry social.example"),
        ("dead-letters", dead_letters, "fediflow federation dead-letters --tenant uni-a --limit 20"),
        ("replay", replay, "fediflow federation replay --host social.example"),
        ("cancel", cancel, "fediflow federation cancel --host gone.example --tenant uni-a"),
    ):
        group.command(name, epilog=f"Example: {example}")(command)


def hosts(
    context: typer.Context,
    host: OfHost = None,
    troubled: Annotated[bool, typer.Option("--troubled", help="Only those that fail or are paused.")] = False,
    limit: Most = 50,
    as_json: Json = False,
) -> None:
    """List other servers: their state, what waits for them and for how long, and how deliveries go."""
    rows = run(_hosts(settings_of(context), host, troubled, limit))
    columns = (
        *("host", "state", "waiting", "oldest_seconds", "success_rate", "latency_ms"),
        *("software", "software_version", "last_error"),
    )
    empty = "No server fails or is paused." if troubled else "No server was dealt with yet."
    Output(as_json).rows(columns, rows, empty=f"{host} is no server that is known here." if host else empty)


def pause(
    context: typer.Context,
    host: Host,
    why: Annotated[str, typer.Option("--why", help="For those who look later.")] = "",
    as_json: Json = False,
) -> None:
    """Send nothing to a server, for anybody, until it is resumed; what waits longer than a week becomes dead letters."""

    async def work(stack: Stack) -> None:
        await operating.pause_everywhere(stack.directory, name, why)

    name = host_name(host)
    run(_with_stack(settings_of(context), work))
    Output(as_json).value(
        {"host": name, "paused": True},
        f"Nothing more is sent to {name}, once what is on its way has ended: within seconds.",
        f"`fediflow federation resume {name}` ends that.",
    )


def resume(context: typer.Context, host: Host, as_json: Json = False) -> None:
    """Send to a server again, at once."""

    async def work(stack: Stack) -> int:
        return await operating.resume_everywhere(stack.directory, list(stack.served.values()), name)

    name = host_name(host)
    waiting = run(_with_stack(settings_of(context), work))
    told = f"{name} is not paused any more; {waiting} deliveries go out."
    Output(as_json).value({"host": name, "waiting": waiting}, told)


def retry(context: typer.Context, host: Host, as_json: Json = False) -> None:
    """Try a server at once, though it failed and its time has not come."""

    async def work(stack: Stack) -> int:
        return await operating.retry_everywhere(stack.directory, list(stack.served.values()), name)

    name = host_name(host)
    waiting = run(_with_stack(settings_of(context), work))
    told = f"{name} is tried at once; {waiting} deliveries wait for it."
    Output(as_json).value({"host": name, "waiting": waiting}, told)


def dead_letters(
    context: typer.Context,
    tenant: MaybeTenant = None,
    host: OfHost = None,
    limit: Most = 50,
    as_json: Json = False,
) -> None:
    """List what could not be delivered, the latest first; it is kept for 30 days."""
    rows = run(_letters(settings_of(context), tenant, host, limit))
    columns = ("id", "tenant", "host", "end_reason", "last_status", "last_error", "attempts", "died_at")
    Output(as_json).rows(columns, rows, empty="There are no dead letters.")


def replay(
    context: typer.Context,
    letter: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only this one.")] = None,
    tenant: MaybeTenant = None,
    host: OfHost = None,
    as_json: Json = False,
) -> None:
    """Send dead letters again, as if they were new: of a host, of an institution, or one."""
    count = _over_shards(context, "replaying", letter, tenant, host, as_json, operating.replay_letters)
    _require_one(letter, count, "dead letter", "`fediflow federation dead-letters` lists them")
    Output(as_json).value({"replayed": count}, f"{count} dead letters are sent again.")


def cancel(
    context: typer.Context,
    delivery: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only this one.")] = None,
    tenant: MaybeTenant = None,
    host: OfHost = None,
    as_json: Json = False,
) -> None:
    """Give up deliveries that wait: to a host, of an institution, or one. They become dead letters."""
    count = _over_shards(context, "cancelling", delivery, tenant, host, as_json, operating.cancel)
    _require_one(delivery, count, "delivery that waits", "it may have arrived, or been given up before")
    Output(as_json).value({"cancelled": count}, f"{count} deliveries are given up.")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Stack]:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        yield stack


async def _with_stack(settings: Settings, work: Callable[[Stack], Any]) -> Any:
    async with _opened(settings) as stack:
        return await work(stack)


def _over_shards(
    context: typer.Context,
    what: str,
    number: str | None,
    slug: str | None,
    host: str | None,
    as_json: bool,
    work: Callable[..., Any],
) -> int:
    """Does it in the shard of the institution, or in all; at least one of the three must be named."""
    if number is None and slug is None and host is None:
        raise InvalidInput("name an id, --host or --tenant: everything at once is not meant by accident")

    async def on(stack: Stack, step: Step) -> int:
        tenant = await stack.tenant(slug) if slug is not None else None
        engines = [stack.engine_of(tenant)] if tenant is not None else list(stack.served.values())
        which = Which(tenant.id if tenant else None, host_name(host) if host else None, _number(number))
        total = 0
        for engine in engines:
            before = total
            total += await work(engine, which, lambda done, before=before: step(before + done))
        return total

    with Output(as_json).progress(what) as step:
        count: int = run(_with_stack(settings_of(context), lambda stack: on(stack, step)))
    return count


def _require_one(named: str | None, count: int, what: str, why: str) -> None:
    if named is not None and not count:
        raise NotFound(f"there is no {what} {named}: {why}")


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    number = text.rpartition("_")[2]
    if not (number.isascii() and number.isdigit() and int(number) < 2**63):
        raise InvalidInput(f"{text[:40]!r} is not an id: `fediflow federation dead-letters` lists them")
    return int(number)


async def _hosts(settings: Settings, host: str | None, troubled: bool, most: int) -> list[dict[str, Any]]:
    host = host_name(host) if host else None
    async with _opened(settings) as stack:
        known = await operating.known_hosts(stack.directory, host=host, only_troubled=troubled, most=most)
        by_host = {row["host"]: row | {"waiting": 0, "oldest_at": None, "next_due_at": None} for row in known}
        for engine in stack.served.values():
            for lane in await operating.waiting_by_host(engine, host):
                if lane["host"] not in by_host and not troubled and len(by_host) < most:
                    by_host[lane["host"]] = {"host": lane["host"], "state": "working", "waiting": 0} | _NEVER
                if lane["host"] in by_host:
                    _add(by_host[lane["host"]], lane)
        states = await Hosts(stack.directory).look(list(by_host))
    blocked = {"state": "blocked"}
    return [_shown(row | (blocked if states[name].is_blocked else {})) for name, row in by_host.items()]


_NEVER: dict[str, Any] = {
    "delivered": 0,
    "failed": 0,
    "latency_ms": None,
    "last_error": None,
    "software": None,
    "software_version": None,
    "oldest_at": None,
    "next_due_at": None,
}


def _add(row: dict[str, Any], lane: dict[str, Any]) -> None:
    row["waiting"] += lane["waiting"]
    row["oldest_at"] = min(one for one in (row["oldest_at"], lane["oldest_at"]) if one is not None)
    dues = [one for one in (row["next_due_at"], lane["next_due_at"]) if isinstance(one, datetime)]
    row["next_due_at"] = min(dues, default=None)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    attempts = row["delivered"] + row["failed"]
    oldest = row["oldest_at"]
    return row | {
        "oldest_seconds": int((datetime.now(UTC) - oldest).total_seconds()) if oldest else None,
        "success_rate": round(row["delivered"] / attempts, 3) if attempts else None,
        "latency_ms": round(row["latency_ms"], 1) if row["latency_ms"] is not None else None,
    }


async def _letters(settings: Settings, slug: str | None, host: str | None, most: int) -> list[dict[str, Any]]:
    async with _opened(settings) as stack:
        tenant = await stack.tenant(slug) if slug is not None else None
        engines = [stack.engine_of(tenant)] if tenant is not None else list(stack.served.values())
        ids = [tenant.id] if tenant is not None else None
        found: list[dict[str, Any]] = []
        for engine in engines:
            found += await operating.dead_letters(
                engine, tenant_ids=ids, host=host_name(host) if host else None, most=most
            )
        slugs = {
            one: await Directory(stack.directory).by_id(one) for one in {row["tenant_id"] for row in found}
        }
    latest = sorted(found, key=lambda row: row["died_at"], reverse=True)[:most]
    return [
        row | {"id": str(row["id"]), "tenant": known.slug if (known := slugs[row["tenant_id"]]) else None}
        for row in latest
    ]
