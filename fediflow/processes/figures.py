"""Figures that only a worker may read, shown by the gateways too.

Workers tell how the outbox does and how many enrollments reached which state by NOTIFY in the directory, every few
seconds; gateways listen. So they are at the gateway's `/metrics` also where there is no Redis, and a worker that stopped
telling is noticed by figures that grow old. Several gateways show the same: take the maximum, not the sum.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from kernel.database.trouble import DATABASE_TROUBLE
from kernel.outbox.consumers import Consumer
from kernel.outbox.event import Event
from kernel.outbox.survey import Survey
from kernel.telemetry import Metrics
from kernel.telemetry.mirrored import MirroredCount

_CHANNEL = "fediflow_figures"
_EVERY_SECONDS = 5.0
_SILENCE_SECONDS = 30.0


class Figures:
    """A worker's figures; `tell` is run beside its work."""

    def __init__(self, metrics: Metrics, directory: AsyncEngine) -> None:
        self._metrics = metrics
        self._directory = directory
        self._worker = secrets.token_hex(8)
        self._surveys: dict[str, Survey] = {}
        self._enrolments: Counter[str] = Counter()

    def surveyed(self, shard: str, survey: Survey) -> None:
        """Takes over how the outbox of a shard is doing."""
        self._metrics.surveyed(shard, survey)
        self._surveys[shard] = survey

    def consumer(self) -> Consumer:
        """Counts enrollments by the state they reached. An event that comes twice counts twice."""

        async def handle(events: Sequence[Event]) -> None:
            for event in events:
                if event.event == "enrollment.changed":
                    state = str(event.payload["to_state"])
                    self._metrics.enrolments.labels(state).inc()
                    self._enrolments[state] += 1

        return Consumer("enrolment-counter", handle)

    async def tell(self) -> None:
        """Tells until cancelled; a directory that is away hears nothing."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                async with self._directory.begin() as connection:
                    for message in self._messages():
                        await connection.execute(
                            text("select pg_catalog.pg_notify(:channel, :message)"),
                            {"channel": _CHANNEL, "message": message},
                        )
            except DATABASE_TROUBLE:
                continue

    def _messages(self) -> list[str]:
        told: list[dict[str, Any]] = [
            {
                "shard": shard,
                "age": survey.age_seconds,
                "position": survey.position,
                "consumers": {consumer.name: consumer.position for consumer in survey.consumers},
            }
            for shard, survey in self._surveys.items()
        ]
        told.append({"worker": self._worker, "enrolments": dict(self._enrolments)})
        return [orjson.dumps(message).decode() for message in told]


class Mirror:
    """A gateway's copy of the workers' figures; `follow` is run beside its work."""

    def __init__(self, metrics: Metrics, directory: AsyncEngine) -> None:
        self._metrics = metrics
        self._directory = directory
        self._counts: dict[tuple[str, str], MirroredCount] = {}
        self._heard = asyncio.Event()

    async def follow(self) -> None:
        """Listens until cancelled, on a connection of its own (`directory` keeps none in a pool)."""
        while True:
            try:
                async with self._directory.connect() as connection:
                    driver = (await connection.get_raw_connection()).driver_connection
                    assert isinstance(driver, asyncpg.Connection)
                    await driver.add_listener(_CHANNEL, self._hear)
                    await self._until_silent(driver)
                    await driver.remove_listener(_CHANNEL, self._hear)
            except DATABASE_TROUBLE:
                pass
            await asyncio.sleep(_EVERY_SECONDS)

    async def _until_silent(self, driver: "asyncpg.Connection[Any]") -> None:
        """A connection that was cut says nothing for ever, so one that says nothing is asked."""
        while not driver.is_closed():
            self._heard.clear()
            try:
                await asyncio.wait_for(self._heard.wait(), _SILENCE_SECONDS)
            except TimeoutError:
                await driver.execute("select 1")

    def _hear(self, _connection: object, _pid: int, _channel: str, message: object) -> None:
        self._heard.set()
        told: dict[str, Any] = orjson.loads(str(message))
        if "shard" in told:
            shard = told["shard"]
            self._metrics.outbox_age_seconds.labels(shard).set(told["age"])
            self._metrics.outbox_position.labels(shard).set(told["position"])
            for name, position in told["consumers"].items():
                self._metrics.consumer_position.labels(shard, name).set(position)
        for state, count in told.get("enrolments", {}).items():
            self._mirrored(told["worker"], state).now(count)

    def _mirrored(self, worker: str, state: str) -> MirroredCount:
        key = (worker, state)
        if key not in self._counts:
            self._counts[key] = MirroredCount(self._metrics.enrolments.labels(state))
        return self._counts[key]
