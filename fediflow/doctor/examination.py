"""Goes over the keys, the directory, every shard, search, Redis, the mail server and the leases; what cannot be reached is a finding like any other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from fediflow.doctor.keys import examine_keys, examine_setting
from fediflow.doctor.search import examine_search
from fediflow.doctor.server import examine_server
from fediflow.doctor.verdicts import Check, Verdict, judged
from fediflow.processes.notifying import mail_way
from fediflow.processes.reaching import reached, why_unreachable
from fediflow.processes.services import key_encryption, open_cache
from kernel.database.addresses import Address
from kernel.database.engines import create_engine
from kernel.database.guard import refuse_if_too_powerful
from kernel.database.roles import DatabaseRole
from kernel.database.trouble import DATABASE_TROUBLE
from kernel.errors import FediflowError
from kernel.leases import LEASE_SECONDS, wall_clock_ms
from kernel.mail.sending import connected
from kernel.outbox.survey import survey
from kernel.settings import Settings
from migrations.fleet import list_shards
from migrations.schema import History
from migrations.versions import require_known_version
from tenants.model import TenantId
from tenants.tables import node_leases, tenants
from tenants.tables import shards as shard_rows

_OLD_OUTBOX, _STUCK_OUTBOX = 60.0, 600.0
_NODES = 1024
_CROWDED = 900
_MAIL_PATIENCE = 5.0

_Examination = Callable[[AsyncConnection], Awaitable[list[Check]]]


async def examine(settings: Settings, progress: Callable[[str], None] = lambda _: None) -> list[Check]:
    """All checks: the key-encryption key, then in the order of the picture directory, shards, search, Redis, mail."""
    directory, checks, shards = settings.directory_url, [examine_setting(key_encryption(settings))], []
    placed: list[tuple[str, TenantId]] = []

    async def of_directory(connection: AsyncConnection) -> list[Check]:
        shards.extend(await list_shards(connection))
        query = select(shard_rows.c.name, tenants.c.id).join(tenants, tenants.c.shard_id == shard_rows.c.id)
        placed.extend((name, TenantId(tenant_id)) for name, tenant_id in await connection.execute(query))
        return [
            *await _leases(connection),
            judged("directory", "shards", bool(shards), f"{len(shards)} known"),
        ]

    progress("directory")
    checks += await _examine_database(settings, History.DIRECTORY, "directory", directory, of_directory)
    for shard in shards:
        progress(shard.name)
        where = f"shard {shard.name}"
        here = [tenant_id for name, tenant_id in placed if name == shard.name]
        also = _of_shard(settings, where, here)
        checks += await _examine_database(settings, History.SHARD, where, shard.address, also)
    progress("search")
    checks += await examine_search(settings)
    progress("Redis")
    return [*checks, await _redis(settings), await _mail(settings)]


async def _examine_database(
    settings: Settings, history: History, where: str, address: Address, also: _Examination
) -> list[Check]:
    checks = [await _role(settings, DatabaseRole.APP, where, address)]
    checks.append(await _role(settings, DatabaseRole.WORKER, where, address))
    try:
        async with _connected(settings, DatabaseRole.WORKER, where, address) as connection:
            checks += await examine_server(connection, where, address)
            version = await require_known_version(connection, history, name=where)
            checks.append(Check(where, "schema", Verdict.OK, f"version {version}"))
            await connection.commit()
            checks += await also(connection)
    except FediflowError as error:
        checks.append(Check(where, "database", Verdict.BAD, error.message))
    except DATABASE_TROUBLE as error:
        checks.append(Check(where, "database", Verdict.BAD, why_unreachable(error)))
    return checks


async def _role(settings: Settings, role: DatabaseRole, where: str, address: Address) -> Check:
    """Whether a process of this role could start."""
    what = f"role {role}"
    try:
        async with _connected(settings, role, where, address) as connection:
            await refuse_if_too_powerful(connection)
    except FediflowError as error:
        return Check(where, what, Verdict.BAD, error.message)
    return Check(where, what, Verdict.OK, "may do what it should and no more")


@asynccontextmanager
async def _connected(
    settings: Settings, role: DatabaseRole, what: str, address: Address
) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(
        address, role, settings.password(role), tls=settings.tls, pool_size=0, application="fediflow-doctor"
    )
    try:
        async with reached(engine, what, address) as connection:
            yield connection
    finally:
        await engine.dispose()


def _of_shard(settings: Settings, where: str, tenant_ids: Sequence[TenantId]) -> _Examination:
    async def examination(connection: AsyncConnection) -> list[Check]:
        outbox = await _outbox(connection, where)
        return [outbox, await examine_keys(connection, where, tenant_ids, key_encryption(settings))]

    return examination


async def _outbox(connection: AsyncConnection, where: str) -> Check:
    found = await survey(connection)
    age = found.age_seconds
    verdict = Verdict.BAD if age > _STUCK_OUTBOX else Verdict.WARNING if age > _OLD_OUTBOX else Verdict.OK
    behind = ", ".join(f"{c.name} {c.behind} behind" for c in found.consumers if c.behind)
    return Check(where, "outbox", verdict, f"{age:.0f} s old" + (f" ({behind})" if behind else ""))


async def _leases(connection: AsyncConnection) -> list[Check]:
    """Too many would leave none for new processes; one far in the future tells of a clock that was wrong."""
    row = node_leases.c
    query = select(
        func.count().filter(row.expires_at > func.now()),
        func.coalesce(func.max(row.reserved_until_ms), 0),
    )
    held, highest = (await connection.execute(query)).one()
    ahead = (int(highest) - wall_clock_ms()) / 1000 - LEASE_SECONDS
    return [
        judged(
            "directory", "node leases", held < _CROWDED, f"{held} of {_NODES} held", otherwise=Verdict.WARNING
        ),
        judged(
            "directory",
            "ids are of the present",
            ahead < _OLD_OUTBOX,
            "yes" if ahead < _OLD_OUTBOX else f"a process reserved ids {ahead:.0f} s ahead of this clock",
        ),
    ]


async def _mail(settings: Settings) -> Check:
    """Whether letters could be sent: the server is spoken to as a worker does, and told nothing."""
    if settings.smtp_url is None:
        return Check(
            "mail", "server", Verdict.WARNING, "FEDIFLOW_SMTP_URL is not set: no notifications by e-mail"
        )
    way = mail_way(settings.smtp_url.reveal(), settings.smtp_tls_root_cert)
    try:
        async with connected(way.server, way.tls, timeout=_MAIL_PATIENCE):
            return Check("mail", "server", Verdict.OK, "takes letters of ours")
    except FediflowError as error:
        return Check("mail", "server", Verdict.BAD, error.message)


async def _redis(settings: Settings) -> Check:
    cache = open_cache(settings)
    try:
        if not cache.is_configured:
            return Check(
                "Redis", "answers", Verdict.WARNING, "none is configured: everything works, only slower"
            )
        answers = await cache.ping()
        return judged("Redis", "answers", answers, "yes" if answers else "no", otherwise=Verdict.WARNING)
    finally:
        await cache.aclose()
