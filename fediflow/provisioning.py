"""Databases that are not there yet: made once, with an administrator's rights that are not kept."""

from collections.abc import Mapping

from kernel.database.addresses import Address, Login, parse_login
from kernel.database.provision import provision_database, provision_roles
from kernel.database.roles import DatabaseRole
from kernel.settings import Settings
from migrations.schema import History
from migrations.upgrade import upgrade_database


async def prepare_directory(settings: Settings, admin_url: str) -> Address:
    """Makes or mends the roles and the directory's database, on the server where the settings say it is."""
    given = parse_login(admin_url)
    at = settings.directory_url.beside(given.address.database)
    await _roles(settings, Login(at, given.user, given.password))
    return await provision_database(
        Login(at, given.user, given.password), settings.directory_url.database, tls=settings.tls
    )


async def prepare_shard(settings: Settings, admin_url: str, *, database: str) -> Address:
    """Makes or mends the roles and a shard's database on the administrator's server, and migrates it."""
    administrator = parse_login(admin_url)
    await _roles(settings, administrator)
    address = await provision_database(administrator, database, tls=settings.tls)
    owner = settings.password(DatabaseRole.OWNER)
    await upgrade_database(History.SHARD, address, owner, tls=settings.tls)
    return address


async def _roles(settings: Settings, administrator: Login) -> None:
    """Every role with the password the settings give it; those without one keep theirs or cannot sign in."""
    for needed in (DatabaseRole.OWNER, DatabaseRole.APP, DatabaseRole.WORKER):
        settings.password(needed)
    passwords: Mapping[DatabaseRole, str] = {
        role: secret.reveal() for role, secret in settings.passwords.items()
    }
    await provision_roles(administrator, passwords, tls=settings.tls)
