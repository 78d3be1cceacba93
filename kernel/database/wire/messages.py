"""What we say to PostgreSQL, as bytes: https://www.postgresql.org/docs/current/protocol-message-formats.html

A request is one group that ends with Sync (begin, tenant, plans) and a second one (commit). An error makes the server
skip to the Sync, so a plan never runs without its tenant; the second group also ends a failed transaction.
"""

import struct
from collections.abc import Mapping
from functools import lru_cache
from operator import index

_length = struct.Struct("!I").pack
_PROTOCOL = struct.pack("!HH", 3, 0)
SSL_REQUEST = struct.pack("!II", 8, 80877103)
_CANCEL = 80877102

SYNC = b"S" + _length(4)
TERMINATE = b"X" + _length(4)
_EXECUTE = b"E" + _length(9) + b"\0" + _length(0)  # the unnamed portal, all rows
_BEGIN, _COMMIT = b"begin", b"commit"
# Ends a Bind (every result as text) and executes what it bound.
_RUN = b"\0\0" + _EXECUTE
_NO_PARAMETERS = b"\0\0"


def startup(settings: Mapping[str, str]) -> bytes:
    """The first message: who we are and the session's settings."""
    pairs = b"".join(_text(key) + _text(value) for key, value in settings.items())
    return _length(len(pairs) + 9) + _PROTOCOL + pairs + b"\0"


def sasl_initial(mechanism: str, response: bytes) -> bytes:
    """Chooses how to prove that we know the password, and begins."""
    return _message(b"p", _text(mechanism) + _length(len(response)) + response)


def sasl_response(response: bytes) -> bytes:
    """Goes on with it."""
    return _message(b"p", response)


def cancel_request(key: bytes) -> bytes:
    """Asks for the end of whatever the backend with this key is doing; sent on a connection of its own."""
    return _length(8 + len(key)) + _length(_CANCEL) + key


def parse(name: bytes, sql: str) -> bytes:
    """Prepares a statement. No parameter types: our SQL casts every parameter."""
    return _message(b"P", name + b"\0" + _text(sql) + _NO_PARAMETERS)


def close_statement(name: bytes) -> bytes:
    """Forgets a prepared statement; one that does not exist is no error."""
    return _message(b"C", b"S" + name + b"\0")


def bind_head(name: bytes) -> bytes:
    """The part of `run` that stays the same for a statement: the unnamed portal, its name, every parameter as text."""
    return b"\0" + name + b"\0\0\0"


def run(head: bytes, parameters: bytes) -> bytes:
    """Binds and executes a prepared statement with parameters as `values.encoded` gives them."""
    return b"B" + _length(len(head) + len(parameters) + 6) + head + parameters + _RUN


@lru_cache(maxsize=4096, typed=True)
def opening(tenant_id: int) -> bytes:
    """Begins the transaction of one tenant. An integer and nothing else gets into the text of the statement."""
    sql = f"SET LOCAL app.tenant_id = '{index(tenant_id):d}'"
    return _RUN_BEGIN + parse(b"", sql) + _RUN_UNNAMED


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + _length(len(body) + 4) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    if b"\0" in encoded:  # it would end the text here and begin something else
        raise ValueError("a text for PostgreSQL contains U+0000")
    return encoded + b"\0"


PREPARE_TRANSACTION = (
    parse(_BEGIN, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") + parse(_COMMIT, "COMMIT") + SYNC
)
"""What a new connection needs to know before its first request."""

_RUN_BEGIN = run(bind_head(_BEGIN), _NO_PARAMETERS)
_RUN_UNNAMED = run(bind_head(b""), _NO_PARAMETERS)

ENDING = SYNC + run(bind_head(_COMMIT), _NO_PARAMETERS) + SYNC
"""Ends the group of the plans and commits in a group of its own."""
