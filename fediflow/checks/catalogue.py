"""The catalogue lint over databases as a fresh installation gets them."""

import tempfile
from pathlib import Path

from fediflow.local.binaries import default_cache_dir, embedded_binaries
from fediflow.local.postgres import PostgresServer
from kernel.database.addresses import parse_login
from kernel.database.engines import create_engine
from kernel.database.provision import provision_database, provision_roles
from kernel.database.roles import DatabaseRole, random_passwords
from migrations.schema import History
from migrations.upgrade import upgrade_database
from tenants.lint import DatabaseKind, lint_database

_DATABASES: tuple[tuple[DatabaseKind, History], ...] = (
    ("directory", History.DIRECTORY),
    ("shard", History.SHARD),
)


async def check_catalogue() -> list[str]:
    """A sentence for each finding in a freshly migrated directory and shard."""
    with tempfile.TemporaryDirectory(prefix="fediflow-check-") as folder:
        data = Path(folder) / "postgres"
        server = PostgresServer(data, embedded_binaries(default_cache_dir(data)))
        await server.start()
        try:
            return await _findings(server.admin_url)
        finally:
            await server.stop()


async def _findings(admin_url: str) -> list[str]:
    administrator, passwords = parse_login(admin_url), random_passwords()
    await provision_roles(administrator, passwords)
    sentences = []
    for kind, history in _DATABASES:
        address = await provision_database(administrator, f"check_{kind}")
        await upgrade_database(history, address, passwords[DatabaseRole.OWNER])
        engine = create_engine(address, DatabaseRole.APP, passwords[DatabaseRole.APP], pool_size=1)
        async with engine.connect() as connection:
            found = await lint_database(connection, kind=kind)
        await engine.dispose()
        sentences += [f"{kind}: {one.object}: {one.sentence}" for one in found]
    return sentences
