"""Longer SQL in a file of its own: each statement under a comment with its name and a sentence on what it gives."""

import re
from collections.abc import Mapping
from pathlib import Path

_TITLE = re.compile(r"^-- ([a-z_]+): ", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


def named_statements(path: Path) -> Mapping[str, str]:
    """The statements of a file by the name in the comment above each: `-- name: what it gives`, and more such lines."""
    _, *parts = _TITLE.split(path.read_text(encoding="utf-8"))
    return {
        name: _COMMENT.sub("", f"-- {block}").strip().removesuffix(";")
        for name, block in zip(parts[::2], parts[1::2], strict=True)
    }
