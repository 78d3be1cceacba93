"""What the loading of one set carries with it, and the few things that every file's loading does."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from sqlalchemy import Table, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ColumnElement

from academic.changing import LONGEST_TITLE
from academic.oneroster.faults import FaultLog, Rule
from academic.oneroster.records import Record
from academic.oneroster.report import Counts, Progress
from academic.oneroster.wording import Wording
from kernel.database.staging import Row, analyze, stage
from kernel.outbox.tables import outbox
from tenants.door import Transaction

R = TypeVar("R", bound=Record)
Found = tuple[int, Any]
"""A row's place and the value that is wrong in it."""

ONEROSTER = "oneroster"
"""The type of the external ids under which an object's sourcedId is kept."""

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
ARCHIVED, ENDED, REPEATED, SKIPPED = "archived", "ended", "repeated", "skipped"


@dataclass(slots=True)
class Batch:
    """One import: its transaction, what was found wrong, what was counted."""

    tx: Transaction
    language: str  # the texts of the files are in the tenant's default language
    today: date
    faults: FaultLog
    progress: Progress
    wording: Wording
    counts: dict[str, Counts] = field(default_factory=dict)
    # Whose tokens hold no longer: the event's id by user id.
    access_ended: dict[int, str] = field(default_factory=dict)

    @property
    def tenant_id(self) -> int:
        """The tenant's id for statements."""
        return self.tx.tenant_id

    async def execute(self, statement: Executable) -> Any:
        """Runs one statement."""
        return await self.tx.connection.execute(statement)

    async def stage(self, table: Table, columns: str, rows: Iterable[Row], *, file: str, total: int) -> None:
        """Makes and fills a staging table; `columns` are names separated by blanks."""
        await stage(self.tx.connection, table, columns.split(), rows, done=self._done(file, total))

    async def analyze(self, table: Table) -> None:
        """Tells the planner what statements have made of a staging table."""
        await analyze(self.tx.connection, table)

    def fitting(
        self,
        file: str,
        field: str,
        records: Iterable[R],
        *,
        longest: int = LONGEST_TITLE,
        is_line: bool = False,
    ) -> Iterator[R]:
        """The records whose text fits; an error for each of the others. A line has no control characters."""
        text = attrgetter(field)
        for record in records:
            value = text(record) or ""
            if len(value) > longest or (
                is_line and any(unicodedata.category(sign) == "Cc" for sign in value)
            ):
                self.error(Rule.TEXT_LENGTH, file, field, [(record.row, value)])
            else:
                yield record

    def error(self, rule: Rule, file: str, field: str, found: Iterable[Found], expected: str = "") -> None:
        """An error for each row found; `field` is the record's, for which the file has a name of its own."""
        self._name(self.faults.error, rule, file, field, found, expected)

    def warn(self, rule: Rule, file: str, field: str, found: Iterable[Found], expected: str = "") -> None:
        """A warning for each row found."""
        self._name(self.faults.warning, rule, file, field, found, expected)

    async def count(self, file: str, *tables: Table, **left_out: int) -> None:
        """Counts what became of the staged rows, and of those that were left out before."""
        found = Counter(left_out)
        for table in tables:
            query = select(table.c.change, func.count()).group_by(table.c.change)
            found.update({row[0]: row[1] for row in await self.execute(query)})
        self.counts[file] = Counts(**{name: number for name, number in found.items() if number})

    async def announce(
        self, table: Table, noun: str, events: dict[str, str], payload: ColumnElement[Any] | None = None
    ) -> None:
        """Tells the outbox of each staged row whose change is among `events`, in the order of the file.

        The changed rows are locked by now, which is what orders the events of one object.
        """
        for change, event in events.items():
            rows = (
                select(
                    literal(self.tenant_id),
                    literal(event),
                    literal(noun),
                    table.c.id,
                    literal_column("'{}'::jsonb") if payload is None else payload,
                )
                .where(table.c.change == change)
                .order_by(table.c.place)
            )
            await self.execute(insert(outbox).from_select(OUTBOX_COLUMNS, rows))

    def _name(
        self,
        report: Callable[..., None],
        rule: Rule,
        file: str,
        field: str,
        found: Iterable[Found],
        expected: str,
    ) -> None:
        own_file, column = self.wording.file(file), self.wording.column(file, field)
        for place, value in sorted(found, key=itemgetter(0)):
            report(rule, own_file, place, column, None if value is None else str(value), expected)

    def _done(self, file: str, total: int) -> Callable[[int], None]:
        return lambda count: self.progress(file, count, total)


OUTBOX_COLUMNS = ["tenant_id", "event", "object_type", "object_id", "payload"]
