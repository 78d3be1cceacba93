"""What other servers run is asked of each once a day, by one worker, and of nobody who is blocked, paused or in trouble."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from federation.hosts.blocklists import DomainRule
from federation.hosts.domain_rules import store_platform_rules
from federation.hosts.software import SoftwareSurvey
from federation.protocol.reading import RemoteSoftware
from federation.remote.documents import Documents
from federation.remote.own import NothingOfOurs
from federation.tables.delivery import tenant_hosts
from federation.tables.hosts import remote_hosts
from kernel.clock import system_clock
from kernel.http import HttpClient, HttpRules
from tests.integration.delivery.office import Office, until
from tests.integration.inbox.remote_server import RemoteServer, remote_server
from tests.sinks import sinks

_OURS = RemoteSoftware("fediflow", "1.0", ("activitypub",), open_registrations=False, users=None, title=None)
_RELATION = "http://nodeinfo.diaspora.software/ns/schema/2.1"


@pytest.fixture
async def remote() -> AsyncIterator[RemoteServer]:
    """A server that says what it is."""
    async with remote_server() as server:
        links = {"links": [{"rel": _RELATION, "href": f"{server.base}/nodeinfo/2.1"}]}
        server.serve(f"{server.base}/.well-known/nodeinfo", links)
        _says(server, "4.4.0")
        yield server


@pytest.fixture
async def survey(office: Office) -> AsyncIterator[SoftwareSurvey]:
    """What a worker has; hosts of `ours.example` are our own."""
    rules = HttpRules(allow_loopback_http=True)

    async def is_ours(host: str) -> bool:
        return host == "ours.example"

    async with HttpClient(rules=rules) as http:
        documents = Documents(http, rules, NothingOfOurs())
        yield SoftwareSurvey(office.stack.directory, documents, is_ours=is_ours, ours=_OURS)


async def test_what_a_server_runs_is_asked_once_a_day(
    office: Office, remote: RemoteServer, survey: SoftwareSurvey
) -> None:
    await _known(office, _host(remote))
    assert await survey.ask_some() == 1
    row = await _row(office, _host(remote))
    assert (row["software"], row["software_version"]) == ("mastodon", "4.4.0")
    assert row["capabilities"] == {"protocols": ["activitypub"], "open_registrations": True, "users": 12}
    _says(remote, "4.5.0")
    assert await survey.ask_some() == 0
    await _change(office, nodeinfo_at=system_clock() - timedelta(hours=25))
    assert await survey.ask_some() == 1
    assert (await _row(office, _host(remote)))["software_version"] == "4.5.0"
    assert [path for _, path, _ in remote.asked] == ["/.well-known/nodeinfo", "/nodeinfo/2.1"] * 2


async def test_a_server_that_does_not_say_is_left_alone_for_the_day(
    office: Office, remote: RemoteServer, survey: SoftwareSurvey
) -> None:
    await _known(office, _host(remote), software="pleroma")
    remote.documents.clear()
    assert [await survey.ask_some() for _ in range(3)] == [1, 0, 0]
    assert len(remote.asked) == 1
    assert (await _row(office, _host(remote)))["software"] == "pleroma"


async def test_one_of_several_workers_asks(
    office: Office, remote: RemoteServer, survey: SoftwareSurvey
) -> None:
    await _known(office, _host(remote))
    assert sorted(await asyncio.gather(*(survey.ask_some() for _ in range(4)))) == [0, 0, 0, 1]
    assert len(remote.asked) == 2


@pytest.mark.parametrize(
    "state",
    [
        {"breaker": "open"},
        {"paused_at": system_clock()},
        {"updated_at": system_clock() - timedelta(days=8)},
    ],
    ids=["in trouble", "paused", "long ago"],
)
async def test_who_is_in_trouble_paused_or_forgotten_is_not_asked(
    office: Office, remote: RemoteServer, survey: SoftwareSurvey, state: dict[str, Any]
) -> None:
    await _known(office, _host(remote), **state)
    assert await survey.ask_some() == 0
    assert remote.asked == []


async def test_a_blocked_server_is_not_asked(
    office: Office, remote: RemoteServer, survey: SoftwareSurvey
) -> None:
    await _known(office, _host(remote))
    name = _host(remote).partition(":")[0]
    await store_platform_rules(office.stack.directory, [DomainRule(name, "block")])
    await survey.ask_some()
    assert remote.asked == []


async def test_our_own_institutions_are_known_without_a_request(
    office: Office, survey: SoftwareSurvey
) -> None:
    await _known(office, "ours.example")
    assert await survey.ask_some() == 1
    row = await _row(office, "ours.example")
    assert (row["software"], row["software_version"]) == ("fediflow", "1.0")


async def test_institutions_that_deliver_to_a_server_see_what_it_runs(office: Office) -> None:
    async with sinks(1) as (sink,):
        await office.follow_from([sink])
        await office.publish()
        async with office.delivering():
            await until(lambda: _is_known(office))
            await _change(office, software="mastodon", software_version="4.4.0")
            await until(lambda: _is_shown(office))


async def _known(office: Office, host: str, **values: Any) -> None:
    async with office.stack.directory.begin() as connection:
        given = {"created_at": system_clock(), "updated_at": system_clock(), **values}
        await connection.execute(insert(remote_hosts).values(host=host, **given))


async def _change(office: Office, **values: Any) -> None:
    async with office.stack.directory.begin() as connection:
        await connection.execute(update(remote_hosts).values(**values))


async def _row(office: Office, host: str) -> dict[str, Any]:
    (row,) = await office.rows(remote_hosts, host=host)
    return row


async def _is_known(office: Office) -> bool:
    return bool(await office.rows(remote_hosts))


async def _is_shown(office: Office) -> bool:
    rows = await office.rows(tenant_hosts)
    return [(one["software"], one["software_version"]) for one in rows] == [("mastodon", "4.4.0")]


def _host(remote: RemoteServer) -> str:
    return remote.base.removeprefix("http://")


def _says(remote: RemoteServer, version: str) -> None:
    told = {
        "version": "2.1",
        "software": {"name": "Mastodon", "version": version},
        "protocols": ["activitypub"],
        "openRegistrations": True,
        "usage": {"users": {"total": 12}},
    }
    remote.serve(f"{remote.base}/nodeinfo/2.1", told)
