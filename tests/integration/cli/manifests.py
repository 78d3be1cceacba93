"""Manifests as clients' build tools write them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def operation(name: str | None, body: str, kind: str = "query", **more: Any) -> dict[str, Any]:
    """An operation of Apollo's manifest under the hash of its text."""
    return {"id": sha256(body), "name": name, "type": kind, "body": body} | more


def apollo(path: Path, *operations: Mapping[str, Any]) -> str:
    """Writes Apollo's manifest; returns its path."""
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    path.write_text(json.dumps(manifest))
    return str(path)


def plain(path: Path, documents: Mapping[str, str]) -> str:
    """Writes a plain object of ids and documents; returns its path."""
    path.write_text(json.dumps(documents))
    return str(path)
