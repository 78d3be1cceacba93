"""Databases that are not there yet: made once, with an administrator's rights that are not kept."""

from collections.abc import Mapping

from kernel.database.addresses import Address, Login, parse_login
from kernel.database.provision import provision_database, provision_roles
from kernel.database.roles import DatabaseRole
from kernel.errors import InvalidInput
from kernel.settings import Settings
from migrations.schema import History
from migrations.upgrade import upgrade_database


async def prepare_directory(settings: Settings, admin_url: str) -> Address:
    """Makes or mends the roles and the directory's database; refuses another server than the settings name."""
    administrator, directory = parse_login(admin_url), settings.directory_url
    if administrator.address.beside(directory.database) != directory:
        raise InvalidInput(
            f"the administrator's URL names {_server(administrator.address)}, but the directory is at "
            f"{_server(directory)} (FEDIFLOW_DIRECTORY_URL): write the same host and port in both"
        )
    await _roles(settings, administrator)
    return await provision_database(administrator, directory.database, tls=settings.tls)


async def prepare_shard(settings: Settings, admin_url: str, *, database: str) -> Address:
    """Makes or mends the roles and a shard's database on the administrator's server, and migrates it."""
    administrator = parse_login(admin_url)
    await _roles(settings, administrator)
    address = await provision_database(administrator, database, tls=settings.tls)
    owner = settings.password(DatabaseRole.OWNER)
    await upgrade_database(History.SHARD, address, owner, tls=settings.tls)
    return address


def _server(address: Address) -> str:
    return f"{address.host}:{address.port}"


async def _roles(settings: Settings, administrator: Login) -> None:
    """Every role with the password the settings give it; those without one keep theirs or cannot sign in."""
    for needed in (DatabaseRole.OWNER, DatabaseRole.APP, DatabaseRole.WORKER):
        settings.password(needed)
    passwords: Mapping[DatabaseRole, str] = {
        role: secret.reveal() for role, secret in settings.passwords.items()
    }
    await provision_roles(administrator, passwords, tls=settings.tls)
