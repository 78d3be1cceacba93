"""`doctor` on OpenSearch: what it is, what it lacks, what it holds; away, it is a finding like any other."""

from typing import Any

from search.opensearch.client import Client
from search.opensearch.indices import Indices
from search.opensearch.scope import aliases
from tests.indices import call
from tests.integration.cli.commands import Commands


def of_search(fediflow: Commands, url: str, prefix: str) -> dict[str, Any]:
    """The checks by what they look at."""
    outcome = fediflow(
        "doctor", "--json", SEARCH_ENGINE="opensearch", OPENSEARCH_URL=url, OPENSEARCH_PREFIX=prefix
    )
    return {check["what"]: check for check in outcome.json if check["where"] == "search"}


async def test_an_opensearch_that_is_well_is_described(
    fediflow: Commands, opensearch_url: str, opensearch_prefix: str
) -> None:
    missing = of_search(fediflow, opensearch_url, opensearch_prefix)
    assert missing["engine"]["verdict"] == "ok"
    assert missing["engine"]["found"] == "OpenSearch 3.8.0"
    assert missing["analyzers"]["found"] == "of all languages"
    assert missing["cluster"]["verdict"] in ("ok", "warning")
    tenants = f"index {opensearch_prefix}-tenants"
    assert missing[tenants]["verdict"] == "bad"
    assert "`fediflow search reindex` makes it" in missing[tenants]["found"]

    client = Client(opensearch_url, timeout=60.0, write_timeout=60.0)
    await Indices(client, aliases(opensearch_prefix), shards=1).prepare()
    await client.aclose()
    assert of_search(fediflow, opensearch_url, opensearch_prefix)[tenants]["verdict"] == "ok"

    blocked = {"index.blocks.read_only_allow_delete": True}
    call(opensearch_url, "PUT", f"/{opensearch_prefix}-tenants/_settings", blocked)
    full = of_search(fediflow, opensearch_url, opensearch_prefix)[tenants]
    assert full["verdict"] == "bad"
    assert "takes no changes: read_only_allow_delete (is its disk full?)" in full["found"]


def test_an_opensearch_that_is_away_or_refuses_is_a_finding(
    fediflow: Commands, opensearch_url: str, port: int
) -> None:
    away = of_search(fediflow, f"http://fediflow:secret-x@127.0.0.1:{port}", "any")["engine"]
    assert away["verdict"] == "bad"
    assert "cannot be reached" in away["found"]
    node = opensearch_url.rpartition("@")[2]
    refused = of_search(fediflow, f"http://fediflow:secret-x@{node}", "any")["engine"]
    assert "does not let us in" in refused["found"]
    assert "secret-x" not in away["found"] + refused["found"]


def test_an_engine_without_address_is_refused_at_the_start(fediflow: Commands) -> None:
    for command in ("serve", "worker", "doctor"):
        fediflow(command, SEARCH_ENGINE="opensearch").failed(2, "expected FEDIFLOW_OPENSEARCH_URL beside it")


def test_the_databases_as_engine_need_nothing_more(fediflow: Commands) -> None:
    checks = {
        check["what"]: check for check in fediflow("doctor", "--json").json if check["where"] == "search"
    }
    assert checks["engine"]["verdict"] == "ok"
    assert checks["engine"]["found"].startswith("PostgreSQL")
