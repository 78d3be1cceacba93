"""How each peer is asked a case's question, and whether it answers the same as we do.

Mercurius serves a schema of the same spelling. PostGraphile makes its own out of the tables: its operations are in
`bench/operations/postgraphile/`, and its cursors are its own.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpcore

from bench.cases import OPERATIONS, Case
from bench.load import Exchange, post
from bench.peer_servers import Peer
from bench.rows import BenchFailed
from bench.stand import HOST

_CURSORS = """query Cursors {
  courses: allCourses(first: 100, orderBy: [CODE_ASC, ROW_ID_ASC]) { edges { cursor node { rowId } } }
}"""


class OtherAnswer(BenchFailed):
    """A peer answers something else than FediFlow: it would be measured at another task."""


async def exchanges_with(
    peer: Peer, case: Case, variables: Sequence[Mapping[str, Any]], answers: Sequence[str]
) -> list[Exchange]:
    """The requests of a case as the peer reads them, each with its answer, which holds the same data as ours."""
    folder = OPERATIONS / peer.name
    document = (folder / f"{case.name}.graphql").read_text() if folder.is_dir() else case.document
    found = []
    for given, ours in zip(variables, answers, strict=True):
        request = {"query": document, "variables": await _spelled(peer, given)}
        theirs = await _asked(peer, request)
        if "errors" in json.loads(theirs) or plain(json.loads(theirs)["data"]) != plain(
            json.loads(ours)["data"]
        ):
            raise OtherAnswer(
                f"{peer.name} answers {case.name} with {theirs[:600]}, FediFlow with {ours[:600]}"
            )
        found.append(Exchange(post(peer.port, request), theirs))
    return found


def plain(data: Any, name: str = "") -> Any:
    """An answer in the words of the tables, so that ids, texts, times and names of states can be compared."""
    if name == "title":
        return _title(data)
    if isinstance(data, Mapping):
        return {key: plain(value, key) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(one) for one in data]
    if name == "id":
        return str(data).rpartition("_")[2]
    if name in ("state", "visibility"):
        return str(data).lower()
    if name == "updatedAt":
        return datetime.fromisoformat(data)
    return data


def _title(data: Mapping[str, str]) -> str:
    """Ours is the text in a language of the reader's; PostGraphile hands out all languages."""
    return data["text"] if "text" in data else data.get("en") or data["de"]


async def _spelled(peer: Peer, variables: Mapping[str, Any]) -> dict[str, Any]:
    if peer.name != "postgraphile":
        return dict(variables)
    spelled = {key: plain(value, "id") for key, value in variables.items() if key != "after"}
    if "id" in variables:
        spelled["tenant"] = str(peer.tenant)
    if "after" in variables:
        spelled["after"] = await _cursor(peer, variables["after"])
    return spelled


async def _cursor(peer: Peer, ours: str) -> str:
    """The peer's cursor of the course that ours stands for: `["CODE", code, id]`."""
    course = json.loads(base64.b64decode(ours))[2]
    edges = json.loads(await _asked(peer, {"query": _CURSORS}))["data"]["courses"]["edges"]
    found: str = next(edge["cursor"] for edge in edges if edge["node"]["rowId"] == course)
    return found


async def _asked(peer: Peer, request: object) -> str:
    async with httpcore.AsyncConnectionPool() as pool:
        answer = await pool.request(
            "POST",
            f"http://{HOST}:{peer.port}/graphql",
            headers=[("content-type", "application/json"), ("accept", "application/json")],
            content=json.dumps(request).encode(),
        )
    return answer.content.decode()
