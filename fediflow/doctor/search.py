"""Whether searches can be answered: the engine, what it brings for languages, its indices and its room."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from fediflow.doctor.verdicts import Check, Verdict, judged
from kernel.errors import FediflowError
from kernel.settings import SearchEngine, Settings
from search.opensearch.analysis import Plugin
from search.opensearch.client import Client, Declined
from search.opensearch.scope import Aliases, aliases

_WHERE = "search"
_PATIENCE = 5.0
OLDEST_OPENSEARCH = (2, 11)
_STATUS = {"green": Verdict.OK, "yellow": Verdict.WARNING}
_WITHOUT = {
    Plugin.ICU: "analysis-icu: words of scripts without spaces, foreign letters and sorting by title get worse",
    Plugin.KUROMOJI: "analysis-kuromoji: Japanese is found by pairs of letters",
    Plugin.NORI: "analysis-nori: Korean is found by pairs of letters",
}


async def examine_search(settings: Settings) -> list[Check]:
    """What there is to say about the engine that the settings choose."""
    if settings.search_engine is SearchEngine.POSTGRESQL:
        return [Check(_WHERE, "engine", Verdict.OK, "PostgreSQL: the shards and the directory")]
    assert settings.opensearch_url is not None, "the settings are refused without it"
    certificate = settings.opensearch_tls_root_cert
    client = Client(
        settings.opensearch_url.reveal(),
        timeout=_PATIENCE,
        write_timeout=_PATIENCE,
        ca_file=str(certificate) if certificate else None,
    )
    try:
        return await _examined(client, aliases(settings.opensearch_prefix))
    except FediflowError as error:
        return [Check(_WHERE, "engine", Verdict.BAD, error.message)]
    except Declined as error:
        return [Check(_WHERE, "engine", Verdict.BAD, f"OpenSearch answers no: {error.status} {error.kind}")]
    finally:
        await client.aclose()


async def _examined(client: Client, names: Aliases) -> list[Check]:
    version = str((await client.ask("GET", "/"))["version"]["number"])
    health = await client.ask("GET", "/_cluster/health")
    lacking = [text for plugin, text in _WITHOUT.items() if not await _has(client, plugin)]
    return [
        judged(_WHERE, "engine", _number(version) >= OLDEST_OPENSEARCH, f"OpenSearch {version}"),
        Check(_WHERE, "cluster", _STATUS.get(str(health["status"]), Verdict.BAD), _cluster(health)),
        judged(
            _WHERE,
            "analyzers",
            not lacking,
            "of all languages" if not lacking else "without " + "; without ".join(lacking),
            otherwise=Verdict.WARNING,
        ),
        *[check async for check in _indices(client, names)],
    ]


async def _has(client: Client, plugin: Plugin) -> bool:
    try:
        await client.ask("POST", "/_analyze", {"tokenizer": plugin.value, "text": "a"})
    except Declined:
        return False
    return True


async def _indices(client: Client, names: Aliases) -> AsyncIterator[Check]:
    for alias in names.both():
        if not await _is_there(client, alias):
            found = "is not there: `fediflow search reindex` makes it"
            yield Check(_WHERE, f"index {alias}", Verdict.BAD, found)
            continue
        settings = await client.ask("GET", f"/{alias}/_settings")
        blocked = sorted({block for about in settings.values() for block in _blocks(about)})
        documents = (await client.ask("GET", f"/{alias}/_count"))["count"]
        said = f"{documents} documents in {', '.join(sorted(settings))}"
        if blocked:
            said += f"; takes no changes: {', '.join(blocked)} (is its disk full?)"
        yield judged(_WHERE, f"index {alias}", not blocked, said)


async def _is_there(client: Client, alias: str) -> bool:
    try:
        await client.ask("GET", f"/_alias/{alias}")
    except Declined as error:
        if error.status != 404:
            raise
        return False
    return True


def _blocks(about: dict[str, Any]) -> Iterator[str]:
    for name, value in about["settings"]["index"].get("blocks", {}).items():
        if str(value) == "true":
            yield name


def _cluster(health: dict[str, Any]) -> str:
    said = f"{health['status']}, {health['number_of_data_nodes']} data nodes"
    return said + (
        f", {health['unassigned_shards']} shards unassigned" if health["unassigned_shards"] else ""
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".")[:2] if part.isdecimal())
