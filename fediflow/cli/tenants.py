"""`tenant`: the institutions of this installation."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output
from fediflow.cli.running import run
from fediflow.processes.services import open_cache
from fediflow.processes.stack import open_stack
from kernel.clock import system_clock
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.ids import IdFactory
from kernel.leases import node_lease, wall_clock_ms
from kernel.settings import Settings
from kernel.unset import UNSET
from tenants.administration import NewTenant, TenantChanges, create_tenant, switch_tenant, update_tenant
from tenants.directory import tenant_query
from tenants.model import NotFound
from tenants.places import InstitutionPlace
from tenants.signin.revocations import RevocationKind, Revocations, write_revocation
from tenants.tables import node_leases
from tenants.tables import tenants as tenant_table

_COLUMNS = (
    "slug",
    "name",
    "shard",
    "region",
    "time_zone",
    "languages",
    "domains",
    "status",
    "documents_only",
    "country",
    "subdivision",
    "latitude",
    "longitude",
)
Country = Annotated[
    str | None, typer.Option(metavar="CODE", help="Where it is: ISO 3166-1 alpha-2, such as DE.")
]
Subdivision = Annotated[
    str | None, typer.Option(metavar="CODE", help="Which part of the country: ISO 3166-2, such as DE-HE.")
]
Latitude = Annotated[float | None, typer.Option(help="Degrees north, with --longitude.")]
Longitude = Annotated[float | None, typer.Option(help="Degrees east, with --latitude.")]
Slug = Annotated[
    str, typer.Argument(metavar="SLUG", help="The institution's short name.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Institutions of this installation."
    )
    group.command(
        epilog="Example: fediflow tenant create --slug uni-a --name de='Universität A' --name en='University A' "
        "--shard one --time-zone Europe/Berlin --language de --language en --domain a.example.edu "
        "--country DE --subdivision DE-HE --latitude 51.21 --longitude 9.78"
    )(create)
    group.command("list", epilog="Example: fediflow tenant list --json")(list_tenants)
    group.command(epilog="Example: fediflow tenant show uni-a")(show)
    group.command(epilog="Example: fediflow tenant update uni-a --documents-only")(update)
    group.command(epilog="Example: fediflow tenant suspend uni-a")(suspend)
    group.command(epilog="Example: fediflow tenant resume uni-a")(resume)
    app.add_typer(group, name="tenant")


def create(
    context: typer.Context,
    slug: Annotated[
        str, typer.Option(help="Its short name: 3 to 40 of a-z, 0-9 and '-'.", show_default=False)
    ],
    name: Annotated[
        list[str],
        typer.Option(metavar="LANGUAGE=NAME", help="Its name in a language; repeat it.", show_default=False),
    ],
    shard: Annotated[str, typer.Option(help="Where its rows are kept.", show_default=False)],
    time_zone: Annotated[str, typer.Option(help="Such as Europe/Berlin.")] = "UTC",
    language: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Its languages, the default one first; repeat it.")
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option(help="A domain it is served at, the primary one first; repeat it.")
    ] = None,
    region: Annotated[str, typer.Option(help="Where its data may be kept.")] = "eu",
    country: Country = None,
    subdivision: Subdivision = None,
    latitude: Latitude = None,
    longitude: Longitude = None,
    as_json: Json = False,
) -> None:
    """Enter an institution. Its languages are those of its names where none is given."""
    names = dict(_tagged(one) for one in name)
    place = InstitutionPlace(country, subdivision, latitude, longitude)
    new = NewTenant(slug, names, shard, region, time_zone, language or list(names), domain or (), place)
    row = run(_create(settings_of(context), new))
    Output(as_json).value(row, f"The tenant {slug} is on shard {shard}.")


def list_tenants(context: typer.Context, as_json: Json = False) -> None:
    """List the institutions."""
    rows = run(_rows(settings_of(context)))
    Output(as_json).rows(("slug", "name", "shard", "languages", "status"), rows, empty="There is no tenant.")


def show(context: typer.Context, slug: Slug, as_json: Json = False) -> None:
    """Show an institution."""
    row = run(_row(settings_of(context), slug))
    facts = [{"what": column.replace("_", " "), "is": row[column]} for column in _COLUMNS]
    output = Output(as_json)
    if as_json:
        output.value(row)
    else:
        output.rows(("what", "is"), facts, empty="")


def update(
    context: typer.Context,
    slug: Slug,
    documents_only: Annotated[
        bool | None,
        typer.Option(
            "--documents-only/--any-document",
            help="Answer published documents only (see `fediflow documents`), or any.",
            show_default=False,
        ),
    ] = None,
    country: Country = None,
    subdivision: Subdivision = None,
    latitude: Latitude = None,
    longitude: Longitude = None,
    nowhere: Annotated[
        bool, typer.Option("--nowhere", help="Forget where it is, but for what is said beside.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Change how an institution is served, and where it is. Gateways follow within seconds."""
    missing = None if nowhere else UNSET
    changes = TenantChanges(
        UNSET if documents_only is None else documents_only,
        *(missing if one is None else one for one in (country, subdivision, latitude, longitude)),  # type: ignore[arg-type]  # each as it was declared
    )
    row = run(_update(settings_of(context), slug, changes))
    said = "published documents only" if row["documents_only"] else "any document"
    where = row["subdivision"] or row["country"]
    placed = f"is in {where} and " if where else ""
    Output(as_json).value(row, f"The tenant {slug} {placed}answers {said}.")


def suspend(context: typer.Context, slug: Slug, as_json: Json = False) -> None:
    """Switch an institution's service off; whoever is signed in is signed out."""
    row = run(_switch(settings_of(context), slug, is_suspended=True))
    Output(as_json).value(row, f"The tenant {slug} is suspended.")


def resume(context: typer.Context, slug: Slug, as_json: Json = False) -> None:
    """Switch an institution's service on again."""
    row = run(_switch(settings_of(context), slug, is_suspended=False))
    Output(as_json).value(row, f"The tenant {slug} is active.")


async def _create(settings: Settings, new: NewTenant) -> dict[str, Any]:
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack,
        node_lease(stack.directory, node_leases) as lease,
        stack.directory.begin() as connection,
    ):
        tenant_id = IdFactory(lease, wall_clock_ms)()
        await create_tenant(connection, tenant=new, tenant_id=tenant_id, now=system_clock())
    return await _row(settings, new.slug)


async def _update(settings: Settings, slug: str, changes: TenantChanges) -> dict[str, Any]:
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack,
        stack.directory.begin() as connection,
    ):
        await update_tenant(connection, slug=slug, changes=changes, now=system_clock())
    return await _row(settings, slug)


async def _switch(settings: Settings, slug: str, *, is_suspended: bool) -> dict[str, Any]:
    """The status and the end of the tenant's tokens are one transaction: resumed, no old token holds again."""
    now = system_clock()
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        async with stack.directory.begin() as connection:
            tenant_id = await switch_tenant(connection, slug=slug, is_suspended=is_suspended, now=now)
            event_id = f"{tenant_id}:suspended:{now.isoformat()}"
            if is_suspended:
                await write_revocation(
                    connection,
                    tenant_id=tenant_id,
                    kind=RevocationKind.TENANT,
                    subject_id=tenant_id,
                    event_id=event_id,
                )
        if is_suspended:
            cache = open_cache(settings)
            await Revocations(stack.directory, cache).spread(event_id)
            await cache.aclose()
    return await _row(settings, slug)


async def _row(settings: Settings, slug: str) -> dict[str, Any]:
    for row in await _rows(settings):
        if row["slug"] == slug:
            return row
    raise NotFound(f"there is no tenant {slug!r}")


async def _rows(settings: Settings) -> Sequence[dict[str, Any]]:
    query = tenant_query().order_by(tenant_table.c.slug)
    async with (
        open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack,
        stack.directory.connect() as connection,
    ):
        rows = (await connection.execute(query)).mappings().all()
    return [{"id": str(row["id"]), **{column: row[column] for column in _COLUMNS}} for row in rows]


def _tagged(text: str) -> tuple[str, str]:
    language, equals, name = text.partition("=")
    if not equals:
        raise InvalidInput(f"--name {text!r} is not LANGUAGE=NAME, such as en='University A'")
    return language, name
