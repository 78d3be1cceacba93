"""Rows on their way into the database: what the generators make and `loading` writes."""

import json
from dataclasses import dataclass, field

from sqlalchemy import Table

from fediflow.demo.words.vocabulary import Text

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows of one table without their `tenant_id`, in the order of `columns`."""

    table: Table
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)


def table_rows(table: Table, columns: str) -> TableRows:
    """No rows yet; `columns` are names separated by blanks."""
    return TableRows(table, tuple(columns.split()))


def as_json(value: object) -> str:
    """The value as the text of a JSON column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_texts(languages: tuple[str, str], text: Text) -> str:
    """A language-tagged text."""
    return as_json(dict(zip(languages, text, strict=True)))
