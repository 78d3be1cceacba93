"""Logs, errors and figures name nobody."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from kernel.telemetry import configure_logging
from migrations.schema import LOADED
from tenants.registry import Registry
from tests.integration.graphql.isolation.marked import Marked, mark_of
from tests.world import World


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a process would log, at its most talkative."""
    assert LOADED
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logging(level="debug", as_json=True, mask=Registry().mask, stream=stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)


async def test_planted_people_are_in_no_log_no_error_of_others_and_no_figure(
    world: World, marked: dict[str, Marked], log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = marked["iso-a"].made.ids
    planted = ["Zaphodina", "Beeblebroxia", "zaphodina@heart.example", "hunter2-hunter2", "m-4242"]
    person = {
        "handle": "zaphodina",
        "givenName": planted[0],
        "familyName": planted[1],
        "emails": [{"address": planted[2], "isPrimary": True}],
        "externalIds": [{"type": "sis", "value": planted[4]}],
    }
    create = "mutation($i: CreateUserInput!) { createUser(input: $i) { user { id displayName } userErrors { code message } } }"
    made = await world.data(create, {"i": person}, at="iso-a")
    assert made["createUser"]["userErrors"] == []
    told = []
    for values in (
        person,  # taken: handle, e-mail, external id
        {**person, "handle": "another"},
        {**person, "handle": "another", "emails": []},
        {**person, "familyName": planted[1] * 50},
    ):
        answer = await world.ask(create, {"i": values}, at="iso-a")
        told.append(answer.body.decode())
        assert answer.data["createUser"]["userErrors"]
    wrong = "mutation($i: SignInInput!) { signIn(input: $i) { userErrors { code message } } }"
    for values in (
        {"handleOrEmail": planted[2], "password": planted[3]},
        {"handleOrEmail": planted[2], "password": planted[3], "remember": True},
        {"handleOrEmail": [planted[2]], "password": {"is": planted[3]}},
    ):
        told.append((await world.ask(wrong, {"i": values}, at="iso-a", role=None)).body.decode())
    for role in ("student", None):  # who may not see the person learns nothing of them
        for document in (
            "query($i: ID!) { node(id: $i) { ... on User { displayName } } }",
            'mutation($i: ID!) { updateUser(input: {id: $i, pronouns: "x"}) { user { displayName } userErrors { message } } }',
        ):
            given_id = {"i": made["createUser"]["user"]["id"]}
            told.append((await world.ask(document, given_id, at="iso-a", role=role)).body.decode())

    async def broken(*_: object) -> list[str]:
        raise RuntimeError(f"row of {planted[0]} {planted[1]} <{planted[2]}>")

    monkeypatch.setattr("api.plan.carrier.WireCarrier.fetch", broken)
    unexpected = await world.ask('{ user(handle: "zaphodina") { displayName } }', at="iso-a")
    monkeypatch.undo()
    told.append(unexpected.body.decode())
    assert unexpected.codes == ["INTERNAL"]
    figures = (await world.request("GET", "/metrics")).body.decode()
    assert '"event": "unexpected"' in log.getvalue()
    assert unexpected.headers["x-request-id"] in log.getvalue()
    for secret in (*planted, mark_of("iso-a"), ids["user:student"].partition("_")[2]):
        assert secret.lower() not in log.getvalue().lower()
        assert secret.lower() not in figures.lower()
    for secret in planted:
        assert not [text for text in told if secret.lower() in text.lower()], secret
