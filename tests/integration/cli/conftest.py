"""Fixtures of the command line's tests."""

import pytest

from fediflow.local.sockets import free_port
from tests.databases import Databases
from tests.integration.cli.commands import Commands, settings_for


@pytest.fixture(scope="session")
def fediflow(databases: Databases) -> Commands:
    """The command line on this worker's databases: a directory, the shards `one` and `two`."""
    return Commands(settings_for(databases.directory, databases.passwords))


@pytest.fixture(scope="session")
def tenant(fediflow: Commands) -> str:
    """The slug of an institution with one person, `ada`, who administers it."""
    slug = "cli-university"
    fediflow.ok(
        *("tenant", "create", "--slug", slug, "--name", "en=University of the Command Line"),
        *("--name", "de=Universität der Kommandozeile", "--shard", "one", "--time-zone", "Europe/Berlin"),
        *("--domain", "cli.example.edu"),
    )
    fediflow.ok(
        *("user", "create", "--tenant", slug, "--handle", "ada", "--given-name", "Ada"),
        *("--family-name", "Lovelace", "--email", "ada@cli.example.edu", "--role", "tenant_admin"),
        "--password-stdin",
        text="correct horse battery\n",
    )
    return slug


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()
