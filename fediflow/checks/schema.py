"""Whether the printed schema is the code's, and whether what breaks clients is named in the changelog."""

import re
from pathlib import Path

from graphql import GraphQLSchema, build_schema
from graphql.utilities import find_breaking_changes

_SINCE = re.compile(r"since (\d+)\.(\d+)")
# "Field Course.code was removed", "Type Course was removed", "Value RED was removed from enum type Colour."
_COORDINATE = re.compile(r"\b([A-Z]\w*\.\w+)\b|(?<=[a-z] )([A-Z]\w*)\b")
RELEASES_DEPRECATED = 2


def stale_print(printed: str, kept: str) -> list[str]:
    """A sentence when the schema in the repository is not the one that the code declares."""
    if printed == kept:
        return []
    return [
        "api/schema.graphql is not the schema of the code: run `python -m api.schema` and look at the difference"
    ]


def unnamed_breaks(released: str, current: str, changelog: str) -> list[str]:
    """A sentence for each change that breaks clients of the released schema and is not named since that release."""
    before, now = build_schema(released), build_schema(current)
    unreleased = changelog.partition("\n## ")[2].partition("\n## ")[0]
    found = []
    for change in find_breaking_changes(before, now):
        match = _COORDINATE.search(change.description)
        coordinate = (match[1] or match[2]) if match else change.description
        if not re.search(rf"(?<![\w.]){re.escape(coordinate)}(?![\w.]\w)", unreleased):
            found.append(f"{change.description} The changelog does not name it.")
    return found


def early_removals(released: str, current: str, version: str) -> list[str]:
    """A sentence for each field that leaves before it was deprecated for two releases."""
    before, now = build_schema(released), build_schema(current)
    major, minor = (int(part) for part in version.split(".")[:2])
    found = []
    for coordinate, reason in _fields(before).items():
        if coordinate in _fields(now):
            continue
        since = _SINCE.search(reason or "")
        if since is None:
            found.append(f"{coordinate} left without having been @deprecated (reason: `since X.Y: use …`).")
        elif (major, minor) < (int(since[1]), int(since[2]) + RELEASES_DEPRECATED):
            found.append(
                f"{coordinate} left in {version}, though deprecated only since {since[1]}.{since[2]}."
            )
    return found


def _fields(schema: GraphQLSchema) -> dict[str, str | None]:
    """Coordinate -> reason of its deprecation, for every field of every object, interface and input."""
    return {
        f"{type_.name}.{name}": field.deprecation_reason
        for type_ in schema.type_map.values()
        if not type_.name.startswith("__")
        for name, field in getattr(type_, "fields", {}).items()
    }


def check_schema(root: Path, printed: str, version: str) -> list[str]:
    """All of it for a checkout; before the first release there is nothing to break."""
    kept = (root / "api" / "schema.graphql").read_text(encoding="utf-8")
    sentences = stale_print(printed, kept)
    released = root / "api" / "released.graphql"
    if released.exists():
        before = released.read_text(encoding="utf-8")
        changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
        sentences += unnamed_breaks(before, printed, changelog) + early_removals(before, printed, version)
    return sentences
