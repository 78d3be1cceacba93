"""Heads that a process understands: those that come again, however many come once."""

from typing import Any

from fediflow.processes import http_protocol
from fediflow.processes.http_protocol import Heads


class Heard:
    """Understands every head."""

    def heard(self, _request: Any, _scheme: str) -> str:
        return "heard"


_SCOPE = {
    "http_version": "1.1",
    "query_string": b"",
    "headers": [(b"content-length", b"7")],
    "method": "POST",
    "path": "/graphql",
    "scheme": "http",
}


def _heads() -> Heads:
    return Heads(Heard())  # type: ignore[arg-type]


def _came(heads: Heads, name: bytes, length: int = 7) -> None:
    heads.came(("peer", name), _SCOPE, length)


def test_a_head_is_understood_when_it_comes_the_second_time() -> None:
    heads = _heads()
    _came(heads, b"a")
    assert heads.get(("peer", b"a"))[0] is None
    _came(heads, b"a")
    assert heads.get(("peer", b"a")) == ("heard", 7)
    assert heads.get(("another peer", b"a"))[0] is None


def test_a_head_that_lies_about_its_length_is_never_understood() -> None:
    heads = _heads()
    for _ in range(3):
        _came(heads, b"a", length=8)
    assert heads.get(("peer", b"a"))[0] is None


def test_heads_that_come_once_push_out_none_that_is_used(monkeypatch: Any) -> None:
    monkeypatch.setattr(http_protocol, "_REMEMBERED", 5)
    heads = _heads()
    for _ in range(2):
        _came(heads, b"hot")
    for number in range(50):
        assert heads.get(("peer", b"hot"))[0] == "heard"
        _came(heads, b"%d" % number)
        _came(heads, b"%d" % number if number % 3 == 0 else b"other %d" % number)
    assert heads.get(("peer", b"hot"))[0] == "heard"
