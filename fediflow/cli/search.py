"""`search`: the index that searches are answered from, built again, compared and repaired."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output, Step
from fediflow.cli.running import run
from fediflow.exits import ExitCode
from fediflow.processes.searching import filling, opened_engine
from fediflow.processes.stack import Stack, open_stack
from kernel.database.roles import DatabaseRole
from kernel.errors import Unavailable
from kernel.settings import Settings
from kernel.telemetry import Metrics
from search.engine import Engine
from search.indexing.indexer import Indexer
from search.indexing.institutions import institutions
from search.indexing.rebuilding import Progress
from search.indexing.refusals import refusals as refusals_of
from search.indexing.verifying import Finding, Verdict, Verifying
from tenants.directory import Directory
from tenants.door import Door

Most = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at most of each shard.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The index of searches.")
    group.command(epilog="Example: fediflow search reindex")(reindex)
    group.command(epilog="Example: fediflow search verify --tenant uni-a --only-look")(verify)
    group.command("refusals", epilog="Example: fediflow search refusals --limit 20")(refusals)
    app.add_typer(group, name="search")


def reindex(context: typer.Context, as_json: Json = False) -> None:
    """Build the index anew beside the one that answers, then change over.

    May be run at any time: what changes meanwhile is not missed, and nothing is found twice. Where another process builds
    it ends with 4.
    """
    settings, output = settings_of(context), Output(as_json)
    with output.progress("reading") as step:
        done = run(_reindex(settings, step))
    output.value(
        {"engine": settings.search_engine.value, **asdict(done)},
        f"{done.rows} rows of {done.institutions} institutions are indexed; {done.events} changes came meanwhile.",
    )


def verify(
    context: typer.Context,
    tenant: Annotated[
        str | None, typer.Option("--tenant", metavar="SLUG", help="Only this institution.")
    ] = None,
    only_look: Annotated[
        bool, typer.Option("--only-look", help="Repair nothing; end with 1 where something differs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare the index with the databases, document by document, and repair what differs.

    May be run while everything goes on: what changed a moment ago is left to the worker. What was set aside is tried again.
    """
    settings, output = settings_of(context), Output(as_json)
    with output.progress("comparing") as step:
        rows = run(_verified(settings, tenant, repairs=not only_look, step=step))
    differing = [row for row in rows if not row["is_good"]]
    if differing and not as_json:
        output.rows(("tenant", *Finding), differing, empty="")
    equal = sum(row[Finding.EQUAL] for row in rows)
    said = (
        "Nothing differs"
        if not differing
        else "The others differ"
        if only_look
        else "The others were repaired"
    )
    output.value(rows, f"{equal} documents of {len(rows)} institutions are as they should be. {said}.")
    if differing and only_look:
        raise typer.Exit(ExitCode.FAILED)


def refusals(context: typer.Context, limit: Most = 50, as_json: Json = False) -> None:
    """List documents that are set aside because the engine cannot take them, the latest first.

    They are tried again when their row changes, and by `search verify`.
    """
    rows = run(_refusals(settings_of(context), limit))
    columns = ("shard", "tenant", "kind", "id", "is_published", "why", "attempts", "tried_at")
    Output(as_json).rows(columns, rows, empty="Nothing is set aside.")


@dataclass(frozen=True, slots=True)
class _Installation:
    """What the commands work on: all shards, and the engine."""

    settings: Settings
    stack: Stack
    door: Door
    engine: Engine


@asynccontextmanager
async def _installation(settings: Settings) -> AsyncIterator[_Installation]:
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=8, application="fediflow-cli") as stack,
        stack.door() as door,
        opened_engine(settings, stack, door, Metrics()) as engine,
    ):
        if stack.refused:
            raise Unavailable(f"every shard is needed: {'; '.join(stack.refused.values())}")
        yield _Installation(settings, stack, door, engine)


async def _reindex(settings: Settings, step: Step) -> Progress:
    async with _installation(settings) as on:
        return await filling(settings, on.stack, on.door, on.engine).rebuild(_shown_by(step))


def _shown_by(step: Step) -> Callable[[Progress], None]:
    def show(progress: Progress) -> None:
        what = f"{progress.rows} rows read, {progress.events} changes since"
        step(progress.institutions, progress.of_institutions, what)

    return show


async def _verified(
    settings: Settings, slug: str | None, *, repairs: bool, step: Step
) -> list[dict[str, Any]]:
    async with _installation(settings) as on:
        directory = Directory(on.stack.directory)
        given = [await on.stack.tenant(slug)] if slug else await institutions(on.stack.directory, directory)
        verifying = Verifying(on.engine, Indexer(on.door, on.engine, directory), repairs=repairs)
        rows: list[dict[str, Any]] = []
        compared = 0

        def count(documents: int) -> None:
            nonlocal compared
            compared += documents
            step(len(rows), len(given), f"{compared} documents compared")

        for tenant in given:
            rows.append(_row(tenant.slug, await verifying.verify(tenant, count)))
    return rows


def _row(slug: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "tenant": slug,
        "is_good": verdict.is_good,
        **{finding.value: verdict.count(finding) for finding in Finding},
        "by_kind": [
            {"set": name, "kind": kind.value, "finding": finding.value, "documents": documents}
            for name, counted in (("own", verdict.own), ("published", verdict.published))
            for (kind, finding), documents in sorted(counted.items())
        ],
    }


async def _refusals(settings: Settings, most: int) -> list[dict[str, Any]]:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=1, application="fediflow-cli") as stack:
        directory = Directory(stack.directory)
        rows = []
        for shard, engine in stack.served.items():
            for one in await refusals_of(engine, limit=most):
                tenant = await directory.by_id(one.tenant_id)
                rows.append(
                    {
                        "shard": shard,
                        "tenant": tenant.slug if tenant else None,
                        "kind": one.reference.kind.value,
                        "id": str(one.reference.id),
                        "is_published": one.is_published,
                        "why": one.why,
                        "attempts": one.attempts,
                        "refused_at": one.refused_at,
                        "tried_at": one.tried_at,
                    }
                )
    return rows
