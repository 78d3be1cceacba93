"""Points in time: the order that later pages are pages of, while documents change.

A server keeps few (300, as it is delivered), so one is shared by all who ask for a second page at about the same time;
nobody depends on one: without it pages go on by their values alone.
"""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from search.engine import SearchUnavailable
from search.opensearch.client import Client
from search.opensearch.scope import Scoped

_SHARED_SECONDS = 10.0
_KEPT = "3m"  # and not longer, however many pages are asked for
_MOST = 50


@dataclass(frozen=True, slots=True)
class _Shared:
    id: str
    until: float


class Snapshots:
    """Those that a process had made lately."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._shared: dict[tuple[str, str | None], _Shared] = {}

    async def of(self, request: Scoped) -> str | None:
        """One of what the request reads, at most some seconds old; None where there is none to be had."""
        now, key = monotonic(), (request.index, request.routing)
        self._shared = {one: shared for one, shared in self._shared.items() if shared.until > now}
        if key in self._shared:
            return self._shared[key].id
        if len(self._shared) >= _MOST:
            return None
        routing: dict[str, Any] = {"routing": request.routing} if request.routing else {}
        try:
            path = f"/{request.index}/_search/point_in_time"
            made = await self._client.ask("POST", path, keep_alive=_KEPT, **routing)
        except SearchUnavailable:
            return None
        self._shared[key] = _Shared(made["pit_id"], now + _SHARED_SECONDS)
        return str(made["pit_id"])

    @staticmethod
    def within(snapshot: str) -> dict[str, str]:
        """The `pit` of a request."""
        return {"id": snapshot}
