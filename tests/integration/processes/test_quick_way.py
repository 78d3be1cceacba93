"""The short way of a query over a real socket: the same answers as the ordinary way, to the same people."""

import asyncio
import json
import re
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from api.http.quick import Heard, QuickAnswers, Reply
from fediflow.processes.http_server import http_server
from kernel.database.wire.client import Flight
from tests.world import World, new_token

COURSE = "query($id: ID!) { course(id: $id) { code title { text } offerings(first: 2) { nodes { code } } } }"
ENOUGH = 3  # the head is seen, then understood, then answered at once


@dataclass(slots=True)
class Counting:
    """The short way, with a count of what it began."""

    quick: QuickAnswers
    begun: int = 0

    def heard(self, request: Any, scheme: str) -> Heard | None:
        return self.quick.heard(request, scheme)

    def begin(self, heard: Heard, body: bytes, done: Callable[[Reply], None]) -> Flight | None:
        flight = self.quick.begin(heard, body, done)
        self.begun += flight is not None
        return flight


@dataclass(slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]


class Client:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, request: bytes) -> Response:
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> Response:
        async with asyncio.timeout(60):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Response(int(head[0].split()[1]), headers, body)


@asynccontextmanager
async def served(world: World) -> AsyncIterator[tuple[Counting, int]]:
    counting = Counting(world.app.quick)  # type: ignore[attr-defined]
    server = http_server(world.app, quick=counting)  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as bound:
        task = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            yield counting, bound.getsockname()[1]
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


def post(
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    token: str | None,
    at: str = "alpha",
    **headers: str,
) -> bytes:
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    lines = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "FediFlow-Tenant": at,
        **({"Authorization": f"Bearer {token}"} if token else {}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
        "Content-Length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /graphql HTTP/1.1\r\n{head}\r\n".encode() + body


def course(
    world: World, at: str = "alpha", number: int = 1, role: str | None = "student", **headers: str
) -> bytes:
    token = world[at].tokens[role] if role else None
    return post(COURSE, {"id": world[at].ids[f"course:{number}"]}, token=token, at=at, **headers)


def _comparable(response: Response) -> tuple[int, dict[str, str], Any]:
    changing = ("x-request-id", "date")
    headers = {name: value for name, value in response.headers.items() if name not in changing}
    assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])
    return response.status, headers, json.loads(response.body)["data"]


async def test_the_third_request_of_a_head_goes_the_short_way_with_the_same_answer(world: World) -> None:
    async with served(world) as (counting, port), connected(port) as client:
        responses = [await client.ask(course(world)) for _ in range(ENOUGH + 2)]
        assert counting.begun == 3
        assert responses[0].data["course"]["code"] == "C1"
        assert len({response.headers["x-request-id"] for response in responses}) == len(responses)
        for response in responses[1:]:
            assert _comparable(response) == _comparable(responses[0])


async def test_heads_are_understood_for_all_connections(world: World) -> None:
    async with served(world) as (counting, port):
        for _ in range(ENOUGH):
            async with connected(port) as client:
                assert (await client.ask(course(world, number=2))).status == 200
        assert counting.begun == 1


async def test_many_people_of_several_institutions_get_their_own_answers(world: World) -> None:
    query = "{ viewer { id } courses(first: 3) { nodes { id } } }"

    async def one(port: int, at: str, role: str) -> None:
        expected = await world.data(query, at=at, role=role)
        async with connected(port) as client:
            for _ in range(20):
                response = await client.ask(post(query, token=world[at].tokens[role], at=at))
                assert response.data == expected

    async with served(world) as (counting, port):
        people = [
            (at, role) for at in ("alpha", "beta", "gamma") for role in ("student", "registrar", "auditor")
        ]
        await asyncio.gather(*(one(port, at, role) for at, role in people))
        assert counting.begun > 100


async def test_requests_that_come_together_are_answered_in_order(world: World) -> None:
    numbers = [1, 2, 5, 2, 1]
    async with served(world) as (counting, port), connected(port) as client:
        for number in (1, 1, 1, 1):
            await client.ask(course(world, number=number))
        begun = counting.begun
        client.writer.write(course(world, number=numbers[0]))
        async with asyncio.timeout(60):
            while counting.begun == begun:  # noqa: ASYNC110  # the loop turns until it is under way
                await asyncio.sleep(0)
        client.writer.write(b"".join(course(world, number=number) for number in numbers[1:]))
        answers = [(await client.answer()).data["course"]["code"] for _ in numbers]
        assert answers == [f"C{number}" for number in numbers]
        assert counting.begun > begun


async def test_a_request_in_pieces_is_answered(world: World) -> None:
    request = course(world)
    async with served(world) as (_, port), connected(port) as client:
        for _ in range(ENOUGH):
            await client.ask(request)
        for cut in (1, 30, len(request) - 100, len(request) - 1):
            client.writer.write(request[:cut])
            await client.writer.drain()
            await asyncio.sleep(0)
            client.writer.write(request[cut:])
            assert (await client.answer()).data["course"]["code"] == "C1"


async def test_a_revoked_token_is_refused_at_once(world: World) -> None:
    token = await new_token(world.door, world["alpha"], "student")
    query = "{ viewer { id } tokens: __typename }"
    async with served(world) as (counting, port), connected(port) as client:
        for _ in range(ENOUGH + 1):
            assert (await client.ask(post(query, token=token))).status == 200
        assert counting.begun
        token_id = f"token_{token.split('_')[2]}"
        revoked = await world.ask(
            "mutation($id: ID!) { revokeToken(input: {id: $id}) { userErrors { code } } }",
            {"id": token_id},
            token=token,
        )
        assert revoked.data["revokeToken"]["userErrors"] == []
        assert (await client.ask(post(query, token=token))).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Connection": "close"},
        {"Origin": "https://alpha.test"},
        {"Accept": "text/html"},
        {"Content_Type": "text/plain"},
        {"Authorization": "Basic x"},
    ],
)
async def test_what_is_rare_or_wrong_goes_the_ordinary_way(world: World, headers: dict[str, str]) -> None:
    async with served(world) as (counting, port):
        responses = []
        for _ in range(ENOUGH + 1):
            async with connected(port) as client:
                responses.append(await client.ask(course(world, **headers)))
        assert counting.begun == 0
        assert len({response.status for response in responses}) == 1


async def test_wrong_variables_are_told_as_ever(world: World) -> None:
    right = {"id": world["alpha"].ids["course:1"]}
    wrong = {"id": ["x" * (len(right["id"]) - 2)]}
    async with served(world) as (counting, port), connected(port) as client:
        token = world["alpha"].tokens["student"]
        for _ in range(ENOUGH):
            await client.ask(post(COURSE, right, token=token))
        begun = counting.begun
        request = post(COURSE, wrong, token=token)
        assert len(request) == len(post(COURSE, right, token=token)), "the same head"
        response = await client.ask(request)
        assert json.loads(response.body)["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert counting.begun == begun


async def test_compressed_answers_are_the_same_answers(world: World) -> None:
    query = "{ courses(first: 5) { nodes { id code title { text } description { text } offerings { nodes { id code } } } } }"
    token = world["alpha"].tokens["registrar"]
    async with served(world) as (counting, port), connected(port) as client:
        plain = await client.ask(post(query, token=token))
        for _ in range(ENOUGH + 1):
            response = await client.ask(post(query, token=token, Accept_Encoding="gzip, br"))
            assert response.headers["content-encoding"] == "gzip"
            assert json.loads(zlib.decompress(response.body, 31))["data"] == plain.data
        assert counting.begun


async def test_a_client_that_hangs_up_leaves_nothing_behind(world: World) -> None:
    async with served(world) as (counting, port):
        async with connected(port) as client:
            for _ in range(ENOUGH):
                await client.ask(course(world))
        begun = counting.begun
        for _ in range(5):
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(course(world))
            await writer.drain()
            writer.transport.abort()
        async with connected(port) as client:
            assert (await client.ask(course(world))).data["course"]["code"] == "C1"
        assert counting.begun > begun
