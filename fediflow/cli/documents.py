"""`documents`: what an institution's clients publish, to ask for it by id later."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from api.documents.checking import checked
from api.documents.manifest import MAX_BYTES, Entry, read_manifest
from api.schema.build import SCHEMA
from fediflow.cli.options import Json, OfTenant, settings_of
from fediflow.cli.output import Output, Step
from fediflow.cli.running import run
from fediflow.processes.stack import Stack, open_stack
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.settings import Settings
from tenants.authority import system_principal
from tenants.documents.model import DEFAULT_CLIENT, checked_client
from tenants.documents.operations import (
    Published,
    Withdrawn,
    publish_documents,
    withdraw_client,
    withdraw_documents,
)
from tenants.documents.queries import Kept, list_documents
from tenants.door import Transaction

OfClient = Annotated[
    str | None, typer.Option("--client", metavar="NAME", help="Only of this client.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Published documents of an institution's clients."
    )
    group.command(
        epilog="Example: fediflow documents publish persisted-documents.json --tenant uni-a --client web"
    )(publish)
    group.command("list", epilog="Example: fediflow documents list --tenant uni-a --client web")(list_all)
    group.command(epilog="Example: fediflow documents withdraw --tenant uni-a --client web")(withdraw)
    app.add_typer(group, name="documents")


def publish(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The manifest of a client's build.", show_default=False)
    ],
    tenant: OfTenant,
    client: Annotated[
        str, typer.Option(metavar="NAME", help="Whose they are, where the manifest does not say.")
    ] = DEFAULT_CLIENT,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check everything, also against what is published; keep nothing."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish a client's documents: all that FILE has, or nothing.

    FILE is Apollo's persisted query manifest, or an object of ids and documents as Relay and GraphQL Code Generator write
    it. Each document is validated against the schema of this program.
    """
    settings, output = settings_of(context), Output(as_json)
    owner = checked_client(client)
    entries = read_manifest(_content(file))
    with output.progress("validating") as step:
        done = run(_publish(settings, tenant, entries, owner, dry_run=dry_run, progress=step))
    row = {"new": done.new, "known": done.known, "shared": done.shared, "dry_run": dry_run}
    said = f"{done.new} documents {'would be' if dry_run else 'are'} published, {done.known} were before"
    output.value(
        row, f"{said} ({done.shared} of them by another client only)." if done.shared else f"{said}."
    )


def list_all(
    context: typer.Context, tenant: OfTenant, client: OfClient = None, as_json: Json = False
) -> None:
    """List what is published."""
    found = run(_list(settings_of(context), tenant, client))
    columns = ("id", "operations", "clients", "characters", "published_at")
    Output(as_json).rows(columns, map(_row, found), empty="No document is published.")


def withdraw(
    context: typer.Context,
    tenant: OfTenant,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Which documents.", show_default=False)
    ] = None,
    client: OfClient = None,
    as_json: Json = False,
) -> None:
    """Withdraw documents, or all of a client; what another client has too stays its. Gateways follow within seconds."""
    if bool(ids) == bool(client):
        raise InvalidInput("say which documents to withdraw: their ids, or --client NAME")
    done = run(_withdraw(settings_of(context), tenant, ids or [], client))
    kept = f", {done.kept} stay with other clients" if done.kept else ""
    row = {"withdrawn": done.gone, "kept": done.kept}
    Output(as_json).value(row, f"{done.gone} documents are withdrawn{kept}.")


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"the manifest {file} cannot be read: {error.strerror}") from None


async def _publish(
    settings: Settings, slug: str, entries: list[Entry], client: str, *, dry_run: bool, progress: Step
) -> Published:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        await stack.tenant(slug)  # whether there is one is said before the work begins
        # and done before a node's ids are leased: a process that validates could not renew the lease
        documents = checked(entries, SCHEMA, client=client, progress=progress)
        async with _at_work(stack, slug) as tx, tx.connection.begin_nested() as tried:
            done = await publish_documents(tx, documents=documents)
            if dry_run:
                await tried.rollback()
    return done


async def _list(settings: Settings, slug: str, client: str | None) -> list[Kept]:
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack,
        _at_work(stack, slug) as tx,
    ):
        return await list_documents(tx, client=client)


async def _withdraw(settings: Settings, slug: str, ids: list[str], client: str | None) -> Withdrawn:
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack,
        _at_work(stack, slug) as tx,
    ):
        if client is not None:
            return await withdraw_client(tx, client=client)
        return await withdraw_documents(tx, ids=ids)


@asynccontextmanager
async def _at_work(stack: Stack, slug: str) -> AsyncIterator[Transaction]:
    """A transaction of the operator in an institution; committed at the end of the block."""
    tenant = await stack.tenant(slug)
    stack.engine_of(tenant)  # says why, where there is none
    async with stack.door() as door, door.write(system_principal(tenant)) as tx:
        yield tx


def _row(kept: Kept) -> dict[str, Any]:
    return {
        "id": kept.document_id,
        "operations": list(kept.operations),
        "clients": sorted(kept.clients),
        "characters": kept.characters,
        "published_at": kept.published_at.isoformat(),
    }
