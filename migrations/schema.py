"""The whole schema as the code describes it: importing this module loads every `tables` module."""

from enum import StrEnum

from sqlalchemy import MetaData

import academic.tables
import federation.tables
import kernel.outbox.tables
import search.tables
import tenants.tables
from kernel.tables import DIRECTORY, SCHEMA, SHARD

LOADED = (academic.tables, federation.tables, kernel.outbox.tables, search.tables, tenants.tables)


class History(StrEnum):
    """A line of migrations; also the name of its folder."""

    DIRECTORY = "directory"
    SHARD = "shard"
    METRICS = "metrics"


METADATA = {
    History.DIRECTORY: DIRECTORY,
    History.SHARD: SHARD,
    History.METRICS: MetaData(schema=SCHEMA),  # nothing yet
}
