"""What people saved, and what an institution says about its search: synonyms, pinned results (shard)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from kernel.tables import (
    DataClass,
    DataUse,
    column,
    index,
    one_of,
    queue_table,
    references,
    row_id,
    tenant_table,
    timestamps,
    version,
)

PIN_MATCHES = ("whole", "words")

_MOMENT = DateTime(timezone=True)
_SAVED = DataUse(DataClass.PERSONAL, "looking again for what a person searched", "until deleted, or erasure")

# ---- what an institution says --------------------------------------------------------------------------------------

# Words that mean the same in a language, or (null) in any.
search_synonyms = tenant_table(
    "search_synonyms",
    row_id(),
    column("language", Text, nullable=True),
    column("words", ARRAY(Text)),  # as they were written
    *timestamps(),
    version(),
    CheckConstraint("cardinality(words) between 2 and 20", name="words"),
    CheckConstraint("length(language) between 2 and 35", name="language"),
)

# The same words as queries are compared with them, so that a query's words find the sets that they are in.
search_synonym_words = tenant_table(
    "search_synonym_words",
    column("word", Text),  # folded
    column("synonym_id", BigInteger),
    references("search_synonyms", "synonym_id", on_delete="CASCADE"),
    CheckConstraint("length(word) between 1 and 200", name="word"),
    key=("word", "synonym_id"),
)
index(search_synonym_words, "synonym_id")

search_pins = tenant_table(
    "search_pins",
    row_id(),
    column("text", Text),  # as it was written
    column("words", ARRAY(Text)),  # folded
    column("anchor", Text),  # the longest of those: pins are looked up by it
    column("match", Text),  # "whole": the query is these words; "words": it holds them
    column("first_on", Date, nullable=True),
    column("last_on", Date, nullable=True),
    *timestamps(),
    version(),
    one_of("match", PIN_MATCHES),
    CheckConstraint("length(text) between 1 and 200", name="text"),
    CheckConstraint("cardinality(words) between 1 and 20", name="words"),
    CheckConstraint("first_on <= last_on", name="days"),
)
index(search_pins, "anchor", "id")

search_pin_results = tenant_table(
    "search_pin_results",
    column("pin_id", BigInteger),
    column("place", SmallInteger),
    column("course_id", BigInteger, nullable=True),
    column("offering_id", BigInteger, nullable=True),
    column("org_unit_id", BigInteger, nullable=True),
    column("user_id", BigInteger, nullable=True),
    column("post_id", BigInteger, nullable=True),
    references("search_pins", "pin_id", on_delete="CASCADE"),
    references("courses", "course_id", on_delete="CASCADE"),
    references("offerings", "offering_id", on_delete="CASCADE"),
    references("org_units", "org_unit_id", on_delete="CASCADE"),
    references("users", "user_id", on_delete="CASCADE"),
    references("posts", "post_id", on_delete="CASCADE"),
    CheckConstraint(
        "num_nonnulls(course_id, offering_id, org_unit_id, user_id, post_id) = 1", name="one_target"
    ),
    CheckConstraint("place between 1 and 20", name="place"),
    key=("pin_id", "place"),
)
for _target in ("course_id", "offering_id", "org_unit_id", "user_id", "post_id"):
    index(search_pin_results, _target, where=f"{_target} is not null")

# ---- what people saved ---------------------------------------------------------------------------------------------

saved_searches = tenant_table(
    "saved_searches",
    row_id(),
    column("user_id", BigInteger, data=_SAVED),
    column("name", Text, data=_SAVED),
    column("arguments", JSONB, data=_SAVED),  # `search.readers.arguments`, with the version that wrote it
    # What appeared until then was seen, or was there when it was saved.
    column("looked_to", _MOMENT),
    column("looked_at", _MOMENT, nullable=True),
    column("problem", Text, nullable=True),  # why the last look could not be
    *timestamps(),
    version(),
    references("users", "user_id", on_delete="CASCADE"),
    CheckConstraint("length(name) between 1 and 200", name="name"),
    CheckConstraint("jsonb_typeof(arguments) = 'object'", name="arguments"),
)
index(saved_searches, "user_id", "id")

# What a person was told of for a saved search, as long as it might be found for new once more.
saved_search_tellings = tenant_table(
    "saved_search_tellings",
    column("search_id", BigInteger),
    column("kind", Text),
    column("object_id", BigInteger),
    column("told_at", _MOMENT),
    references("saved_searches", "search_id", on_delete="CASCADE"),
    key=("search_id", "kind", "object_id"),
)

# When workers look at what a person saved, all of it together; of all institutions of the shard. `position`: how far
# the index had come in the outbox at the last look, so that nobody looks where nothing was written since.
due_saved_searches = queue_table(
    "due_saved_searches",
    column("tenant_id", BigInteger),
    column("user_id", BigInteger),
    column("due_at", _MOMENT),
    column("position", BigInteger, server_default=text("0")),
    PrimaryKeyConstraint("tenant_id", "user_id"),
)
# Institutions take turns; of one in which nothing was written since, none is found at once.
Index(
    "due_saved_searches_position_due_at_idx",
    due_saved_searches.c.tenant_id,
    due_saved_searches.c.position,
    due_saved_searches.c.due_at,
)
