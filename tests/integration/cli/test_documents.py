"""`documents`: manifests of clients are published whole or not at all, listed and withdrawn."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.databases import Databases
from tests.integration.cli.commands import Commands
from tests.integration.cli.manifests import apollo, operation, plain, sha256

COURSES = "query Courses {\n  courses(first: 5) {\n    nodes { id code }\n  }\n}"
ME = "query Me { viewer { id } }"
WRONG = "query Wrong {\n  courses(first: 5) {\n    nodes { colour }\n  }\n}"


@pytest.fixture
def uni(fediflow: Commands, request: pytest.FixtureRequest) -> str:
    """The slug of an institution of this test's own."""
    slug = "docs-" + sha256(request.node.name)[:10]
    fediflow.ok("tenant", "create", "--slug", slug, "--name", "en=D", "--shard", "one")
    return slug


def listed(fediflow: Commands, slug: str, *words: str) -> dict[str, Any]:
    return {row["id"]: row for row in fediflow.ok("documents", "list", "--tenant", slug, *words)}


def test_a_manifest_of_apollo_is_published_once(fediflow: Commands, uni: str, tmp_path: Path) -> None:
    file = apollo(tmp_path / "manifest.json", operation("Courses", COURSES), operation("Me", ME))
    words = ("documents", "publish", file, "--tenant", uni, "--client", "web")
    tried = fediflow(*words, "--dry-run")
    assert tried.stdout == "2 documents would be published, 0 were before.\n"
    assert listed(fediflow, uni) == {}
    assert fediflow(*words).stdout == "2 documents are published, 0 were before.\n"
    assert fediflow.ok(*words) == {"new": 0, "known": 2, "shared": 0, "dry_run": False}
    found = listed(fediflow, uni)
    assert set(found) == {f"sha256:{sha256(COURSES)}", f"sha256:{sha256(ME)}"}
    row = found[f"sha256:{sha256(COURSES)}"]
    assert (row["operations"], row["clients"], row["characters"]) == (["Courses"], ["web"], len(COURSES))
    assert "Courses" in fediflow("documents", "list", "--tenant", uni).stdout


def test_a_plain_map_is_published_under_the_clients_own_ids(
    fediflow: Commands, uni: str, tmp_path: Path
) -> None:
    documents = {"9b5f31": COURSES, "x-build:me.1": ME, f"sha256:{sha256(ME)}": ME}
    fediflow.ok("documents", "publish", plain(tmp_path / "map.json", documents), "--tenant", uni)
    assert set(listed(fediflow, uni)) == set(documents)
    assert listed(fediflow, uni)["9b5f31"]["clients"] == ["default"]


def test_nothing_is_published_where_one_document_is_refused(
    fediflow: Commands, uni: str, tmp_path: Path
) -> None:
    file = apollo(
        tmp_path / "manifest.json",
        operation("Courses", COURSES),
        operation("Wrong", WRONG),
        operation("Other", ME),
        operation("Me", "mutation Me { __typename }"),
        operation("Broken", "query Broken {"),
        operation(None, "{ __typename }") | {"id": sha256("{ id }")},
        operation(None, "fragment F on Course { id }"),
    )
    outcome = fediflow("documents", "publish", file, "--tenant", uni)
    outcome.failed(
        2,
        "nothing is published: 6 of 7 documents are refused",
        f"sha256:{sha256(WRONG)} (Wrong), line 3, column 13: Cannot query field 'colour' on type 'Course'.",
        "(Other): the document has no operation 'Other'",
        "(Me): the operation is a mutation, not a query",
        "(Broken), line 1, column 15: Syntax Error: Expected Name, found <EOF>.",
        "the id is the hash of another text",
    )
    assert listed(fediflow, uni) == {}


def test_what_cannot_be_done_is_told(fediflow: Commands, tenant: str, tmp_path: Path) -> None:
    file = plain(tmp_path / "map.json", {"me": ME})
    publish = ("documents", "publish")
    fediflow(*publish, file, "--tenant", "nowhere").failed(3, "there is no tenant 'nowhere'")
    fediflow(*publish, str(tmp_path / "none"), "--tenant", tenant).failed(
        2, "none cannot be read: No such file"
    )
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    fediflow(*publish, str(broken), "--tenant", tenant).failed(2, "the manifest is not JSON in UTF-8")
    fediflow(*publish, file, "--tenant", tenant, "--client", " ").failed(
        2, "the name of a client has 1 to 64"
    )
    withdraw = ("documents", "withdraw", "--tenant", tenant)
    fediflow(*withdraw).failed(2, "say which documents to withdraw")
    fediflow(*withdraw, "me", "--client", "web").failed(2, "say which documents to withdraw")
    fediflow(*withdraw, "--client", "web").failed(3, "no document of a client 'web' is published")


def test_an_id_keeps_its_text_until_it_is_withdrawn(fediflow: Commands, uni: str, tmp_path: Path) -> None:
    def published(text: str) -> Any:
        file = plain(tmp_path / "map.json", {"first": ME, "second": text})
        return fediflow("documents", "publish", file, "--tenant", uni)

    assert published(COURSES).code == 0
    published("{ __typename }").failed(4, "second: another text was published under this id")
    assert listed(fediflow, uni)["second"]["characters"] == len(COURSES)
    withdraw = ("documents", "withdraw", "--tenant", uni)
    fediflow(*withdraw, "second", "third").failed(3, "third: no such document is published")
    assert len(listed(fediflow, uni)) == 2
    assert fediflow.ok(*withdraw, "second") == {"withdrawn": 1, "kept": 0}
    assert published("{ __typename }").code == 0


def test_withdrawing_a_client_leaves_what_others_have(fediflow: Commands, uni: str, tmp_path: Path) -> None:
    both = operation("Me", ME)
    web = apollo(tmp_path / "web.json", both, operation("Courses", COURSES))
    named = apollo(tmp_path / "app.json", both | {"clientName": "app"})
    fediflow.ok("documents", "publish", web, "--tenant", uni, "--client", "web")
    outcome = fediflow.ok("documents", "publish", named, "--tenant", uni, "--client", "web")
    assert outcome == {"new": 0, "known": 1, "shared": 1, "dry_run": False}
    assert listed(fediflow, uni, "--client", "app")[f"sha256:{sha256(ME)}"]["clients"] == ["app", "web"]
    withdrawn = fediflow("documents", "withdraw", "--tenant", uni, "--client", "web")
    assert withdrawn.stdout == "1 documents are withdrawn, 1 stay with other clients.\n"
    assert listed(fediflow, uni)[f"sha256:{sha256(ME)}"]["clients"] == ["app"]
    assert listed(fediflow, uni, "--client", "web") == {}


async def test_a_crash_half_way_publishes_nothing(
    fediflow: Commands, databases: Databases, uni: str, tmp_path: Path
) -> None:
    """Killed while its last document waits for a row that somebody else is about to write; the others are written."""
    file = plain(tmp_path / "map.json", {f"document.{number}": ME for number in range(700)} | {"last": ME})
    async with (
        databases.driver(databases.directory) as directory,
        databases.driver(databases.shard, None) as held,
        databases.driver(databases.shard, None) as watching,
    ):
        tenant_id = await directory.fetchval("select id from fediflow.tenants where slug = $1", uni)
        async with held.transaction():
            await held.execute(_LAST, tenant_id, sha256(ME), ME)
            with fediflow.running(
                "documents", "publish", file, "--tenant", uni, log=tmp_path / "log"
            ) as process:
                await _counted(watching, _WAITING, 1, process)
                process.kill()
            await held.execute("delete from fediflow.persisted_documents where tenant_id = $1", tenant_id)
        await _counted(watching, _WORKING, 0)
        left = "select count(*) from fediflow.persisted_documents where tenant_id = $1"
        assert await watching.fetchval(left, tenant_id) == 0
    outcome = await asyncio.to_thread(fediflow.ok, "documents", "publish", file, "--tenant", uni)
    assert outcome["new"] == 701


def test_many_documents_are_published_and_shared_in_one_go(
    fediflow: Commands, uni: str, tmp_path: Path
) -> None:
    courses = " ".join(f"c{number}: courses(first: 1) {{ totalCount }}" for number in range(30))
    file = plain(tmp_path / "map.json", {f"id.{number}": f"{{ {courses} }}" for number in range(5000)})
    publish = ("documents", "publish", file, "--tenant", uni)
    assert fediflow.ok(*publish) == {"new": 5000, "known": 0, "shared": 0, "dry_run": False}
    assert fediflow.ok(*publish, "--client", "web")["shared"] == 5000
    assert len(listed(fediflow, uni, "--client", "web")) == 5000
    assert fediflow.ok("documents", "withdraw", "--tenant", uni, "--client", "default") == {
        "withdrawn": 0,
        "kept": 5000,
    }


async def test_two_publications_at_once_do_not_disturb_each_other(
    fediflow: Commands, uni: str, tmp_path: Path
) -> None:
    web = plain(tmp_path / "web.json", {"a": ME, "b": COURSES})
    app = plain(tmp_path / "app.json", {"b": COURSES, "a": ME, "c": "{ __typename }"})
    done = await asyncio.gather(
        *(
            asyncio.to_thread(fediflow.ok, "documents", "publish", file, "--tenant", uni, "--client", name)
            for file, name in ((web, "web"), (app, "app"))
        )
    )
    assert sum(one["new"] for one in done) == 3
    found = await asyncio.to_thread(listed, fediflow, uni)
    assert {one: row["clients"] for one, row in found.items()} == {
        "a": ["app", "web"],
        "b": ["app", "web"],
        "c": ["app"],
    }


def test_an_institution_is_switched_to_published_documents_and_back(fediflow: Commands, uni: str) -> None:
    assert fediflow.ok("tenant", "show", uni)["documents_only"] is False
    told = fediflow("tenant", "update", uni, "--documents-only").stdout
    assert told == f"The tenant {uni} answers published documents only.\n"
    assert fediflow.ok("tenant", "show", uni)["documents_only"] is True
    assert fediflow.ok("tenant", "update", uni, "--any-document")["documents_only"] is False
    fediflow("tenant", "update", "nobody", "--documents-only").failed(3, "there is no tenant 'nobody'")


def test_an_error_can_be_read_by_a_program(fediflow: Commands, tenant: str, tmp_path: Path) -> None:
    file = plain(tmp_path / "map.json", {"wrong": WRONG})
    outcome = fediflow("documents", "publish", file, "--tenant", tenant, "--json")
    error = json.loads(outcome.stderr)["error"]
    assert (outcome.code, outcome.stdout, error["code"]) == (2, "", "USAGE")
    assert "wrong, line 3, column 13" in error["message"]


_LAST = """
    insert into fediflow.persisted_documents (tenant_id, document_id, sha256, body, operations, clients, created_at)
    values ($1, 'last', $2, $3, '{}', '{x}', now())
"""
_WORKING = """
    select count(*) from pg_stat_activity
    where datname = current_database() and query ilike 'insert into fediflow.persisted_documents%'
"""
_WAITING = _WORKING + " and wait_event_type = 'Lock'"


async def _counted(
    watching: "asyncpg.Connection[asyncpg.Record]",
    sql: str,
    wanted: int,
    process: "subprocess.Popen[bytes] | None" = None,
) -> None:
    async with asyncio.timeout(60):
        while await watching.fetchval(sql) != wanted:
            assert process is None or process.poll() is None
            await asyncio.sleep(0.01)
