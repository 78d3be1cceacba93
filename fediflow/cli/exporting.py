"""`export`: an institution's rows as files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fediflow.cli.options import Json, OfTenant, settings_of
from fediflow.cli.output import Output, Step
from fediflow.cli.running import run
from fediflow.exporting import export_tenant
from fediflow.processes.services import key_encryption
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.settings import Settings
from tenants.data_keys import DataKeys


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: fediflow export ./uni-a --tenant uni-a --with-personal-data")(export)


def export(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new or empty directory.", show_default=False)
    ],
    tenant: OfTenant,
    with_personal_data: Annotated[
        bool, typer.Option("--with-personal-data", help="Also what is known of people; never secrets.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write an institution's rows into DIR: a JSON Lines file a table, and manifest.json. All of it or nothing."""
    settings, output = settings_of(context), Output(as_json)
    with output.progress("exporting") as step:
        manifest = run(_export(settings, directory, tenant, with_personal_data, step))
    rows = sum(table["rows"] for table in manifest["tables"].values())
    output.value(manifest, f"{rows} rows of {len(manifest['tables'])} tables are in {directory}.")


async def _export(
    settings: Settings, directory: Path, slug: str, with_personal_data: bool, step: Step
) -> dict[str, Any]:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        tenant = await stack.tenant(slug)
        engine = stack.engine_of(tenant)
        return await export_tenant(
            engine,
            tenant,
            directory,
            with_personal_data=with_personal_data,
            data_keys=DataKeys(key_encryption(settings)),
            progress=step,
        )
