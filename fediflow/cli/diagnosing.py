"""`doctor`: whether the installation is well."""

import typer

from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output
from fediflow.cli.running import run
from fediflow.doctor import Check, Verdict, examine
from fediflow.exits import ExitCode
from kernel.settings import Settings


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: fediflow doctor --json")(doctor)


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Examine keys, databases, roles, durability, TLS, clocks, outbox, leases, Redis and mail. Ends with 1 when any is bad."""
    output = Output(as_json)
    checks = run(_examine(settings_of(context), output))
    rows = [
        {"where": check.where, "what": check.what, "verdict": check.verdict, "found": check.found}
        for check in checks
    ]
    output.rows(("verdict", "where", "what", "found"), rows, empty="")
    if any(check.verdict is Verdict.BAD for check in checks):
        raise typer.Exit(ExitCode.FAILED)


async def _examine(settings: Settings, output: Output) -> list[Check]:
    with output.progress("examining") as step:
        seen = 0

        def progress(what: str) -> None:
            nonlocal seen
            step(seen, None, f"examining {what}")
            seen += 1

        return await examine(settings, progress)
