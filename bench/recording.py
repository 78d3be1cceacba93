"""What the gateway sends to PostgreSQL for one request, taken from the application itself inside this process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.app import create_app
from bench.stand import Stand
from fediflow.processes.opened import opened_gateway
from kernel.telemetry import Metrics
from tests.statements import plans, reads
from tests.world import call


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement and what was bound to its `$1 … $n`."""

    sql: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request's statements, transaction and all, and the answer's body."""

    statements: Sequence[Sent]
    body: str

    @property
    def plans(self) -> list[Sent]:
        """Those that are compiled plans."""
        wanted = plans([one.sql for one in self.statements])
        return [one for one in self.statements if one.sql in wanted]


async def recorded(stand: Stand, bodies: Sequence[Mapping[str, Any]], *, token: str) -> list[Recorded]:
    """Asks each twice and records the second time: the first finds tokens, plans and types unknown."""
    found = []
    async with opened_gateway(stand.settings, Metrics()) as gateway:
        app = create_app(gateway)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        for body in bodies:
            content = json.dumps(body).encode()
            for _ in range(2):
                statements: list[Sent] = []
                with reads(lambda sql, values, seen=statements: seen.append(Sent(sql, values))):  # type: ignore[misc]
                    answer = await call(
                        app, "POST", "/graphql", body=content, headers=headers, peer="127.0.0.1"
                    )
            found.append(Recorded(statements, answer.body.decode()))
    return found
