"""The staged enrollments, which the modules beside this one match, decide and write."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Text, text

from academic.oneroster.loading.batch import ARCHIVED, CREATED, UPDATED
from kernel.database.staging import staging_table

FILE = "enrollments"
ACTION = "import"
"""What a step is called that a file took."""

CHANGES = (CREATED, UPDATED, ARCHIVED)
STAGE = staging_table(
    "staged_enrollments",
    Column("place", Integer, nullable=False),  # the line of the file
    Column("sourced_id", Text),
    Column("class_sourced_id", Text),
    Column("user_sourced_id", Text),
    Column("role", Text),
    Column("ends", Boolean, nullable=False),
    Column("ends_on", Date),  # only a day that is over
    Column("id", BigInteger, nullable=False),
    Column("transition_id", BigInteger, nullable=False),
    Column("offering_id", BigInteger),
    Column("user_id", BigInteger),
    Column("is_known", Boolean, nullable=False, server_default=text("false")),
    Column("from_state", Text),
    Column("to_state", Text),
    Column("to_role", Text),
    Column("is_kept", Boolean, nullable=False, server_default=text("false")),
    Column("change", Text),
)
