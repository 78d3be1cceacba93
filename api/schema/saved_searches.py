"""Searches that a person saved, to be told when something new matches."""

from datetime import datetime

import strawberry

from api.plan.bindings import Lookup, Root
from api.schema.shared import Node, connection


@strawberry.type(
    description="A search that its person saved. What appears and matches they are told of, as they wish to be told of "
    "`SAVED_SEARCH`."
)
class SavedSearch(Node):
    name: str
    text: str | None
    arguments: str = strawberry.field(
        description="The arguments of `search`, as the JSON text of an object that its variables may be taken from."
    )
    looked_at: datetime | None = strawberry.field(description="When it was last looked for what is new.")
    problem: str | None = strawberry.field(
        description="Why it could not be looked at the last time, such as a place that is not known any more."
    )
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type
class SavedSearchQueries:
    """What a person saved."""

    saved_searches = connection(
        SavedSearch,
        description="The viewer's saved searches, the oldest first.",
        bind=Root(Lookup.CONNECTION, "SavedSearch", "ID", of_viewer="user_id"),
    )
