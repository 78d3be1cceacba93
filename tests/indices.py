"""The indices of one test, or one world, in an OpenSearch that others use too."""

import base64
import contextlib
import json
import secrets
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

_WITHIN = 90.0


@contextlib.contextmanager
def own_indices(url: str) -> Iterator[str]:
    """A prefix that nobody else has; all indices whose names begin with it are deleted at the end."""
    prefix = f"test-{secrets.token_hex(6)}"
    try:
        yield prefix
    finally:
        delete_indices(url, prefix)


def delete_indices(url: str, prefix: str) -> None:
    """As somebody does who removes them beside FediFlow."""
    found = call(url, "GET", f"/_cat/indices/{prefix}-*?format=json&h=index&expand_wildcards=all")
    for row in found:
        # FediFlow may have dropped it meanwhile.
        call(url, "DELETE", f"/{row['index']}?ignore_unavailable=true")


def call(url: str, method: str, path: str, body: Any = None) -> Any:
    """A request to the node itself, and what it answered."""
    parts = urlsplit(url)
    request = urllib.request.Request(
        f"{parts.scheme}://{parts.hostname}:{parts.port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"content-type": "application/json"},
    )
    said = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    request.add_header("authorization", f"Basic {said}")
    with urllib.request.urlopen(request, timeout=_WITHIN) as answer:
        return json.loads(answer.read())
