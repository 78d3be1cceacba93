"""Prints the DDL that the tables describe, to start a migration from: `.venv/bin/python -m migrations.draft shard`.

A merged migration never changes; the print-out of a later day is cut down to the difference by hand.
"""

import argparse
import sys
from collections.abc import Iterator

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable, ExecutableDDLElement

from migrations.schema import METADATA, History

# Whoever cannot have a lock soon gives up, instead of queueing the whole product behind it, and is run again.
_LIMITS = "SET LOCAL lock_timeout = '5s';\nSET LOCAL statement_timeout = '60s';\n\n"
# The rows that are always there: one clock each.
_SEEDS = {
    History.DIRECTORY: "INSERT INTO fediflow.revocation_clock (position) VALUES (0);\n",
    History.SHARD: "INSERT INTO fediflow.outbox_clock (position) VALUES (0);\n",
    History.METRICS: "",
}
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def draft(history: History) -> str:
    """The statements that create everything in the metadata of a history."""
    statements = "".join(f"{_printed(element)};\n\n" for element in _elements(history))
    return _LIMITS + statements + _SEEDS[history]


def _elements(history: History) -> Iterator[ExecutableDDLElement]:
    metadata = METADATA[history]
    for sequence in metadata._sequences.values():
        yield CreateSequence(sequence)
    for table in metadata.sorted_tables:
        yield CreateTable(table)
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            yield CreateIndex(index)


def _printed(element: ExecutableDDLElement) -> str:
    text = str(element.compile(dialect=_DIALECT)).strip()
    return "\n".join(line.rstrip().replace("\t", "    ") for line in text.splitlines())


def _main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m migrations.draft", description="Prints the DDL that the tables of a history describe."
    )
    parser.add_argument("history", type=History, choices=list(History), metavar="|".join(History))
    sys.stdout.write(draft(parser.parse_args().history))


if __name__ == "__main__":
    _main()
