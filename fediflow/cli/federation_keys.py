"""`federation rotate-keys`: new keys for actors of an institution."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from federation.actors.rotating import actors_to_rotate, replace, rotate
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
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="For keys that were stolen: the old ones are withdrawn at once. What is on its way with their "
            "signatures or proofs may be refused, and for up to 5 minutes processes sign with them yet until they "
            "are refused; other servers count a stolen key until they ask for it again.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Give actors new keys. They are published at once and sign 10 minutes later, when other servers are told.

    Until then the old ones sign, and they stay published for 30 days after it: nothing is refused.

    It can be run again after a failure: without --actor, whoever got new keys within a day keeps them; with --now all
    are replaced each time.
    """
    settings, output = settings_of(context), Output(as_json)
    with output.progress("rotating", plainly=True) as step:
        row = run(_rotate(settings, tenant, actor, step, at_once=now))
    output.value(row, f"{row['rotated']} actors of {tenant} have new keys.", *_from_when(row["signs_from"]))


def _from_when(switch_at: datetime | None) -> list[str]:
    return [] if switch_at is None else [f"They sign from {switch_at:%Y-%m-%d %H:%M:%S} UTC on."]


async def _rotate(
    settings: Settings, slug: str, username: str | None, step: Step, *, at_once: bool
) -> dict[str, Any]:
    switch_at: datetime | None = None
    data_keys = DataKeys(key_encryption(settings))
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack,
        stack.door() as door,
    ):
        tenant = await stack.tenant(slug)
        here = addresses_of(tenant, settings.public_url)
        found = await actors_to_rotate(door, tenant, here, username, with_fresh=at_once)
        for done, actor_id in enumerate(found, 1):
            if at_once:
                await replace(door, tenant, here, data_keys, actor_id)
            else:
                switch_at = await rotate(door, tenant, data_keys, actor_id)
            step(done, len(found), f"actor {actor_id}: done")
    # of all of them: the last one's
    return {"tenant": slug, "rotated": len(found), "signs_from": switch_at and switch_at.astimezone(UTC)}
