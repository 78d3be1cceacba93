"""`federation rotate-keys`: new keys for actors of an institution."""

from typing import Annotated, Any

import typer

from federation.actors.rotating import actors_to_rotate, rotate
from federation.local import addresses_of
from fediflow.cli.options import Json, OfTenant, settings_of
from fediflow.cli.output import Output, Step
from fediflow.cli.running import run
from fediflow.processes.services import key_encryption
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.settings import Settings
from tenants.data_keys import DataKeys


def add_to(group: typer.Typer) -> None:
    """Adds the command to the group `federation`."""
    group.command(
        "rotate-keys", epilog="Example: fediflow federation rotate-keys --tenant uni-a --actor @ada"
    )(rotate_keys)


def rotate_keys(
    context: typer.Context,
    tenant: OfTenant,
    actor: Annotated[
        str | None,
        typer.Option(metavar="HANDLE", help="Only this one of the institution's actors; else all of them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Give actors new keys to sign with; the old ones stay published for 7 days. Followers' servers are told.

    It can be run again after a failure: without --actor, whoever got new keys within a day keeps them.
    """
    settings, output = settings_of(context), Output(as_json)
    with output.progress("rotating", plainly=True) as step:
        row = run(_rotate(settings, tenant, actor, step))
    output.value(row, f"{row['rotated']} actors of {tenant} have new keys.")


async def _rotate(settings: Settings, slug: str, username: str | None, step: Step) -> dict[str, Any]:
    data_keys = DataKeys(key_encryption(settings))
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack,
        stack.door() as door,
    ):
        tenant = await stack.tenant(slug)
        here = addresses_of(tenant, settings.public_url)
        found = await actors_to_rotate(door, tenant, here, username)
        for done, actor_id in enumerate(found, 1):
            await rotate(door, tenant, here, data_keys, actor_id)
            step(done, len(found), f"actor {actor_id}: done")
    return {"tenant": slug, "rotated": len(found)}
