"""`import oneroster`: an institution's people, courses and enrollments out of the files of another system."""

from contextlib import aclosing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from academic.oneroster.faults import Fault
from academic.oneroster.importing import IMPORT_TIMEOUTS, import_roster
from academic.oneroster.report import ImportReport
from academic.oneroster.sources import FolderFiles
from academic.oneroster.telling import telling
from api.response_cache.bumps import Bumps
from fediflow.cli.options import Json, OfTenant, settings_of
from fediflow.cli.output import Output, Step
from fediflow.cli.running import run
from fediflow.exits import ExitCode
from fediflow.processes.services import answers_cache, open_cache
from fediflow.processes.stack import open_stack
from kernel.clock import system_clock
from kernel.database.roles import DatabaseRole
from kernel.ids import IdFactory
from kernel.leases import node_lease, wall_clock_ms
from kernel.settings import Settings
from tenants.door import driver_of, set_tenant
from tenants.model import NotFound, Tenant
from tenants.signin.revocations import Revocations
from tenants.tables import node_leases, users

_FAULT_COLUMNS = ("severity", "file", "row", "column", "value", "rule")
_COUNT_COLUMNS = ("file", "created", "updated", "unchanged", "archived", "ended", "repeated", "skipped")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Data out of other systems.")
    group.callback()(_group)
    group.command(epilog="Example: fediflow import oneroster ./roster --tenant uni-a --dry-run")(oneroster)
    app.add_typer(group, name="import")


def oneroster(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder of CSV files.", show_default=False)
    ],
    tenant: OfTenant,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything and take it back: only the report stays.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="HANDLE",
            help="The person for whom it is done: told of its end instead of the administrators.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import the CSV bulk files of OneRoster 1.2: all of the set or nothing. It can be run again.

    What is wrong is listed with file, row, column, value and rule; ends with 1 when that prevents the import. Of the
    rows, those counted as ended speak of what is over and not here, repeated ones say what another row says.
    """
    settings, output = settings_of(context), Output(as_json)
    if not directory.is_dir():
        raise NotFound(f"there is no folder {directory}")
    with output.progress("reading") as step:
        report = run(_import(settings, directory, tenant, dry_run, by, step))
    if as_json:
        output.value(_as_json(report))
    else:
        _tell(output, report)
    if report.is_refused:
        raise typer.Exit(ExitCode.FAILED)


def _group() -> None:
    """Data out of other systems."""


async def _import(
    settings: Settings, directory: Path, slug: str, dry_run: bool, by: str | None, step: Step
) -> ImportReport:
    async with (
        open_stack(
            settings,
            DatabaseRole.WORKER,
            pool_size=2,
            timeouts=IMPORT_TIMEOUTS,
            application="fediflow-import",
        ) as stack,
        node_lease(stack.directory, node_leases) as lease,
        aclosing(open_cache(settings)) as cache,
    ):
        tenant, new_id = await stack.tenant(slug), IdFactory(lease, wall_clock_ms)
        engine = stack.engine_of(tenant)
        person = await _person(engine, tenant, by) if by is not None else None
        async with telling(engine, tenant.id, new_id(), dry_run=dry_run, by=person) as told:

            def progress(file: str, done: int, total: int) -> None:
                step(done, total, file)
                told.progress(file, done, total)

            report = await import_roster(
                engine,
                tenant=tenant,
                source=FolderFiles(directory),
                dry_run=dry_run,
                new_id=new_id,
                now=system_clock(),
                revoke=partial(Revocations(stack.directory, cache).revoke_users, tenant.id),
                progress=progress,
            )
            told.ended(report)
        answers = answers_cache(settings, cache)
        if report.is_loaded and answers.is_configured:
            await Bumps(answers).bump(tenant.id)
        return report


async def _person(engine: AsyncEngine, tenant: Tenant, handle: str) -> int:
    query = select(users.c.id).where(
        users.c.tenant_id == tenant.id, users.c.handle == handle, users.c.status == "active"
    )
    async with engine.begin() as connection:
        await driver_of(connection).execute(set_tenant(tenant.id))
        found: int | None = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is nobody at {tenant.slug} whose handle is {handle}")
    return found


def _tell(output: Output, report: ImportReport) -> None:
    if report.faults:
        output.rows(_FAULT_COLUMNS, [_fault(fault) for fault in report.faults], empty="")
        output.value(None, "")
    if report.counts:
        output.rows(_COUNT_COLUMNS, _counts(report), empty="")
        output.value(None, "")
    output.value(None, _sentence(report))


def _sentence(report: ImportReport) -> str:
    wrong = f"{report.error_count} errors and {report.warning_count} warnings in {report.rows} rows"
    if report.is_refused:
        return f"Nothing was imported: {wrong}."
    done = "Nothing was changed, it was a dry run" if report.dry_run else "Imported"
    return f"{done}: {wrong}, {report.seconds:.1f} s."


def _counts(report: ImportReport) -> list[dict[str, Any]]:
    return [{"file": file, **asdict(counts)} for file, counts in report.counts.items()]


def _fault(fault: Fault) -> dict[str, Any]:
    return {**asdict(fault), "rule": f"{fault.rule}: {fault.rule.sentence}"}


def _as_json(report: ImportReport) -> dict[str, Any]:
    return {
        "flavour": report.flavour,
        "dry_run": report.dry_run,
        "loaded": report.is_loaded,
        "errors": report.error_count,
        "warnings": report.warning_count,
        "rows": report.rows,
        "seconds": round(report.seconds, 2),
        "counts": _counts(report),
        "faults": [{**asdict(fault), "sentence": fault.rule.sentence} for fault in report.faults],
    }
