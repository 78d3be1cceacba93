"""The odd inputs of `fediverse-pasture-inputs`, each as the activity that a server would send."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

AUTHOR = "http://pasture-one-actor/actor"


@dataclass(frozen=True, slots=True)
class Pasture:
    """One input: the kind it belongs to, its place in it, and the activity."""

    kind: str
    index: int
    activity: dict[str, Any]


def pasture_inputs() -> Iterator[Pasture]:
    """All inputs; each is a Create of a note with some of its members replaced, null where one is missing."""
    for kind, data in sorted(_available().items()):
        for index, example in enumerate(data.examples):
            yield Pasture(kind, index, _create(f"{AUTHOR}/{kind}/{index}", example))


def _available() -> dict[str, Any]:
    """The package names one class of a runner that it needs for nothing here, and that is not installed."""
    runner = ModuleType("fediverse_pasture.runner")
    entry = ModuleType("fediverse_pasture.runner.entry")
    entry.Entry = type("Entry", (), {})  # type: ignore[attr-defined]
    for module in (ModuleType("fediverse_pasture"), runner, entry):
        sys.modules.setdefault(module.__name__, module)
    from fediverse_pasture_inputs import available  # only importable with the names above

    return dict(available)


def _create(id: str, example: dict[str, Any]) -> dict[str, Any]:
    to = ["https://www.w3.org/ns/activitystreams#Public"]
    published = "2024-01-06T13:11:45Z"
    note = {
        "type": "Note",
        "attributedTo": AUTHOR,
        "to": to,
        "id": id,
        "published": published,
        "content": "text",
        **example,
    }
    if "contentMap" in example and "content" not in example:
        del note["content"]
    given = {name: value for name, value in note.items() if value is not None and name != "@context"}
    context = {"@context": note["@context"]} if note.get("@context") is not None else {}
    return {
        **(context if "@context" in example else _CONTEXT),
        "type": "Create",
        "actor": AUTHOR,
        "to": given.get("to", to),
        "id": f"{id}/activity",
        "published": published,
        "object": given,
    }


_CONTEXT = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"},
    ]
}
