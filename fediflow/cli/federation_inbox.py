"""`federation inbox|inbox-replay|inbox-discard`: what came in and could not be processed."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.inbox import operating
from federation.inbox.operating import Which
from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output
from fediflow.cli.running import run
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.settings import Settings
from tenants.directory import Directory
from tenants.model import NotFound

One = Annotated[str | None, typer.Argument(metavar="[ID]", help="Only this one.")]
OfHost = Annotated[str | None, typer.Option("--host", metavar="HOST", help="Only what this server sent.")]
OfTenant = Annotated[
    str | None, typer.Option("--tenant", metavar="SLUG", help="Only what this institution got.")
]
Most = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at most.")]
Work = Callable[[AsyncEngine, Which], Awaitable[Any]]


def add_to(group: typer.Typer) -> None:
    """Adds the commands to the group `federation`."""
    for name, command, example in (
        ("inbox", inbox, "fediflow federation inbox --host social.example"),
        ("inbox-replay", inbox_replay, "fediflow federation inbox-replay --tenant uni-a"),
        ("inbox-discard", inbox_discard, "fediflow federation inbox-discard 4711"),
    ):
        group.command(name, epilog=f"Example: {example}")(command)


def inbox(
    context: typer.Context,
    tenant: OfTenant = None,
    host: OfHost = None,
    limit: Most = 50,
    as_json: Json = False,
) -> None:
    """List activities that were set aside because processing them failed, the latest first; kept for 30 days."""
    rows = run(_listed(settings_of(context), tenant, host, limit))
    columns = ("id", "tenant", "sender_host", "type", "address", "attempts", "last_error", "received_at")
    Output(as_json).rows(columns, rows, empty="Nothing is set aside.")


def inbox_replay(
    context: typer.Context,
    activity: One = None,
    tenant: OfTenant = None,
    host: OfHost = None,
    as_json: Json = False,
) -> None:
    """Process what was set aside again: after an update of FediFlow, say. What was done before is not done twice."""
    count = run(_with_which(settings_of(context), activity, tenant, host, operating.replay))
    Output(as_json).value({"replayed": count}, f"{count} activities are processed again.")


def inbox_discard(
    context: typer.Context,
    activity: One = None,
    tenant: OfTenant = None,
    host: OfHost = None,
    as_json: Json = False,
) -> None:
    """Give up what was set aside."""
    count = run(_with_which(settings_of(context), activity, tenant, host, operating.discard))
    Output(as_json).value({"discarded": count}, f"{count} activities are given up.")


async def _listed(settings: Settings, slug: str | None, host: str | None, most: int) -> list[dict[str, Any]]:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=1, application="fediflow-cli") as stack:
        tenant = await stack.tenant(slug) if slug is not None else None
        which = Which(tenant.id if tenant else None, _lower(host))
        rows = await operating.set_aside(stack.directory, which, most=most)
        directory = Directory(stack.directory)
        known = {one: await directory.by_id(one) for one in {row["tenant_id"] for row in rows}}
    return [
        {**row, "id": str(row["arrival"]), "tenant": of.slug if (of := known[row["tenant_id"]]) else None}
        for row in rows
    ]


async def _with_which(
    settings: Settings, activity: str | None, slug: str | None, host: str | None, work: Work
) -> Any:
    if activity is None and slug is None and host is None:
        raise InvalidInput("name an id, --host or --tenant: everything at once is not meant by accident")
    arrival = _number(activity)
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=1, application="fediflow-cli") as stack:
        tenant = await stack.tenant(slug) if slug is not None else None
        count = await work(stack.directory, Which(tenant.id if tenant else None, _lower(host), arrival))
    if arrival is not None and not count:
        raise NotFound(f"there is no activity {arrival} set aside: `fediflow federation inbox` lists them")
    return count


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise InvalidInput(f"{text[:40]!r} is not an id: `fediflow federation inbox` lists them")
    return int(text)


def _lower(host: str | None) -> str | None:
    return host.lower() if host is not None else None
