"""`lint database`: whether the databases are what the code says, above all their row-level security."""

from typing import Any

import typer

from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output
from fediflow.cli.running import run
from fediflow.exits import ExitCode
from fediflow.processes.reaching import reached
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.errors import Unavailable
from kernel.settings import Settings
from migrations.schema import LOADED
from tenants.lint import DatabaseKind, Finding, lint_database


def register(app: typer.Typer) -> None:
    """Adds the command."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Checks of what is installed.")
    group.callback()(_group)
    group.command(epilog="Example: fediflow lint database --json")(database)
    app.add_typer(group, name="lint")


def database(context: typer.Context, as_json: Json = False) -> None:
    """Read the catalogue of the directory and every shard and name what could let a row cross institutions.

    Ends with 1 when there is a finding.
    """
    settings, output = settings_of(context), Output(as_json)
    with output.progress("reading catalogues"):
        rows = run(_lint(settings))
    output.rows(("database", "object", "sentence", "rule"), rows, empty="Nothing is wrong.")
    if rows:
        raise typer.Exit(ExitCode.FAILED)


def _group() -> None:
    """Checks of what is installed."""


async def _lint(settings: Settings) -> list[dict[str, Any]]:
    assert LOADED
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=1) as stack:
        if stack.refused:
            raise Unavailable("; ".join(stack.refused.values()))
        rows = []
        for name, engine in {"directory": stack.directory, **stack.served}.items():
            kind: DatabaseKind = "directory" if engine is stack.directory else "shard"
            async with reached(engine, name, settings.directory_url) as connection:
                rows += [_row(name, finding) for finding in await lint_database(connection, kind=kind)]
        return rows


def _row(database: str, finding: Finding) -> dict[str, Any]:
    return {
        "database": database,
        "rule": finding.rule,
        "object": finding.object,
        "sentence": finding.sentence,
    }
