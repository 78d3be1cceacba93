"""How deliveries went, counted in the process and added to the tables every few seconds: a crash loses those seconds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.delivery.model import Result, Verdict
from federation.hosts.breaker import KIND_NAMES
from federation.signatures import Kind

_ANSWERED = frozenset({Verdict.DELIVERED, Verdict.GONE, Verdict.REFUSED, Verdict.BUSY})


@dataclass(slots=True)
class _Count:
    delivered: int = 0
    failed: int = 0
    latency_ms: float | None = None
    success_at: datetime | None = None
    failure_at: datetime | None = None
    error: str | None = None
    kind: Kind | None = None
    concurrency: int = 4

    def add(self, result: Result, now: datetime) -> None:
        if result.verdict is Verdict.DELIVERED:
            self.delivered += 1
            self.success_at = now
        else:
            self.failed += 1
            self.failure_at = now
            self.error = result.error
        if result.verdict in _ANSWERED and result.status is not None:
            milliseconds = result.seconds * 1000
            known = self.latency_ms
            self.latency_ms = milliseconds if known is None else known * 0.9 + milliseconds * 0.1

    def texts(self) -> tuple[str | None, ...]:
        """Without the keys and what only the directory keeps."""
        return (
            str(self.delivered),
            str(self.failed),
            None if self.latency_ms is None else str(self.latency_ms),
            self.success_at.isoformat() if self.success_at else None,
            self.failure_at.isoformat() if self.failure_at else None,
            self.error,
        )


Columns = Sequence[Sequence[Any]]


class Figures:
    """Of one shard: by institution and host, and by host."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, str], _Count] = {}
        self._hosts: dict[str, _Count] = {}
        self._verdicts: Counter[Verdict] = Counter()

    def add(self, tenant_id: int, host: str, result: Result, kind: Kind, window: int, now: datetime) -> None:
        """Counts one attempt."""
        self._verdicts[result.verdict] += 1
        pair, count = self._pairs.get((tenant_id, host)), self._hosts.get(host)
        if pair is None:
            pair = self._pairs[tenant_id, host] = _Count()
        if count is None:
            count = self._hosts[host] = _Count()
        pair.add(result, now)
        count.add(result, now)
        count.concurrency = window
        if result.verdict is Verdict.DELIVERED and result.status is not None:
            count.kind = kind

    def take_verdicts(self) -> Mapping[Verdict, int]:
        """How many attempts ended how since it was asked last."""
        verdicts, self._verdicts = self._verdicts, Counter()
        return verdicts

    def take_pairs(self) -> Columns | None:
        """What `tenant_hosts` does not know yet, as columns; None: nothing."""
        pairs, self._pairs = self._pairs, {}
        rows = [(str(tenant), host, *count.texts()) for (tenant, host), count in sorted(pairs.items())]
        return list(zip(*rows, strict=True)) if rows else None

    def take_hosts(self) -> Columns | None:
        """What `remote_hosts` does not know yet, as columns; None: nothing."""
        hosts, self._hosts = self._hosts, {}
        rows = [
            (host, *count.texts(), KIND_NAMES[count.kind] if count.kind else None, str(count.concurrency))
            for host, count in sorted(hosts.items())
        ]
        return list(zip(*rows, strict=True)) if rows else None
