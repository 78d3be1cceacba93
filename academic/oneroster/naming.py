"""Codes, handles and external ids made from what a file calls things. Pure, and the same each time."""

import hashlib
import unicodedata
from collections.abc import Collection

LONGEST_CODE = 64
LONGEST_EXTERNAL_ID = 255
LONGEST_HANDLE = 63
_HANDLE_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")


def code(text: str) -> str:
    """The text as a code: one line of at most 64 characters, a longer one ends in what tells it from others."""
    printable = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return _shortened(printable or text.encode().hex(), LONGEST_CODE)


def external_id(sourced_id: str) -> str:
    """The value that stands for a sourcedId; those made of several columns may be longer than an external id."""
    return _shortened(sourced_id, LONGEST_EXTERNAL_ID)


def handle(username: str, sourced_id: str) -> str:
    """What a person could be called: the name they sign in with elsewhere, without the domain behind an @."""
    plain = unicodedata.normalize("NFKD", username.partition("@")[0]).lower()
    kept = "".join(sign for sign in plain if sign in _HANDLE_SIGNS).lstrip("._-")
    if not kept:  # a name in another script
        kept = f"user-{_digest(sourced_id)}"
    return kept[:LONGEST_HANDLE]


def free_handle(wanted: str, taken: Collection[str]) -> str:
    """The handle, or the first of `wanted-2`, `wanted-3` … that nobody has."""
    number, free = 1, wanted
    while free in taken:
        number += 1
        end = f"-{number}"
        free = wanted[: LONGEST_HANDLE - len(end)] + end
    return free


def _shortened(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    end = f"~{_digest(text)}"
    return text[: longest - len(end)].rstrip() + end


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
