"""Where a page of hits ended, as clients hold it: the engine's cursor, which search it belongs to, and our seal on both.

Engines believe a cursor, so only what was given out comes back to them.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import orjson

from kernel.errors import InvalidInput
from search.model import Cursor, Query, Sort

_LONGEST = 8_192
_SEAL_BYTES = 12
_NOT_OF_THE_SEARCH: dict[str, Any] = {
    "first": 0,
    "after": None,
    "facets": (),
    "without": frozenset(),
    "pinned": (),
    "synonyms": {},
}


class Cursors:
    """Writes and reads cursors under a secret that all gateways share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hashlib.blake2b(secret, digest_size=32, person=b"search cursors").digest()

    def key(self, query: Query, scope: str) -> str:
        """Stands for all that decides in which order hits come: a cursor is of one such search alone."""
        languages = query.reader_languages if query.sort is Sort.TITLE else ()
        asked = replace(query, reader_languages=languages, **_NOT_OF_THE_SEARCH)
        said = orjson.dumps(
            [scope, asked],
            option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS,
            default=lambda value: sorted(value),
        )
        return hashlib.blake2b(said, digest_size=9).hexdigest()

    def written(self, cursor: Cursor, key: str) -> str:
        """The cursor's text: base64 of the JSON list `[key, seal, value …]`."""
        return base64.b64encode(orjson.dumps([key, self._seal(key, cursor), *cursor])).decode()

    def read(self, text: str, key: str) -> Cursor:
        """The engine's cursor; `InvalidInput` for what is none, or of another search."""
        try:
            found: Any = json.loads(base64.b64decode(text, validate=True)) if len(text) <= _LONGEST else None
            its_key, seal, *values = found
            is_ours = hmac.compare_digest(str(seal), self._seal(its_key, tuple(values)))
        except (binascii.Error, ValueError, TypeError, RecursionError):
            is_ours = False
        if not is_ours:
            raise _refused(f"{text[:60]!r} is not a cursor; cursors come from `pageInfo` and `edges`")
        if its_key != key:
            raise _refused("this cursor belongs to another search: ask for the first page of this one")
        return tuple(values)

    def _seal(self, key: Any, cursor: Cursor) -> str:
        said = orjson.dumps([key, *cursor])
        return hashlib.blake2b(said, key=self._secret, digest_size=_SEAL_BYTES).hexdigest()


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, path=["after"], argument="after")
