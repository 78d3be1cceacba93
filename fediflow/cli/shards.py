"""`shard`: the databases that hold the institutions' rows."""

from typing import Annotated, Any

import typer

from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output
from fediflow.cli.running import run
from fediflow.processes.reaching import reached
from fediflow.processes.stack import open_stack
from fediflow.provisioning import prepare_shard
from kernel.database.roles import DatabaseRole
from kernel.settings import Settings
from migrations.fleet import list_shards, register_shard


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Databases that hold institutions' rows."
    )
    group.command(
        epilog="Example: FEDIFLOW_ADMIN_URL=postgresql://postgres:…@db2.example.edu/postgres fediflow shard add two"
    )(add)
    group.command("list", epilog="Example: fediflow shard list")(list_all)
    app.add_typer(group, name="shard")


def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="How the shard is called.", show_default=False)],
    admin_url: Annotated[
        str,
        typer.Option(
            envvar="FEDIFLOW_ADMIN_URL",
            metavar="URL",
            help="An administrator's postgresql:// URL, used once and not stored.",
            show_default=False,
        ),
    ],
    database: Annotated[
        str | None,
        typer.Option(help="The database's name; made where it is missing.", show_default="fediflow_NAME"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a shard: roles, database, schema; then tell the directory its host, port and database.

    It can be run again: what is there stays. Nobody is told of a shard that is not complete.
    """
    settings, output = settings_of(context), Output(as_json)
    with output.progress(f"preparing {name}"):
        row = run(_add(settings, name, admin_url, database or "fediflow_" + name.replace("-", "_")))
    output.value(row, f"The shard {name} is {row['host']}:{row['port']}/{row['database']}.")


def list_all(context: typer.Context, as_json: Json = False) -> None:
    """List the shards and whether they can be served."""
    rows = run(_rows(settings_of(context)))
    columns = ("name", "host", "port", "database", "served", "reason")
    Output(as_json).rows(columns, rows, empty="There is no shard.")


async def _add(settings: Settings, name: str, admin_url: str, database: str) -> dict[str, Any]:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        address = await prepare_shard(settings, admin_url, database=database)
        async with stack.directory.begin() as connection:
            await register_shard(connection, name=name, address=address)
    return {"name": name, "host": address.host, "port": address.port, "database": address.database}


async def _rows(settings: Settings) -> list[dict[str, Any]]:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        async with reached(stack.directory, "the directory", settings.directory_url) as connection:
            found = await list_shards(connection)
        return [
            {
                "name": shard.name,
                "host": shard.address.host,
                "port": shard.address.port,
                "database": shard.address.database,
                "served": shard.name in stack.served,
                "reason": stack.refused.get(shard.name),
            }
            for shard in found
        ]
