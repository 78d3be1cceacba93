"""What a command shows: a table or a sentence for people, one JSON value for programs; progress on standard error."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

_WIDE = 10_000  # into a file or a pipe nothing is folded


class Step(Protocol):
    """Tells the person who waits how far something has come."""

    def __call__(self, done: int, of: int | None = None, what: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's answer goes."""

    as_json: bool

    def value(self, value: Any, *lines: str) -> None:
        """One thing: its JSON, or sentences about it."""
        if self.as_json:
            self._write_json(value)
        else:
            sys.stdout.write("".join(f"{line}\n" for line in lines))

    def line(self, value: Any) -> None:
        """With JSON only, one thing in one line: for a program that reads on."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")

    def rows(self, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, empty: str) -> None:
        """A list of things of which `columns` are shown; the JSON has all that the rows have."""
        listed = list(rows)
        if self.as_json:
            self._write_json(listed)
        elif not listed:
            sys.stdout.write(empty + "\n")
        else:
            self._write_table(columns, listed)

    @contextmanager
    def progress(self, what: str, *, plainly: bool = False) -> Iterator[Step]:
        """A line on standard error that moves; where nobody watches silent, or with `plainly` a line for each step."""
        console = Console(stderr=True)
        if self.as_json or not console.is_terminal:
            yield _plain if plainly and not self.as_json else _silent
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(what, total=None)

            def step(done: int, of: int | None = None, what: str | None = None) -> None:
                progress.update(task, completed=done, total=of)
                if what:
                    progress.update(task, description=what)

            yield step

    def _write_json(self, value: Any) -> None:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")

    def _write_table(self, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(_harmless(cell(row[column])) for column in columns))
        width = None if sys.stdout.isatty() else _WIDE
        Console(markup=False, highlight=False, width=width).print(table)


def cell(value: Any) -> str:
    """A value as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.2f}"
        case Mapping():
            return ", ".join(f"{key}: {cell(one)}" for key, one in value.items())
        case list() | tuple():
            return ", ".join(cell(one) for one in value)
        case _:
            return str(value)


def _harmless(text: str) -> str:
    """Without what a terminal would obey: much of what is shown was written by other servers."""
    return "".join(one if unicodedata.category(one) not in _OBEYED else repr(one)[1:-1] for one in text)


_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _silent(done: int, of: int | None = None, what: str | None = None) -> None:
    return


def _plain(done: int, of: int | None = None, what: str | None = None) -> None:
    if what:
        sys.stderr.write(what + "\n")
        sys.stderr.flush()
