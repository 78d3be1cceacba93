"""`keys`: what encrypts columns, and what wraps that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from sqlalchemy import select

from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output, Step
from fediflow.cli.running import run
from fediflow.exits import ExitCode
from fediflow.processes.reaching import why_unreachable
from fediflow.processes.services import key_encryption
from fediflow.processes.stack import Stack, open_stack
from kernel.clock import system_clock
from kernel.database.roles import DatabaseRole
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import FediflowError
from kernel.settings import Settings
from tenants.key_rotation import KeyState, key_states, rotate_keys
from tenants.model import TenantId
from tenants.tables import shards, tenants


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keys of encrypted columns.")
    group.command(
        epilog="Example: FEDIFLOW_KEY_ENCRYPTION_KEYS='NEW OLD' fediflow keys rotate   (each is id:key, the new one first)"
    )(rotate)
    group.command(epilog="Example: fediflow keys status")(status)
    app.add_typer(group, name="keys")


def rotate(
    context: typer.Context,
    new_data_keys: Annotated[
        bool,
        typer.Option(
            "--new-data-keys",
            help="Also make each institution a new data key for what is stored from now on; one that got its newest "
            "within a day keeps it.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Wrap every institution's data keys under the first of FEDIFLOW_KEY_ENCRYPTION_KEYS.

    What fails is named and the rest goes on; it can be run again, and does not repeat what is done.
    """
    settings, output = settings_of(context), Output(as_json)
    with output.progress("rotating", plainly=True) as step:
        rows = run(_rotate(settings, new_data_keys=new_data_keys, step=step))
    columns = ("tenant", "shard", "rewrapped", "new_data_key", "error")
    output.rows(columns, rows, empty="There is no institution.")
    if any(row["error"] for row in rows):
        raise typer.Exit(ExitCode.FAILED)


def status(context: typer.Context, as_json: Json = False) -> None:
    """List the data keys of every institution, by which key each is wrapped, and whether that one is there."""
    rows = run(_status(settings_of(context)))
    columns = ("tenant", "shard", "key_id", "wrapped_by", "state", "created_at", "retired_at", "error")
    Output(as_json).rows(columns, rows, empty="No institution has a data key yet.")
    if any(row["error"] or row["state"] == "lost" for row in rows):
        raise typer.Exit(ExitCode.FAILED)


@dataclass(frozen=True, slots=True)
class _Place:
    """A tenant and where its rows are."""

    tenant_id: TenantId
    slug: str
    shard: str


async def _rotate(settings: Settings, *, new_data_keys: bool, step: Step) -> list[dict[str, Any]]:
    keys = key_encryption(settings)
    _ = keys.current  # said at once where there is none
    rows: list[dict[str, Any]] = []
    async with _placed(settings) as (stack, places):
        for done, place in enumerate(places, 1):
            row: dict[str, Any] = {"tenant": place.slug, "shard": place.shard}
            row |= {"rewrapped": 0, "new_data_key": False, "error": _not_served(stack, place)}
            if row["error"] is None:
                engine = stack.served[place.shard]
                try:
                    rotated = await rotate_keys(
                        engine, place.tenant_id, keys, system_clock(), new_data_key=new_data_keys
                    )
                    row |= {"rewrapped": rotated.rewrapped, "new_data_key": rotated.made}
                except (FediflowError, *DATABASE_TROUBLE) as error:
                    row["error"] = _why(error)
            rows.append(row)
            step(done, len(places), f"{place.slug}: {row['error'] or 'done'}")
    return rows


async def _status(settings: Settings) -> list[dict[str, Any]]:
    known = key_encryption(settings).by_id
    current = next(iter(known), None)
    rows: list[dict[str, Any]] = []
    async with _placed(settings) as (stack, places):
        for place in places:
            error = _not_served(stack, place)
            states: list[KeyState] = []
            if error is None:
                try:
                    states = await key_states(stack.served[place.shard], place.tenant_id)
                except DATABASE_TROUBLE as trouble:
                    error = _why(trouble)
            rows += [_row(place, one, current, known) for one in states]
            if error is not None:
                rows.append({**_row(place, None, current, known), "error": error})
    return rows


def _row(place: _Place, key: KeyState | None, current: str | None, known: Any) -> dict[str, Any]:
    state = None
    if key is not None:
        state = "lost" if key.wrapped_by not in known else "current" if key.wrapped_by == current else "old"
    return {
        "tenant": place.slug,
        "shard": place.shard,
        "key_id": key.key_id if key else None,
        "wrapped_by": key.wrapped_by if key else None,
        "state": state,
        "created_at": key.created_at.isoformat() if key else None,
        "retired_at": key.retired_at.isoformat() if key and key.retired_at else None,
        "error": None,
    }


@asynccontextmanager
async def _placed(settings: Settings) -> AsyncIterator[tuple[Stack, list[_Place]]]:
    """The databases, and every institution with its shard."""
    query = (
        select(tenants.c.id, tenants.c.slug, shards.c.name)
        .join(shards, shards.c.id == tenants.c.shard_id)
        .order_by(shards.c.name, tenants.c.slug)
    )
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        async with stack.directory.connect() as connection:
            found = [_Place(TenantId(row[0]), row[1], row[2]) for row in await connection.execute(query)]
        yield stack, found


def _not_served(stack: Stack, place: _Place) -> str | None:
    if place.shard in stack.served:
        return None
    return stack.refused.get(place.shard, f"the shard {place.shard} is not known")


def _why(error: BaseException) -> str:
    return error.message if isinstance(error, FediflowError) else why_unreachable(error)
