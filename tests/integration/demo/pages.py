"""Pages whose examples are run against the demo: what is asked, as whom and where, and the shape of what is answered.

An example is a block `graphql ROLE SLUG`, perhaps with `json variables` behind it, or `http SLUG` with the line of a
request; then `json answer`. `eventually` says that the answer comes once the worker has done its part.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from api.http.messages import App
from tests.world import call

_PATIENCE = 120.0
_EXAMPLE = re.compile(
    r"^```(?:graphql (?P<role>\w+)|http) (?P<slug>\w+)(?P<eventually> eventually)?\n(?P<document>.*?)^```\n"
    r"(?:\n```json variables\n(?P<variables>.*?)^```\n)?"
    r"\n```json answer\n(?P<answer>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo as of today behind a gateway, and a token per institution and role."""

    app: App
    tokens: Mapping[tuple[str, str], str]


def examples(page: Path) -> list[re.Match[str]]:
    """All examples of a page; none is left out."""
    text = page.read_text(encoding="utf-8")
    found = list(_EXAMPLE.finditer(text))
    assert len(found) == text.count("```graphql") + text.count("```http")
    return found


async def run(demo: Demo, page: Path, known: dict[str, Any]) -> int:
    """Asks everything on the page, in order, and compares the shapes of the answers; gives how many there were.

    `known` is what ‹path› stands for, beside what earlier answers said.
    """
    found = examples(page)
    for example in found:
        answer = await _answered(demo, example, known)
        known |= answer.get("data") or {}
    return len(found)


async def _answered(demo: Demo, example: re.Match[str], known: Mapping[str, Any]) -> Any:
    """The answer, in the shape that the page shows: at once, or where it comes eventually, once it does."""
    shown = shape(json.loads(example["answer"]))
    until = monotonic() + (_PATIENCE if example["eventually"] else 0)
    while True:
        answer = await _ask(demo, example, known)
        if shape(answer) == shown:
            return answer
        assert monotonic() < until, f"{example['document']}\n{json.dumps(answer, indent=1)}"
        await asyncio.sleep(0.1)


def without_cost(answer: dict[str, Any]) -> dict[str, Any]:
    """What the page says once of every answer need not be shown with each."""
    assert answer["extensions"].keys() == {"cost"} if "data" in answer else "extensions" not in answer
    return {name: value for name, value in answer.items() if name != "extensions"}


def shape(value: Any) -> Any:
    """What a reader relies on: the keys, and the kinds of values; codes of errors are compared as they are."""
    if isinstance(value, dict):
        if "code" in value and "message" in value:
            return {"code": value["code"]}
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__ if value is not None else None


async def _ask(demo: Demo, example: re.Match[str], known: Mapping[str, Any]) -> Any:
    if example["role"] is None:
        return await _fetched(demo, example)
    headers = {"content-type": "application/json", "fediflow-tenant": example["slug"]}
    if example["role"] != "anonymous":
        headers["authorization"] = f"Bearer {demo.tokens[example['slug'], example['role']]}"
    body = {
        "query": _filled(example["document"], known),
        "variables": json.loads(_filled(example["variables"] or "{}", known)),
    }
    sent = json.dumps(body).encode()
    answer = await call(demo.app, "POST", "/graphql", body=sent, headers=headers, peer="127.0.0.1")
    return answer.json if '"cost"' in example["answer"] else without_cost(answer.json)


async def _fetched(demo: Demo, example: re.Match[str]) -> Any:
    method, target = example["document"].split()
    host = {"host": f"{example['slug']}.localhost:8000"}
    return (await call(demo.app, method, target, body=b"", headers=host, peer="127.0.0.1")).json


def _filled(text: str, known: Mapping[str, Any]) -> str:
    """With every ‹path› replaced by what an earlier answer had there."""

    def value(match: re.Match[str]) -> str:
        found: Any = known
        for step in match[1].split("."):
            found = found[int(step)] if step.isdigit() else found[step]
        return str(found)

    return re.sub("‹([^›]+)›", value, text)
