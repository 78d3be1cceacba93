"""What is asked and what comes back, as frozen values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson

from kernel.http.errors import ResponseRefused
from kernel.http.urls import Target


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. Two equal ones may share an answer."""

    method: str
    target: Target
    headers: tuple[tuple[str, str], ...]
    body: bytes
    max_bytes: int
    deadline: float


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete answer. Header names are lower case, repeated headers joined; cookies are not among them."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    target: Target
    """What answered, after redirects."""

    def json(self) -> object:
        """The body as JSON, or `ResponseRefused`."""
        try:
            parsed: object = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise ResponseRefused(self.target.host, "the answer is not JSON") from None
        return parsed


@dataclass(frozen=True, slots=True)
class HttpStatus:
    """An answer whose body nobody reads. Header names are lower case, repeated headers joined; cookies are not among them."""

    status: int
    headers: Mapping[str, str]


def request_headers(*groups: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Headers of a request in one order and spelling, the later group winning.

    A name that the client decides itself, or a line break in a value, is a defect of the caller: `ValueError`.
    """
    merged = {name.lower(): value for group in groups for name, value in group.items()}
    for name, value in merged.items():
        check_header(name, value)
    return tuple(sorted(merged.items()))


def check_header(name: str, value: str) -> None:
    """Raises `ValueError` for a lower-case name that a caller may not set, or a value that cannot be sent."""
    if not _may_be_set(name):
        raise ValueError(f"the header {name!r} cannot be set")
    if not _VALUE.fullmatch(value):
        raise ValueError(f"the header {name!r} has a value that cannot be sent")


@lru_cache(maxsize=256)
def _may_be_set(name: str) -> bool:
    return name not in _OURS and _TOKEN.fullmatch(name) is not None


_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"([\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?)?")
