"""The OpenSearch of one machine: behind a password, durable, gone with its parent; what it lacks is said."""

import os
from pathlib import Path
from urllib.error import HTTPError

import pytest

from fediflow.local.binaries import default_cache_dir
from fediflow.local.errors import UnableToStart
from fediflow.local.opensearch.jars import prepared_jars
from fediflow.local.opensearch.jdk import Jdk, NoOpenSearch, find_jdk, find_maven
from fediflow.local.opensearch.server import OpenSearchServer
from fediflow.local.sockets import listen
from tests.indices import call
from tests.local.conftest import ROOT, gone, line_of, owner, script
from tests.servers import require_opensearch

CACHE = default_cache_dir(ROOT / ".cache")
KEEPS_RUNNING = """
import asyncio, sys
from pathlib import Path
from fediflow.local.opensearch.server import OpenSearchServer

async def main():
    server = OpenSearchServer(Path(sys.argv[1]), cache_dir=Path(sys.argv[2]), heap="256m")
    await server.start()
    print(server.pid, flush=True)
    await server.wait()

asyncio.run(main())
"""


@pytest.fixture
def server(folder: Path) -> OpenSearchServer:
    require_opensearch()
    return OpenSearchServer(folder / "opensearch", cache_dir=CACHE, heap="256m")


async def test_a_client_needs_the_password(server: OpenSearchServer, folder: Path):
    await server.start()
    try:
        assert call(server.url, "GET", "/_cluster/health")["status"] == "green"
        for user in ("fediflow:guess", "fediflow:", f"admin:{server.password}"):
            for path in ("/", "/_cat/indices", "/anything/_search", "/_cluster/settings"):
                with pytest.raises(HTTPError, match="401") as refused:
                    call(f"http://{user}@127.0.0.1:{server.port}", "GET", path)
                refused.value.close()
        assert (folder / "opensearch" / "password").stat().st_mode & 0o777 == 0o600
        assert server.password not in _command_line(server.pid)
    finally:
        await server.stop()


async def test_it_has_the_analyzers_of_all_languages(server: OpenSearchServer):
    await server.start()
    try:
        for analyzer in ("icu_analyzer", "kuromoji", "nori", "smartcn", "german"):
            tokens = call(server.url, "POST", "/_analyze", {"analyzer": analyzer, "text": "a b"})
            assert tokens["tokens"] is not None, analyzer
    finally:
        await server.stop()


async def test_a_kill_loses_nothing_and_the_address_stays(server: OpenSearchServer):
    await server.start()
    url = server.url
    call(url, "PUT", "/kept", {"settings": {"number_of_replicas": 0}})
    call(url, "PUT", "/kept/_doc/1", {"title": "Was bleibt"})
    await server.kill()
    await server.start()
    try:
        assert server.url == url
        call(url, "GET", "/_cluster/health/kept?wait_for_status=yellow&timeout=60s")  # or it is still read in
        assert call(url, "GET", "/kept/_doc/1")["_source"] == {"title": "Was bleibt"}
    finally:
        await server.stop()


async def test_it_ends_with_a_killed_parent_and_the_next_start_succeeds_at_once(
    server: OpenSearchServer, folder: Path
):
    async with script(KEEPS_RUNNING, folder / "opensearch", CACHE) as parent:
        pid = int(await line_of(parent))
        parent.kill()
        await parent.wait()
        await server.start()
        try:
            assert await gone(pid)
            assert call(server.url, "GET", "/_cluster/health")["status"] == "green"
        finally:
            await server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
async def test_root_runs_it_as_another_user(server: OpenSearchServer):
    await server.start()
    try:
        assert owner(server.pid or 0) != 0
    finally:
        await server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
async def test_where_another_user_cannot_walk_it_runs_as_whoever_starts_it(folder: Path):
    require_opensearch()
    (folder / "closed").mkdir(mode=0o700)
    server = OpenSearchServer(folder / "closed" / "opensearch", cache_dir=CACHE, heap="256m")
    await server.start()
    try:
        assert call(server.url, "GET", "/_cluster/health")["status"] == "green"
    finally:
        await server.stop()


async def test_a_failed_start_says_why(folder: Path):
    require_opensearch()
    with listen("127.0.0.1", 0, "the test") as taken:
        port = taken.getsockname()[1]
        server = OpenSearchServer(folder / "opensearch", cache_dir=CACHE, port=port, heap="256m")
        with pytest.raises(UnableToStart, match="already in use: OpenSearch needs another"):
            await server.start()


async def test_a_folder_of_somebody_else_is_refused(server: OpenSearchServer, folder: Path):
    (folder / "opensearch").mkdir()
    (folder / "opensearch" / "thesis.odt").touch()
    with pytest.raises(UnableToStart, match="files that FediFlow did not put there"):
        await server.start()


@pytest.fixture
def no_java_installed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("fediflow.local.opensearch.jdk._INSTALLED", folder)


def test_a_machine_without_a_new_enough_jdk_says_what_to_install(no_java_installed: None, folder: Path):
    old = _jdk(folder / "old", 17)
    found = find_jdk({"JAVA_HOME": str(old), "PATH": "/nowhere"})
    assert isinstance(found, NoOpenSearch)
    assert "JDK 21 or newer" in found.reason
    assert f"17 in {old}" in found.reason
    assert "openjdk-21" in found.reason


def test_the_oldest_jdk_that_is_new_enough_is_taken(no_java_installed: None, folder: Path):
    named, on_path = _jdk(folder / "named", 25), _jdk(folder / "lts", 21)
    assert find_jdk({"JAVA_HOME": str(named), "PATH": f"{on_path}/bin"}) == Jdk(on_path, 21)


def test_a_machine_without_maven_says_what_to_install(folder: Path):
    found = find_maven({"PATH": str(folder)})
    assert isinstance(found, NoOpenSearch)
    assert "no mvn on PATH" in found.reason


def test_jars_that_cannot_be_had_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch, folder: Path):
    require_opensearch()
    (folder / "bin").mkdir()
    broken = folder / "bin" / "mvn"
    broken.write_text("#!/bin/sh\necho '[ERROR] Could not transfer artifact: unknown host'\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(UnableToStart, match=r"Maven could not bring OpenSearch's jars.*unknown host"):
        prepared_jars(folder / "cache")
    assert [path.name for path in (folder / "cache").iterdir()] == ["opensearch.lock"]


def test_the_runs_server_is_shared(opensearch_url: str, opensearch_prefix: str):
    call(opensearch_url, "PUT", f"/{opensearch_prefix}-one", {"settings": {"number_of_replicas": 0}})
    assert call(opensearch_url, "GET", f"/{opensearch_prefix}-*") != {}


def _command_line(pid: int | None) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def _jdk(home: Path, version: int) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "javac").touch(mode=0o755)
    (home / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{version}.0.1"\n')
    return home
