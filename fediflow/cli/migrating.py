"""`migrate`: brings the directory and every shard to this program's schema."""

from typing import Annotated

import typer

from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output
from fediflow.cli.running import run
from fediflow.exits import ExitCode
from fediflow.provisioning import prepare_directory
from kernel.database.roles import DatabaseRole
from migrations.fleet import Outcome, migrate_fleet

AdminUrl = Annotated[
    str | None,
    typer.Option(
        envvar="FEDIFLOW_ADMIN_URL",
        metavar="URL",
        help="An administrator's postgresql:// URL, used once and not stored.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        epilog="Example: fediflow migrate --admin-url postgresql://postgres:…@db.example.edu/postgres"
    )(migrate)


def migrate(
    context: typer.Context,
    admin_url: AdminUrl = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Apply policies and grants even where they are those applied last."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Migrate the directory, then every shard; what fails is named, the rest goes on, and it can be run again.

    With an administrator's URL it first makes the roles and the directory's database.
    """
    settings, output = settings_of(context), Output(as_json)
    owner = settings.password(DatabaseRole.OWNER)

    async def work() -> list[Outcome]:
        if admin_url is not None:
            await prepare_directory(settings, admin_url)
        with output.progress("migrating") as step:
            return await migrate_fleet(
                settings.directory_url,
                owner,
                tls=settings.tls,
                again=again,
                progress=lambda outcome, done, of: step(done, of, f"migrated {outcome.name}"),
            )

    outcomes = run(work())
    rows = [
        {
            "database": outcome.name,
            "address": str(outcome.address),
            "version": outcome.version,
            "changed": outcome.changed,
            "seconds": round(outcome.seconds, 2),
            "error": outcome.error,
        }
        for outcome in outcomes
    ]
    output.rows(("database", "version", "changed", "seconds", "error"), rows, empty="")
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(ExitCode.FAILED)
