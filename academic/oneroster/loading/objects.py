"""What org units, academic sessions, courses and offerings have in common on their way in.

A staged row's `place` is the line of its file, so that what is wrong with it can be found. It carries `id`: a new one, until the row is matched with an object that is there (`is_known`). `ends` says that
the source wants it gone. `change` becomes what happens to it; a row whose `change` is set early is left alone.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Table,
    Text,
    and_,
    text,
)

from academic.oneroster.loading.batch import ONEROSTER, Batch
from kernel.database.staging import staging_table

# The columns that every file of objects fills, and those of its code.
STAGED = "place sourced_id ends id"
CODED = "file_code spare_code"


def object_stage(name: str, *columns: Column[Any]) -> Table:
    """The staging table of a file of objects."""
    return staging_table(
        name,
        Column("place", Integer, nullable=False),
        Column("sourced_id", Text, nullable=False),
        Column("ends", Boolean, nullable=False),
        Column("id", BigInteger, nullable=False),
        Column("is_known", Boolean, nullable=False, server_default=text("false")),
        Column("is_adopted", Boolean, nullable=False, server_default=text("false")),
        Column("change", Text),
        Column("differing", ARRAY(Text)),  # the columns of an updated object that become different
        *columns,
    )


def code_columns() -> tuple[Column[Any], ...]:
    """`file_code` is what the file says, `spare_code` what is taken where that is another's, `code` the outcome."""
    return Column("file_code", Text), Column("spare_code", Text), Column("code", Text)


@dataclass(frozen=True, slots=True)
class Noun:
    """How a file becomes objects. Columns have one name in the stage and in the table."""

    name: str  # "course", as in `course.created`
    file: str
    table: Table
    external_ids: Table
    stage: Table
    plain: tuple[str, ...]
    texts: tuple[str, ...]  # language-tagged: only the tenant's default language is the file's to say
    status: str = "status"
    living: str = "active"
    ended: str = "archived"
    code_scope: tuple[str, ...] = ()  # with the code, what is unique


def owner(external_ids: FromClause) -> Any:
    """The column of the object that an external id is of."""
    return next(
        column for column in external_ids.c if column.name.endswith("_id") and column.name != "tenant_id"
    )


def is_sourced(batch: Batch, external_ids: FromClause) -> ColumnElement[bool]:
    """The external id is a sourcedId of this tenant."""
    return and_(external_ids.c["tenant_id"] == batch.tenant_id, external_ids.c["type"] == ONEROSTER)
