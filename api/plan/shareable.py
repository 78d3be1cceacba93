"""Which statements answer everybody alike: read from the text that PostgreSQL is asked, refused where anything is unknown.

The text says which tables, columns and functions are touched; it is the same for every permission set that sees the same.
What is bound is part of the key, so languages and days need no rule. Only the viewer does: an answer that depends on who
asks is of no use to anybody else.
"""

import hashlib
import re
from collections.abc import Collection

from api.plan.catalogue import SEATS, SEATS_COLUMNS, TABLES
from kernel.entities import VIEWER

_TABLE = re.compile(r"\bfediflow\.(\w+)(?: AS (\w+))?")
_CALLED = re.compile(r"\b([a-z]\w*)\s*\(")
_ALIAS_OF_OURS = re.compile(r"ff_\d+")
# What these return follows from their arguments alone.
_FUNCTIONS = frozenset(
    {
        *("array_agg", "array_position", "chr", "coalesce", "convert_to", "count", "encode", "greatest"),
        *("json_build_array", "jsonb_array_elements", "jsonb_each_text", "least", "lpad", "replace"),
        *("row_number", "string_agg", "timezone", "to_char", "to_json", "unnest", "upper"),
    }
)
# Functions that are called without brackets.
_MOMENTS = re.compile(r"\b(?:current_\w+|localtime\w*|session_user|user)\b", re.IGNORECASE)


def shared_key(sql: str, bound: Collection[str]) -> bytes:
    """Stands for the statement in the keys of cached answers; empty where its answer is not shared.

    `bound` are the names of its parameters.
    """
    if VIEWER.key in bound or not _is_of_catalogue(sql) or _MOMENTS.search(sql):
        return b""
    called = set(_CALLED.findall(sql))
    if not all(name in _FUNCTIONS or _ALIAS_OF_OURS.fullmatch(name) for name in called):
        return b""
    return hashlib.blake2b(sql.encode(), digest_size=16).digest()


def _is_of_catalogue(sql: str) -> bool:
    return all(
        name in TABLES or (name == SEATS and bool(alias) and _columns(sql, alias) <= SEATS_COLUMNS)
        for name, alias in _TABLE.findall(sql)
    )


def _columns(sql: str, alias: str) -> set[str]:
    return set(re.findall(rf"\b{alias}\.(\w+|\*)", sql))
