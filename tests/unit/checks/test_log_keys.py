"""What we write into the log can be read there: no line of ours uses a key that the log masks."""

import ast
from collections.abc import Iterator
from pathlib import Path

from migrations.schema import LOADED
from tenants.registry import Registry

_ROOT = Path(__file__).parents[3]
_PACKAGES = ("kernel", "tenants", "academic", "federation", "analytics", "api", "migrations", "fediflow")
_LEVELS = ("debug", "info", "warning", "error", "exception", "critical")


def _logged(path: Path) -> Iterator[tuple[str, str]]:
    """Where and under which key, for each value of a line that `_log` writes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="_log"), attr=level), keywords=keywords):
                if level in _LEVELS:
                    for keyword in keywords:
                        yield f"{path.relative_to(_ROOT)}:{node.lineno}", keyword.arg or "**"


def test_no_line_of_ours_is_masked() -> None:
    assert LOADED
    hides = Registry().hides
    found = [
        one
        for package in _PACKAGES
        for path in sorted((_ROOT / package).rglob("*.py"))
        for one in _logged(path)
    ]
    assert len(found) > 15
    assert [one for one in found if hides(one[1])] == []
