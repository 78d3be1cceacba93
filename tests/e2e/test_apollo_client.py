"""Apollo Client, as it comes from npm, names its documents by their hashes and understands what it hears."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.databases import Databases
from tests.e2e.judges import node_packages
from tests.integration.cli.commands import Commands, get, settings_for, until
from tests.integration.cli.manifests import plain, sha256
from tests.ports import own_port
from tests.servers import RunningRedis
from tests.world import World

_HERE = Path(__file__).with_name("apollo")
# As the client prints it.
REGISTERED = "query RegisteredByApollo {\n  tenant {\n    slug\n    __typename\n  }\n}"
PUBLISHED = "query PublishedForApollo {\n  tenant {\n    slug\n    __typename\n  }\n}"


def publish(databases: Databases, folder: Path) -> None:
    """Publishes what a client's build would."""
    manifest = plain(folder / "persisted-documents.json", {sha256(PUBLISHED): PUBLISHED})
    commands = Commands(settings_for(databases.directory, databases.passwords))
    assert commands.ok("documents", "publish", manifest, "--tenant", "alpha")


@contextmanager
def gateway(databases: Databases, log: Path, **settings: str) -> Iterator[str]:
    """A gateway process; its address."""
    commands, port = Commands(settings_for(databases.directory, databases.passwords)), own_port()
    with commands.running("serve", log=log, PORT=str(port), **settings) as process:
        until(lambda: get(f"http://127.0.0.1:{port}/readyz")[0] == 200, process, log)
        yield f"http://127.0.0.1:{port}/graphql"
        process.terminate()
        process.wait(90)


def asked(address: str, *queries: str, by: str = "post") -> list[dict[str, Any]]:
    """What a client that starts anew gets for each query, and which requests it made."""
    command = ["node", str(_HERE / "asking.mjs"), str(node_packages(_HERE)), address, "alpha", by, *queries]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    assert all(one["data"]["tenant"]["slug"] == "alpha" for one in told), told
    return told


def made(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Each request: its method, and whether it had the hash, the text or both."""
    return [
        (one["method"], "+".join(name for name in ("hash", "query") if one[name])) for one in told["requests"]
    ]


def test_a_document_is_sent_once_and_named_by_its_hash_from_then_on(
    world: World, databases: Databases, redis_server: RunningRedis, tmp_path: Path
) -> None:
    node_packages(_HERE)  # skips before a process is started
    assert world["alpha"].tenant.slug == "alpha"
    publish(databases, tmp_path)
    settings = {"AUTOMATIC_DOCUMENTS": "true", "REDIS_URL": redis_server.url}
    with gateway(databases, tmp_path / "log", **settings) as address:
        first, second = asked(address, REGISTERED, REGISTERED)
        assert made(first) == [("POST", "hash"), ("POST", "hash+query")]
        assert made(second) == [("POST", "hash")]
        (later,) = asked(address, REGISTERED, by="get")
        assert made(later) == [("GET", "hash")]
        (published,) = asked(address, PUBLISHED, by="get")
        assert made(published) == [("GET", "hash")]


def test_a_client_that_hears_that_nothing_is_registered_sends_texts(
    world: World, databases: Databases, tmp_path: Path
) -> None:
    node_packages(_HERE)  # skips before a process is started
    assert world["alpha"].tenant.slug == "alpha"
    publish(databases, tmp_path)
    with gateway(databases, tmp_path / "log") as address:
        first, second = asked(address, REGISTERED, REGISTERED)
        assert made(first) == [("POST", "hash"), ("POST", "query")]
        assert made(second) == [("POST", "query")]
        (published,) = asked(address, PUBLISHED)
        assert made(published) == [("POST", "hash")]
