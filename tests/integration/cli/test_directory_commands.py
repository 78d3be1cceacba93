"""Commands that change or show the directory: settings, migrations, shards, tenants."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.crypto.signing import signing_key
from tests.databases import Databases, drop_database, holding_roles
from tests.integration.cli.commands import Commands, settings_for


def admin_url(databases: Databases) -> str:
    login = databases.administrator
    where = f"host={login.address.host}&port={login.address.port}"
    return f"postgresql://{login.user}:{login.password}@/{login.address.database}?{where}"


def test_config_shows_every_setting_and_no_secret(
    fediflow: Commands, databases: Databases, tmp_path: Path
) -> None:
    config = tmp_path / "fediflow.toml"
    config.write_text('port = 9000\nredis_url = "redis://me:hidden@cache/0"\n')
    outcome = fediflow("--config", str(config), "config", "--json")
    rows = {row["key"]: row["value"] for row in outcome.json}
    assert rows["FEDIFLOW_PORT"] == "9000"
    assert rows["FEDIFLOW_REDIS_URL"] == "redis://********@cache/0"
    assert rows["FEDIFLOW_APP_PASSWORD"] == "********"
    assert not any(password in outcome.stdout for password in [*databases.passwords.values(), "hidden"])
    assert "FEDIFLOW_PORT" in fediflow("config").stdout


def test_config_makes_a_signing_key_that_can_be_set(fediflow: Commands) -> None:
    seed = fediflow("config", "--new-signing-key").stdout.strip()
    assert signing_key(seed).key_id
    assert fediflow.ok("config", SIGNING_KEY=seed)


def test_config_makes_a_key_encryption_key_that_can_be_set(fediflow: Commands) -> None:
    key = fediflow("config", "--new-key-encryption-key").stdout.strip()
    rows = fediflow.ok("config", KEY_ENCRYPTION_KEYS=f"{key} older:{'A' * 43}=")
    assert {"FEDIFLOW_KEY_ENCRYPTION_KEYS": "********, ********"}.items() <= {
        row["key"]: row["value"] for row in rows
    }.items()


def test_migrate_goes_over_all_databases_and_does_nothing_twice(fediflow: Commands) -> None:
    fediflow.ok("migrate")
    rows = fediflow.ok("migrate")
    assert {"directory", "one", "two"} <= {row["database"] for row in rows}
    assert not any(row["changed"] for row in rows)
    assert all(row["error"] is None for row in rows)


@pytest.fixture
def making_roles(run_dir: Path) -> Iterator[None]:
    """Nobody else changes a role of the server meanwhile."""
    with holding_roles(run_dir, alone=True):
        yield


async def test_an_installation_begins_with_an_administrators_url_that_is_not_kept(
    databases: Databases, making_roles: None
) -> None:
    directory = databases.directory.beside("cli_fresh_directory")
    fresh = Commands(settings_for(directory, databases.passwords))
    administrator = admin_url(databases)
    try:
        fresh("tenant", "list").failed(5, 'database "cli_fresh_directory" does not exist')
        fresh("migrate", "--admin-url", "postgresql://postgres:x@db.example.edu:5433/postgres").failed(
            2,
            f"the administrator's URL names db.example.edu:5433, but the directory is at "
            f"{directory.host}:{directory.port}",
        )
        (row,) = fresh.ok("migrate", "--admin-url", administrator)
        assert (row["database"], row["changed"]) == ("directory", True)
        assert fresh("tenant", "list").stdout == "There is no tenant.\n"
        assert fresh("shard", "list").stdout == "There is no shard.\n"
        added = fresh("shard", "add", "three", "--database", "cli_three", ADMIN_URL=administrator)
        assert added.stdout == f"The shard three is {directory.host}:{directory.port}/cli_three.\n"
        again = fresh.ok("shard", "add", "three", "--database", "cli_three", ADMIN_URL=administrator)
        assert again == {
            "name": "three",
            "host": directory.host,
            "port": directory.port,
            "database": "cli_three",
        }
        (shard,) = fresh.ok("shard", "list")
        assert (shard["name"], shard["served"], shard["reason"]) == ("three", True, None)
        await drop_database(databases.administrator, "cli_three")
        (shard,) = fresh.ok("shard", "list")
        assert shard["served"] is False
        assert "cli_three" in shard["reason"]
        migrated = fresh("migrate", "--json")
        assert migrated.code == 1
        assert {row["database"]: bool(row["error"]) for row in migrated.json} == {
            "directory": False,
            "three": True,
        }
    finally:
        await drop_database(databases.administrator, "cli_three")
        await drop_database(databases.administrator, "cli_fresh_directory")


def test_a_shard_is_not_registered_before_it_is_complete(fediflow: Commands, databases: Databases) -> None:
    wrong = admin_url(databases).replace(databases.administrator.password or "", "wrong")
    outcome = fediflow("shard", "add", "four", ADMIN_URL=wrong)
    outcome.failed(5, "password authentication failed")
    fediflow("shard", "add", "four", ADMIN_URL="mysql://x").failed(
        2, "a database URL starts with postgresql://"
    )
    assert "four" not in {row["name"] for row in fediflow.ok("shard", "list")}


def test_a_tenant_is_shown_as_it_was_created(fediflow: Commands, tenant: str) -> None:
    row = fediflow.ok("tenant", "show", tenant)
    assert (
        row.items()
        >= {
            "slug": tenant,
            "name": {"en": "University of the Command Line", "de": "Universität der Kommandozeile"},
            "shard": "one",
            "time_zone": "Europe/Berlin",
            "languages": ["en", "de"],
            "domains": ["cli.example.edu"],
            "status": "active",
        }.items()
    )
    shown = fediflow("tenant", "show", tenant).stdout
    assert "Universität der Kommandozeile" in shown
    assert tenant in {row["slug"] for row in fediflow.ok("tenant", "list")}


def test_a_taken_slug_or_domain_is_a_conflict_and_nothing_is_half_made(
    fediflow: Commands, tenant: str
) -> None:
    new = ("tenant", "create", "--name", "en=X", "--shard", "two")
    fediflow(*new, "--slug", tenant).failed(4, f"there is a tenant '{tenant}' already")
    taken = fediflow(
        *new, "--slug", "other-university", "--domain", "x.example", "--domain", "cli.example.edu"
    )
    taken.failed(4, "a domain of other-university belongs to another tenant already")
    fediflow("tenant", "show", "other-university").failed(3, "there is no tenant 'other-university'")


def test_wrong_values_of_a_tenant_are_told(fediflow: Commands) -> None:
    new = ("tenant", "create", "--shard", "one")
    fediflow(*new, "--slug", "Big", "--name", "en=X").failed(2, "a slug has 3 to 40 of a-z")
    fediflow(*new, "--slug", "uni", "--name", "X").failed(2, "--name 'X' is not LANGUAGE=NAME")
    fediflow(*new, "--slug", "uni", "--name", "en=X", "--time-zone", "Mars").failed(
        2, "'Mars' is not a time zone"
    )
    fediflow(*new, "--slug", "uni", "--name", "en=X", "--language", "fr", "--language", "en").failed(
        2, "there is no name in the default language 'fr'"
    )
    away = fediflow("tenant", "create", "--slug", "uni", "--name", "en=X", "--shard", "nowhere")
    away.failed(3, "there is no shard 'nowhere'")
    told = fediflow("tenant", "show", "nowhere", "--json")
    assert (told.code, told.stdout) == (3, "")
    assert json.loads(told.stderr)["error"] == {
        "code": "NOT_FOUND",
        "message": "there is no tenant 'nowhere'",
    }


def test_where_a_tenant_is_can_be_said_and_taken_back(fediflow: Commands) -> None:
    new = ("tenant", "create", "--name", "en=X", "--shard", "one", "--slug", "placed-university")
    made = fediflow.ok(*new, "--country", "de", "--subdivision", "de-he")
    assert (made["country"], made["subdivision"], made["latitude"]) == ("DE", "DE-HE", None)
    change = ("tenant", "update", "placed-university")
    moved = fediflow.ok(*change, "--latitude", "-33.9", "--longitude", "18.4")
    where = ("country", "subdivision", "latitude", "longitude", "documents_only")
    assert [moved[name] for name in where] == ["DE", "DE-HE", -33.9, 18.4, False]
    assert fediflow.ok(*change, "--documents-only")["latitude"] == -33.9
    abroad = fediflow.ok(*change, "--nowhere", "--country", "ZA")
    assert [abroad[name] for name in where] == ["ZA", None, None, None, True]


def test_a_tenant_is_nowhere_that_does_not_exist(fediflow: Commands, tenant: str) -> None:
    change = ("tenant", "update", tenant)
    fediflow(*change).failed(2, "nothing is said that would change")
    fediflow(*change, "--country", "XX").failed(2, "'XX' is no country of ISO 3166-1 alpha-2")
    fediflow(*change, "--country", "DE", "--subdivision", "FR-75").failed(
        2, "the subdivision FR-75 is not of the country DE"
    )
    fediflow(*change, "--subdivision", "DE-HE").failed(2, "is not of the country (none)")
    fediflow(*change, "--latitude", "51").failed(2, "latitude and longitude, or neither")
    fediflow(*change, "--latitude", "91", "--longitude", "0").failed(2, "latitude lies between -90 and 90")
    assert fediflow.ok("tenant", "show", tenant)["country"] is None


async def test_a_suspended_tenant_is_signed_out_and_can_be_resumed(
    fediflow: Commands, databases: Databases
) -> None:
    slug = "cli-suspended"
    fediflow.ok("tenant", "create", "--slug", slug, "--name", "en=X", "--shard", "one")
    assert fediflow.ok("tenant", "suspend", slug)["status"] == "suspended"
    async with databases.driver(databases.directory) as driver:
        revoked = await driver.fetchval(
            "select count(*) from fediflow.revocations r join fediflow.tenants t on t.id = r.tenant_id"
            " where t.slug = $1 and r.kind = 'tenant' and r.subject_id = t.id",
            slug,
        )
    assert revoked == 1
    assert fediflow("tenant", "resume", slug).stdout == f"The tenant {slug} is active.\n"
    fediflow("tenant", "suspend", "nobody").failed(3, "there is no tenant 'nobody'")


async def test_a_tenant_is_not_suspended_before_its_tokens_end(
    fediflow: Commands, databases: Databases
) -> None:
    slug = "cli-suspended-whole"
    fediflow.ok("tenant", "create", "--slug", slug, "--name", "en=X", "--shard", "one")
    status = "select status from fediflow.tenants where slug = $1"
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with (
        databases.driver(databases.directory, None) as held,
        databases.driver(databases.directory, None) as watching,
    ):
        async with held.transaction():
            await held.execute("select 1 from fediflow.revocation_clock for update")
            command = asyncio.create_task(asyncio.to_thread(fediflow, "tenant", "suspend", slug))
            async with asyncio.timeout(60):
                while not await watching.fetchval(waiting):
                    assert not command.done()
                    await asyncio.sleep(0.01)
            assert await watching.fetchval(status, slug) == "active"
        assert (await command).code == 0
        assert await watching.fetchval(status, slug) == "suspended"
