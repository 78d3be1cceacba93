"""Whatever a server says, in whatever pieces: no answer is taken for another one, and nothing is waited for in vain."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.database.wire.connection import Connection, Session
from kernel.database.wire.errors import Unanswered
from kernel.database.wire.exchange import Exchange
from kernel.database.wire.parsing import Incoming, ProtocolViolation, command, ready
from kernel.errors import Unavailable

IDLE, INSIDE, FAILED = b"ITE"


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


PARSED, BOUND = message(b"1"), message(b"2")
NOISE = [
    message(b"N", b"SNOTICE\0C00000\0Mhello\0\0"),
    message(b"S", b"TimeZone\0UTC\0"),
    message(b"A", b"\0\0\0\1channel\0\0"),
]
COMMITTED = [BOUND, command(b"COMMIT\0"), ready(IDLE)]
BEGUN = [BOUND, command(b"BEGIN\0"), PARSED, BOUND, command(b"SET\0")]


def row(text: bytes | None) -> bytes:
    value = (-1).to_bytes(4, "big", signed=True) if text is None else len(text).to_bytes(4, "big") + text
    return message(b"D", b"\0\1" + value)


def answer(texts: Sequence[bytes | None]) -> list[bytes]:
    """What a good request gets."""
    plans = [part for text in texts for part in (PARSED, BOUND, row(text), command(b"SELECT 1\0"))]
    return [*BEGUN, *plans, ready(INSIDE), *COMMITTED]


def failure(code: bytes = b"22012") -> list[bytes]:
    """What a request gets whose plan fails."""
    error = message(b"E", b"SERROR\0VERROR\0C" + code + b"\0Mno\0\0")
    return [*BEGUN, BOUND, error, ready(FAILED), BOUND, command(b"ROLLBACK\0"), ready(IDLE)]


class Wire(asyncio.Transport):
    """A transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.is_aborted = False

    def write(self, data: object) -> None:
        pass

    def abort(self) -> None:
        self.is_aborted = True


class Nobody:
    """An owner that needs to know nothing."""

    def answered(self, connection: Connection, exchange: Exchange, seconds: float) -> None: ...

    def rested(self, connection: Connection) -> None: ...

    def lost(self, connection: Connection) -> None: ...


def conversation(counts: Sequence[int], pieces: Sequence[bytes]) -> tuple[Wire, list[Exchange]]:
    """Requests with so many plans each, and the server's bytes as they arrive."""

    async def run() -> tuple[Wire, list[Exchange]]:
        wire = Wire()
        connection = Connection(wire, Session("nowhere", b""), Nobody(), 1000)
        loop = asyncio.get_running_loop()
        exchanges = [
            Exchange(n, [(f"plan {n} {i}", b"\0\0") for i in range(count)], loop.create_future())
            for n, count in enumerate(counts)
        ]
        for exchange in exchanges:
            connection.send(exchange)
        for piece in pieces:
            rest = memoryview(piece)
            while rest and not wire.is_aborted:
                room = connection.get_buffer(-1)
                assert len(room)
                taken = min(len(room), len(rest))
                room[:taken] = rest[:taken]
                connection.buffer_updated(taken)
                rest = rest[taken:]
        if not wire.is_aborted and connection.in_flight:
            connection.connection_lost(None)
        return wire, exchanges

    return asyncio.run(run())


def outcome(exchange: Exchange) -> object:
    error = exchange.future.exception()
    return type(error) if error is not None else exchange.future.result()


def cut(whole: bytes, at: Sequence[int]) -> list[bytes]:
    places = sorted({0, len(whole), *(place % (len(whole) + 1) for place in at)})
    return [whole[a:b] for a, b in pairwise(places)]


texts = st.lists(st.none() | st.binary(max_size=200) | st.just(b"x" * 70_000), min_size=1, max_size=3)
requests = st.lists(st.none() | texts, min_size=1, max_size=5)


@given(requests, st.lists(st.integers(0, 10**6), max_size=20), st.randoms())
@settings(deadline=None, max_examples=60)
def test_answers_in_any_pieces_and_with_any_noise_reach_their_requests(
    given: list[list[bytes | None] | None], cuts: list[int], chance: Random
) -> None:
    said: list[bytes] = []
    for one in given:
        for part in failure() if one is None else answer(one):
            said += [chance.choice(NOISE)] if chance.random() < 0.1 else []
            said.append(part)
    wire, exchanges = conversation(
        [1 if one is None else len(one) for one in given], cut(b"".join(said), cuts)
    )
    assert not wire.is_aborted
    for one, exchange in zip(given, exchanges, strict=True):
        assert outcome(exchange) == (asyncpg.DivisionByZeroError if one is None else one)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_damaged_answers_are_never_taken_for_another_requests(data: st.DataObject) -> None:
    """Each answer names its request: whatever is lost, doubled, moved or invented, nobody hears of another one."""
    counts = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    parts = [part for n, c in enumerate(counts) for part in answer([b"%d.%d" % (n, i) for i in range(c)])]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(parts) - 1))
        match data.draw(st.sampled_from(["lose", "double", "swap", "invent", "shorten"])):
            case "lose":
                # A whole answer less is what only a server could do that answers out of order.
                del parts[at]
            case "double":
                parts.insert(at, parts[at])
            case "swap":
                parts[at - 1], parts[at] = parts[at], parts[at - 1]
            case "invent":
                kind = data.draw(st.integers(0, 255))
                parts.insert(at, message(bytes([kind]), data.draw(st.binary(max_size=20))))
            case _:
                parts[at] = parts[at][: data.draw(st.integers(0, len(parts[at])))]
        if not parts:
            return
    _, exchanges = conversation(counts, cut(b"".join(parts), data.draw(st.lists(st.integers(0, 10**6)))))
    for number, exchange in enumerate(exchanges):
        assert exchange.future.done()
        if exchange.future.exception() is None:
            assert {text.split(b".")[0] for text in exchange.future.result() if text} <= {b"%d" % number}


@given(st.lists(st.binary(max_size=300), max_size=30))
@settings(deadline=None, max_examples=100)
def test_nonsense_ends_every_request(pieces: list[bytes]) -> None:
    _, exchanges = conversation([1, 2], pieces)
    assert all(issubclass(outcome(exchange), Unavailable) for exchange in exchanges)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "header",
    [b"D\xff\xff\xff\xff", b"D\x04\x00\x00\x01", b"D\0\0\0\3", b"D\0\0\0\0", b"?\0\0\0\4", b"\0\0\0\0\0"],
)
def test_a_header_that_cannot_be_is_refused_without_waiting_for_the_rest(header: bytes) -> None:
    incoming = Incoming()
    incoming.room()[:5] = header
    incoming.arrived(5)
    with pytest.raises(ProtocolViolation):
        incoming.next()


PLAN = [PARSED, BOUND, row(b"a"), command(b"SELECT 1\0")]
END = [ready(INSIDE), *COMMITTED]


@pytest.mark.parametrize(
    "wrong",
    [
        [*BEGUN, PARSED, BOUND, row(b"a"), row(b"b"), command(b"SELECT 1\0"), *END],
        [*BEGUN, PARSED, BOUND, row(b"a"), command(b"SELECT 2\0"), *END],
        [*BEGUN, PARSED, BOUND, row(b"a"), command(b"COMMIT\0"), *END],
        [*BEGUN, PARSED, BOUND, command(b"SELECT 1\0"), *END],
        [*BEGUN, PARSED, BOUND, message(b"D", b"\0\2\0\0\0\1a"), command(b"SELECT 1\0"), *END],
        [*BEGUN, PARSED, BOUND, message(b"D", b"\0\1\0\0\0\5a"), command(b"SELECT 1\0"), *END],
        [*BEGUN, PARSED, BOUND, message(b"D", b"\0\1\xff\xff\xff\xfe"), command(b"SELECT 1\0"), *END],
        [*BEGUN, PARSED, BOUND, message(b"D", b"\0"), command(b"SELECT 1\0"), *END],
        [*BEGUN, PARSED, BOUND, message(b"I"), row(b"a"), command(b"SELECT 1\0"), *END],
        [*BEGUN, *PLAN, *PLAN, *END],
        [*BEGUN, *PLAN, row(b"b"), *END],
        [*BEGUN, *END],
        [*BEGUN, *PLAN, ready(IDLE), *COMMITTED],
        [*BEGUN, *PLAN, ready(FAILED), *COMMITTED],
        [*BEGUN[:4], command(b"ROLLBACK\0"), *PLAN, *END],
        [*PLAN, *END],
        [row(b"a"), *BEGUN, *PLAN, *END],
        [*BEGUN, *failure()[5:7], row(b"a"), *failure()[7:]],
        [*BEGUN, *failure()[5:7], ready(INSIDE), *COMMITTED],
    ],
)
def test_an_answer_that_is_not_one_text_of_one_transaction_is_nobodys(wrong: list[bytes]) -> None:
    wire, exchanges = conversation([1, 1], [b"".join([*wrong, *answer([b"next"])])])
    assert wire.is_aborted
    assert [outcome(exchange) for exchange in exchanges] == [Unavailable, Unanswered]


@pytest.mark.parametrize(
    "commit", [[*COMMITTED[:2], ready(INSIDE)], [BOUND, command(b"BEGIN\0"), ready(IDLE)]]
)
def test_a_transaction_that_does_not_end_is_the_connections_last(commit: list[bytes]) -> None:
    wire, exchanges = conversation([1, 1], [b"".join([*answer([b"a"])[:-3], *commit, *answer([b"next"])])])
    assert wire.is_aborted
    assert [outcome(exchange) for exchange in exchanges] == [[b"a"], Unanswered]


@pytest.mark.parametrize("unasked", [row(b"b"), BOUND, ready(IDLE), command(b"SELECT 1\0")])
def test_an_answer_that_nobody_asked_for_closes_the_connection(unasked: bytes) -> None:
    wire, exchanges = conversation([1], [b"".join([*answer([b"a"]), unasked])])
    assert wire.is_aborted
    assert outcome(exchanges[0]) == [b"a"]


def test_a_large_answer_is_not_kept_in_memory() -> None:
    incoming = Incoming()
    for part in (row(b"x" * 5_000_000), ready(IDLE)):
        rest = memoryview(part)
        while rest:
            room = incoming.room()
            taken = min(len(room), len(rest))
            room[:taken], rest = rest[:taken], rest[taken:]
            incoming.arrived(taken)
            while kind := incoming.next():
                if kind == ord("D"):
                    assert incoming.single_text() == b"x" * 5_000_000
    assert len(incoming.view) < 100_000
