"""Every example of the tutorial is run against the demo and answers in the shape that the page shows.

The README's picture is what the demo's student asks and is answered, to the letter and on any day.
"""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.http.messages import App
from fediflow.demo import tokens
from fediflow.processes.opened import opened_gateway
from kernel.ids import FixedLease, IdFactory
from kernel.leases import wall_clock_ms
from kernel.telemetry import Metrics
from tenants.directory import Directory
from tenants.door import Door
from tests.integration.demo.world import made_world
from tests.servers import RunningPostgres
from tests.world import call, settings_for

_DOCS = Path(__file__).parents[3] / "docs"
PAGE = _DOCS / "tutorial.md"
PICTURE = _DOCS / "images" / "query-and-answer.svg"
_EXAMPLE = re.compile(
    r"^```graphql (?P<role>\w+) (?P<slug>\w+)\n(?P<document>.*?)^```\n"
    r"(?:\n```json variables\n(?P<variables>.*?)^```\n)?"
    r"\n```json answer\n(?P<answer>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo as of today behind a gateway, and a token per institution and role."""

    app: App
    tokens: dict[tuple[str, str], str]


@pytest.fixture(scope="module")
async def demo_gateway(postgres: RunningPostgres, run_dir: Path, worker_id: str) -> AsyncIterator[Demo]:
    """A demo made for today, because the page asks for what is current."""
    async with made_world(postgres, run_dir, f"{worker_id}_tutorial") as world:
        await world.create(today=datetime.now(UTC).date())
        door = Door(world.readers, new_id=IdFactory(FixedLease(1001), wall_clock_ms))
        given = await tokens(door=door, directory=Directory(world.directory))
        known = {(one.slug, role): token for one in given for role, token in one.tokens.items()}
        async with opened_gateway(settings_for(world.databases), Metrics()) as gateway:
            yield Demo(create_app(gateway), known)


async def test_every_example_answers_as_the_page_shows(demo_gateway: Demo) -> None:
    examples = list(_EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")))
    assert len(examples) == PAGE.read_text(encoding="utf-8").count("```graphql") >= 10
    known: dict[str, Any] = {"today": datetime.now(UTC).date().isoformat()}
    for example in examples:
        answer = await _ask(demo_gateway, example, known)
        shown = json.loads(example["answer"])
        assert _shape(answer) == _shape(shown), example["document"]
        known |= answer.get("data") or {}


async def test_the_picture_shows_what_the_demo_answers(demo_gateway: Demo) -> None:
    query, answer = _columns(PICTURE.read_text(encoding="utf-8"))
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {demo_gateway.tokens['auenfels', 'student']}",
    }
    body = json.dumps({"query": query}).encode()
    answered = await call(demo_gateway.app, "POST", "/graphql", body=body, headers=headers, peer="127.0.0.1")
    assert _without_cost(answered.json) == json.loads(answer)


def _columns(picture: str) -> list[str]:
    """The texts of the picture that are typed: those to the left and those to the right."""
    typed = re.findall(r'<text x="(\d+)" [^>]*font-family="monospace"[^>]*>(.*?)</text>', picture)
    columns = sorted({int(x) for x, _ in typed})
    return ["\n".join(unescape(text) for x, text in typed if int(x) == column) for column in columns]


async def _ask(demo: Demo, example: re.Match[str], known: dict[str, Any]) -> Any:
    headers = {"content-type": "application/json", "fediflow-tenant": example["slug"]}
    if example["role"] != "anonymous":
        headers["authorization"] = f"Bearer {demo.tokens[example['slug'], example['role']]}"
    body = {
        "query": _filled(example["document"], known),
        "variables": json.loads(_filled(example["variables"] or "{}", known)),
    }
    sent = json.dumps(body).encode()
    answer = await call(demo.app, "POST", "/graphql", body=sent, headers=headers, peer="127.0.0.1")
    return answer.json if '"cost"' in example["answer"] else _without_cost(answer.json)


def _without_cost(answer: dict[str, Any]) -> dict[str, Any]:
    """What the page says once of every answer need not be shown with each."""
    assert answer["extensions"].keys() == {"cost"} if "data" in answer else "extensions" not in answer
    return {name: value for name, value in answer.items() if name != "extensions"}


def _filled(text: str, known: dict[str, Any]) -> str:
    """With every ‹path› replaced by what an earlier answer had there."""

    def value(match: re.Match[str]) -> str:
        found: Any = known
        for step in match[1].split("."):
            found = found[int(step)] if step.isdigit() else found[step]
        return str(found)

    return re.sub("‹([^›]+)›", value, text)


def _shape(value: Any) -> Any:
    """What a reader relies on: the keys, and the kinds of values; codes of errors are compared as they are."""
    if isinstance(value, dict):
        if "code" in value and "message" in value:
            return {"code": value["code"]}
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return type(value).__name__ if value is not None else None
