"""`search`: the index is built anew, compared, repaired; what cannot be done is one sentence."""

import pytest
from sqlalchemy import insert

from kernel.database.roles import DatabaseRole
from search.tables.queue import search_refusals
from tests.databases import Databases
from tests.integration.cli.commands import Commands


@pytest.fixture(scope="module")
def indexed(fediflow: Commands, tenant: str) -> str:
    """An institution with a course unit and a person, after a `reindex`."""
    done = fediflow.ok("search", "reindex")
    assert done["engine"] == "postgresql"
    assert done["institutions"] >= 1
    return tenant


async def test_what_differs_is_told_and_repaired(
    fediflow: Commands, indexed: str, databases: Databases
) -> None:
    assert fediflow.ok("search", "verify", "--tenant", indexed, "--only-look")[0]["is_good"]
    tenant_id = int(fediflow.ok("tenant", "show", indexed)["id"].rpartition("_")[2])
    async with databases.connect(databases.shards["one"], DatabaseRole.WORKER) as connection:
        await connection.exec_driver_sql(f"SET LOCAL app.tenant_id = '{tenant_id}'")
        await connection.exec_driver_sql("update fediflow.search_documents set digest = 'of something else'")
        await connection.commit()
    looked = fediflow("search", "verify", "--tenant", indexed, "--only-look")
    assert looked.code == 1, looked.stderr
    assert "The others differ." in looked.stdout
    repaired = fediflow("search", "verify", "--tenant", indexed)
    assert repaired.code == 0, repaired.stderr
    assert "The others were repaired." in repaired.stdout
    (row,) = fediflow.ok("search", "verify", "--tenant", indexed, "--only-look")
    assert row["is_good"]
    assert row["equal"] > 0
    assert "Nothing differs." in fediflow("search", "verify", "--tenant", indexed).stdout


async def test_what_is_set_aside_is_listed_with_its_reason(
    fediflow: Commands, indexed: str, databases: Databases
) -> None:
    tenant_id = int(fediflow.ok("tenant", "show", indexed)["id"].rpartition("_")[2])
    refused = {"tenant_id": tenant_id, "kind": "course", "object_id": 4711, "is_published": False}
    async with databases.connect(databases.shards["one"], DatabaseRole.WORKER) as connection:
        await connection.exec_driver_sql(f"SET LOCAL app.tenant_id = '{tenant_id}'")
        await connection.execute(insert(search_refusals).values(**refused, why="too many words"))
        await connection.commit()
    rows = [row for row in fediflow.ok("search", "refusals") if row["id"] == "4711"]
    assert [(row["tenant"], row["kind"], row["why"], row["attempts"]) for row in rows] == [
        (indexed, "course", "too many words", 1)
    ]
    assert "too many words" in fediflow("search", "refusals").stdout


async def test_two_do_not_build_at_the_same_time(
    fediflow: Commands, indexed: str, databases: Databases
) -> None:
    async with databases.connect(databases.directory, DatabaseRole.WORKER) as connection:
        await connection.exec_driver_sql(
            "select pg_advisory_lock(hashtextextended('fediflow.search.rebuild', 0))"
        )
        fediflow("search", "reindex").failed(4, "another process builds the search index")


def test_an_engine_that_is_away_is_one_sentence(fediflow: Commands, port: int) -> None:
    away = {"SEARCH_ENGINE": "opensearch", "OPENSEARCH_URL": f"http://fediflow:secret-x@127.0.0.1:{port}"}
    for words in (("search", "reindex"), ("search", "verify")):
        outcome = fediflow(*words, **away)
        outcome.failed(5, "OpenSearch at 127.0.0.1")
        assert "secret-x" not in outcome.stderr
    fediflow("search", "verify", "--tenant", "no-such").failed(3, "no-such")
