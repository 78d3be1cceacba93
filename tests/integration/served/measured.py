"""What PostgreSQL read for a statement: `explain (analyze, buffers)` of its generic plan, as the application's role."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from api.plan.plan import Inputs, Statement
from kernel.database.roles import DatabaseRole
from tenants.door import set_tenant


@dataclass(frozen=True, slots=True)
class Cost:
    """Rows that scans of tables read, whether they kept them or not, and pages of 8 kB they touched."""

    rows: int
    buffers: int
    plan: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.buffers} buffers"


class Measure:
    """Explains statements on one connection; the same statement with the same values is asked once."""

    def __init__(
        self,
        driver: "asyncpg.Connection[asyncpg.Record]",
        administrator: "asyncpg.Connection[asyncpg.Record]",
        tenant_id: int,
    ) -> None:
        self._driver = driver
        self.administrator = administrator
        self._tenant_id = tenant_id
        self._prepared: dict[str, str] = {}
        self._known: dict[tuple[str, str], Cost] = {}

    async def begin(self) -> None:
        """A transaction as the gateway's."""
        assert await self._driver.fetchval("select current_user") == DatabaseRole.APP.value
        assert await self._driver.fetchval("show plan_cache_mode") == "force_generic_plan"
        await self._driver.execute("begin isolation level repeatable read read only")
        await self._driver.execute(set_tenant(self._tenant_id))
        await self._driver.execute("set local jit = off")

    async def cost(self, statement: Statement, inputs: Inputs) -> Cost:
        """What this request reads."""
        values = ", ".join(_literal(value) for value in statement.bind(inputs))
        if (statement.sql, values) not in self._known:
            name = await self._name(statement.sql)
            given = f"({values})" if values else ""
            found = await self._driver.fetchval(
                f"explain (analyze, buffers, timing off, format json) execute {name}{given}"
            )
            self._known[statement.sql, values] = _cost(found)
        return self._known[statement.sql, values]

    async def sample(self, *tables: str, target: int) -> None:
        """Makes the tables' statistics anew out of 300 times so many rows, drawn by lot; what was read before is forgotten."""
        await self.administrator.execute(f"set default_statistics_target = {target}")
        await self.administrator.execute(f"analyze {', '.join(f'fediflow.{one}' for one in tables)}")
        await self.administrator.execute("reset default_statistics_target")
        self._known.clear()

    async def _name(self, sql: str) -> str:
        if sql not in self._prepared:
            self._prepared[sql] = f"asked_{len(self._prepared)}"
            await self._driver.execute(f"prepare {self._prepared[sql]} as {sql}")
        return self._prepared[sql]


def _cost(explained: Any) -> Cost:
    (top,) = json.loads(explained) if isinstance(explained, str) else explained
    plan = top["Plan"]
    rows = sum(
        (
            node["Actual Rows"]
            + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Index Recheck", 0)
        )
        * node["Actual Loops"]
        for node in nodes(plan)
        if "Relation Name" in node
    )
    return Cost(round(rows), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], plan)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The node and all below it."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def _literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool() | int():
            return str(value).lower()
        case datetime() | date():
            return f"'{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case Sequence():
            return "array[" + ", ".join(_literal(one) for one in value) + "]::text[]"
    raise TypeError(value)
