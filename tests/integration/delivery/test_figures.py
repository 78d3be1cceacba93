"""What a worker's figures say of the queues."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

import federation.survey
from federation.survey import survey_directory, survey_shard
from federation.tables.delivery import dead_letters, deliveries, host_lanes, tenant_hosts
from federation.tables.hosts import remote_hosts
from federation.tables.inbox import inbox_activities
from fediflow.processes.surveying import count_attempts, survey_once
from kernel.clock import system_clock
from kernel.ids import first_id_of
from kernel.telemetry import Metrics
from tests.integration.delivery.office import Office, until
from tests.sinks import Reply, sinks

_HOUR = timedelta(hours=1)


async def test_attempts_are_counted_by_how_they_ended(office: Office) -> None:
    metrics = Metrics()
    async with sinks(3) as (good, bad, gone):
        bad.answer = lambda _: Reply(500)
        gone.answer = lambda _: Reply(410)
        await office.follow_from([good, bad, gone])
        await office.publish()
        async with office.delivering(counted=count_attempts(metrics)):
            await until(lambda: good.accepted and bad.posted and gone.posted)
    shown = _shown(metrics)
    assert shown['fediflow_delivery_attempts_total{verdict="delivered"}'] == 1
    assert shown['fediflow_delivery_attempts_total{verdict="gone"}'] == 1
    assert shown['fediflow_delivery_attempts_total{verdict="trouble"}'] == len(bad.posted)
    assert shown['fediflow_delivery_attempts_total{verdict="blocked"}'] == 0


async def test_queues_are_shown_by_shard_and_hosts_by_state(office: Office) -> None:
    now, metrics = system_clock(), Metrics()
    await _write(office, deliveries, [_delivery(office, n) for n in range(3)])
    await _write(office, host_lanes, [{"host": "far.example", "next_due_at": now - _HOUR}])
    buried = {"attempts": 3, "end_reason": "refused", "created_at": now}
    await _write(office, dead_letters, [_delivery(office, n) | buried for n in range(2)])
    stamps = {"created_at": now, "updated_at": now}
    hosts = {"a.example": {}, "b.example": {"breaker": "open"}, "c.example": {"paused_at": now}}
    for host, state in hosts.items():
        await _write(office, remote_hosts, [{"host": host, **stamps, **state}])
    await survey_once(office.stack, metrics)
    shown = _shown(metrics)
    assert shown['fediflow_deliveries_waiting{shard="one"}'] == 3
    assert shown['fediflow_deliveries_waiting{shard="two"}'] == 0
    assert shown['fediflow_dead_letters{shard="one"}'] == 2
    assert {
        state: shown[f'fediflow_remote_hosts{{state="{state}"}}'] for state in federation.survey.HOST_STATES
    } == {
        "working": 1,
        "failing": 1,
        "trying": 0,
        "paused": 1,
    }


async def test_what_waits_in_the_inbox_is_counted(office: Office) -> None:
    try:
        await _write(office, inbox_activities, [_activity(office, n) for n in range(4)])
        assert (await survey_directory(office.stack.directory)).inbox == 4
    finally:
        async with office.stack.directory.begin() as connection:
            await connection.execute(delete(inbox_activities))


async def test_a_delivery_is_due_since_it_could_have_gone(office: Office) -> None:
    now = system_clock()
    await _write(office, host_lanes, [{"host": "far.example", "next_due_at": now - 2 * _HOUR}])
    assert await _due(office) == 0
    created = [now - 5 * _HOUR, now - 3 * _HOUR, now - _HOUR]
    await _write(office, deliveries, [_delivery(office, n, created_at=one) for n, one in enumerate(created)])
    assert await _due(office) == pytest.approx(7200, abs=100)  # since its host's time came
    await _change(office, deliveries, not_before=now - _HOUR / 2)
    assert await _due(office) == pytest.approx(1800, abs=100)
    await _change(office, deliveries, not_before=now + _HOUR)
    assert await _due(office) == 0


async def test_what_somebody_holds_back_is_not_due(office: Office) -> None:
    now = system_clock()
    await _write(office, deliveries, [_delivery(office, 1, created_at=now - _HOUR)])
    await _write(office, host_lanes, [{"host": "far.example", "next_due_at": now + _HOUR}])
    assert await _due(office) == 0
    await _change(office, host_lanes, next_due_at=now - _HOUR)
    assert await _due(office) > 0
    paused = {"tenant_id": _tenant_id(office), "host": "far.example", "paused_at": now}
    await _write(office, tenant_hosts, [paused])
    assert await _due(office) == 0


async def test_a_long_queue_is_counted_no_further_than_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(federation.survey, "COUNTED_TO", 5)
    await _write(office, deliveries, [_delivery(office, n) for n in range(8)])
    assert (await survey_shard(office.stack.served["one"])).deliveries == 5


def _delivery(office: Office, number: int, **values: Any) -> dict[str, Any]:
    given = {"host": "far.example", "inbox": "https://far.example/inbox", "activity_id": 1, "signer_id": 1}
    numbered = {"tenant_id": _tenant_id(office), "id": first_id_of(system_clock()) + number}
    return {**given, **numbered, "class": 1, **values}


def _activity(office: Office, number: int) -> dict[str, Any]:
    address = f"https://far.example/activities/{number}"
    about = {"lane": 1, "object_hash": number, "address": address, "actor_address": "https://far.example/a"}
    return {
        "tenant_id": _tenant_id(office),
        **about,
        "type": "Like",
        "sender_host": "far.example",
        "body": b"{}",
    }


def _tenant_id(office: Office) -> int:
    return office.world[office.slug].tenant.id


async def _due(office: Office) -> float:
    return (await survey_shard(office.stack.served["one"])).due_seconds


async def _write(office: Office, table: Table, rows: list[dict[str, Any]]) -> None:
    async with _engine(office, table).begin() as connection:
        await connection.execute(insert(table).values(rows))


async def _change(office: Office, table: Table, **values: Any) -> None:
    async with _engine(office, table).begin() as connection:
        await connection.execute(update(table).values(**values))


def _engine(office: Office, table: Table) -> AsyncEngine:
    is_directory = table in (remote_hosts, inbox_activities)
    return office.stack.directory if is_directory else office.stack.served["one"]


def _shown(metrics: Metrics) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in metrics.expose().decode().splitlines() if line[:1] != "#")
    return {name: float(value) for name, _, value in lines}
