"""`federation blocks export|import` and `federation prune`: whom we talk with, and what is kept of others."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from federation.hosts.blocklists import DomainRule, read_blocklist, write_blocklist
from federation.hosts.domain_rules import Stored, institution_rules, platform_rules, store_platform_rules
from federation.hosts.pruning import prune as prune_tenant
from federation.moderation.history import Because
from federation.moderation.hosts import Imported, import_rules
from fediflow.cli.federation_delivery import MaybeTenant
from fediflow.cli.options import Json, settings_of
from fediflow.cli.output import Output, Step
from fediflow.cli.running import run
from fediflow.processes.stack import open_stack
from kernel.clock import system_clock
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.settings import Settings
from tenants.authority import system_principal
from tenants.tables import tenants

_LARGEST = 16 * 1024 * 1024


def add_to(group: typer.Typer) -> None:
    """Adds the commands to the group `federation`."""
    blocks = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Lists of blocked and limited domains, as CSV: of the platform, or of one institution with --tenant.",
    )
    blocks.command("export", epilog="Example: fediflow federation blocks export > blocks.csv")(export_blocks)
    blocks.command("import", epilog="Example: fediflow federation blocks import blocks.csv --tenant uni-a")(
        import_blocks
    )
    group.add_typer(blocks, name="blocks")
    group.command("prune", epilog="Example: fediflow federation prune --dry-run")(prune)


def export_blocks(context: typer.Context, tenant: MaybeTenant = None) -> None:
    """Write the list to standard output."""
    sys.stdout.write(write_blocklist(run(_export(settings_of(context), tenant))))


def import_blocks(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with #domain,#severity,…; - is standard input.")
    ],
    tenant: MaybeTenant = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget the domains that are not in the file.")
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="With --replace: also from a file that names no domain.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing, and say what would change.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take over a list: all of it or nothing. Severity suspend blocks, silence limits, noop is left out.

    Where the list has no comment about a domain, the one that was there stays.
    """
    rules = read_blocklist(_text(file))
    if replace and not rules and not allow_empty:
        raise InvalidInput(
            f"{file} names no domain, and --replace would forget the whole list: say --allow-empty too if that is meant"
        )
    done = run(_import(settings_of(context), tenant, rules, replace=replace, dry_run=dry_run))
    counts = {action: sum(rule.action == action for rule in rules) for action in ("block", "limit", "allow")}
    Output(as_json).value(
        counts | {"changed": done.changed, "removed": done.removed, "dry_run": dry_run},
        f"The list has {len(rules)} domains: {counts['block']} blocked, {counts['limit']} limited.",
        f"{done.changed} {'would be' if dry_run else 'are'} new or changed, {done.removed} "
        f"{'would be' if dry_run else 'are'} forgotten.",
    )


def prune(
    context: typer.Context,
    tenant: MaybeTenant = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Remove remote posts and actors that nobody here has to do with, after FEDIFLOW_FEDERATION_RETENTION_DAYS."""
    output = Output(as_json)
    with output.progress("looking" if dry_run else "pruning") as step:
        rows = run(_prune(settings_of(context), tenant, dry_run, step))
    output.rows(("tenant", "shard", "posts", "actors"), rows, empty="There is no institution.")


def _text(file: Path) -> str:
    try:
        raw = sys.stdin.buffer.read(_LARGEST + 1) if str(file) == "-" else file.read_bytes()
        if len(raw) > _LARGEST:
            raise InvalidInput(f"{file} has more than {_LARGEST // 2**20} MB: that is no list of domains")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not UTF-8 text") from error


async def _export(settings: Settings, slug: str | None) -> list[DomainRule]:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        if slug is None:
            return await platform_rules(stack.directory)
        tenant = await stack.tenant(slug)
        async with stack.door() as door, door.write(system_principal(tenant)) as tx:
            return await institution_rules(tx)


async def _import(
    settings: Settings, slug: str | None, rules: Sequence[DomainRule], *, replace: bool, dry_run: bool
) -> Stored | Imported:
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        if slug is None:
            return await store_platform_rules(stack.directory, rules, replace=replace, dry_run=dry_run)
        tenant = await stack.tenant(slug)
        because = Because("imported by an operator")
        async with stack.door() as door, door.write(system_principal(tenant)) as tx:
            return await import_rules(tx, rules=rules, because=because, replace=replace, dry_run=dry_run)


async def _prune(settings: Settings, slug: str | None, dry_run: bool, step: Step) -> list[dict[str, Any]]:
    retention = timedelta(days=settings.federation_retention_days)
    rows: list[dict[str, Any]] = []
    async with open_stack(settings, DatabaseRole.WORKER, pool_size=2) as stack:
        async with stack.directory.connect() as connection:
            slugs = (
                [slug] if slug else list(await connection.scalars(select(tenants.c.slug).order_by("slug")))
            )
        for done, one in enumerate(slugs, 1):
            tenant = await stack.tenant(one)
            engine = stack.engine_of(tenant)
            gone = await prune_tenant(engine, tenant.id, system_clock(), retention=retention, dry_run=dry_run)
            rows.append({"tenant": one, "shard": tenant.shard, "posts": gone.posts, "actors": gone.actors})
            step(done, len(slugs), one)
    return rows
