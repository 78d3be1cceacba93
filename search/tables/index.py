"""The index tables of the engine in PostgreSQL: of each institution (shard), and of what is published (directory).

Both have the same columns, but for the first: whose documents they are. GIN cannot serve under row-level security, because
its operators are not leakproof; so what is looked up stands in btree indexes, whose comparisons are.
"""

from collections.abc import Iterator

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from kernel.tables import DataClass, DataUse, column, directory_table, queue_table, tenant_table

OF_TENANT, OF_ALL = "tenant_id", "scope_id"
_NAMED = DataUse(DataClass.PERSONAL, "people and what they wrote are found by it", "as long as the document")
# Code points in their order, whatever the database's locale: prefixes are ranges.
_CODE_POINTS = Text(collation="C")
_CHANGED = ("select", "insert", "update", "delete")


def _generation() -> Column[int]:
    """Which index: one answers, another may be being built beside it."""
    return column("generation", BigInteger)


def _slot() -> Column[int]:
    """The document's place within its index: small, dense and kept for good."""
    return column("slot", Integer)


def _documents() -> tuple[SchemaItem, ...]:
    """What is filtered and sorted by: one narrow row a document. A removed one stays, so that nothing older comes back."""
    return (
        _generation(),
        _slot(),
        column("publisher_id", BigInteger),
        column("kind", Text),
        column("id", BigInteger),
        column("version", BigInteger),
        column("digest", Text, nullable=True),  # null: it was removed
        column("audience", ARRAY(Text)),
        column("latitude", Double, nullable=True),
        column("longitude", Double, nullable=True),
        column("is_online", Boolean),
        column("starts_on", Date, nullable=True),
        column("popularity", BigInteger),
        column("appeared_at", DateTime(timezone=True), nullable=True),
        column("title_keys", JSONB, data=_NAMED),  # by language, and by the collation where it differs
        # By facet, in their order: which of `profiles` it has; 0: none. A removed one has nothing here.
        column("facets", ARRAY(BigInteger), server_default=text("'{}'")),
        column(
            "traits", SmallInteger, server_default=text("0")
        ),  # of `search.postgres.traits`; 0: nobody finds it
    )


def _texts() -> tuple[SchemaItem, ...]:
    """What snippets are cut out of, and under which terms the document is filed."""
    return (
        _generation(),
        _slot(),
        column("titles", JSONB, data=_NAMED),
        column("texts", JSONB, data=_NAMED),
        column("code_texts", ARRAY(Text), data=_NAMED),
        column("institution", Text),
        column("url", Text, nullable=True),
        column("terms", ARRAY(BigInteger)),
        column("weights", ARRAY(Integer)),
    )


def _blocks() -> tuple[SchemaItem, ...]:
    """Of 32 neighbouring slots what most queries look at, each an array by the slot's place among them.

    One row is read for what would be 32; it says again what the documents' rows say, and is written with them.
    """
    return (
        _generation(),
        column("block", Integer),
        column("traits", ARRAY(SmallInteger)),
        column("ids", ARRAY(BigInteger)),
        column("popularities", ARRAY(REAL)),
        column("latitudes", ARRAY(Double)),  # NaN: it has no place
        column("longitudes", ARRAY(Double)),
        column("facets", ARRAY(BigInteger)),  # of two dimensions: by place, by facet
    )


def _profiles() -> tuple[SchemaItem, ...]:
    """The values that a document has of one facet, under a hash of them: many have the same."""
    return (
        _generation(),
        column("id", BigInteger),
        column("choices", ARRAY(Text)),  # facet, colon, value
    )


def _postings() -> tuple[SchemaItem, ...]:
    """Where a term stands: of 512 neighbouring slots, the slot's place among them x 65536 + the weight there."""
    return (
        _generation(),
        column("term", BigInteger),
        column("chunk", Integer),
        column("entries", ARRAY(Integer)),
    )


def _words() -> tuple[SchemaItem, ...]:
    """Words as they are written, folded, with their term: for beginnings and misspellings."""
    return (
        _generation(),
        column("word", _CODE_POINTS, data=_NAMED),
        column("language", _CODE_POINTS),
        column("backwards", _CODE_POINTS, data=_NAMED),
        column("term", BigInteger),
    )


def _suggestions() -> tuple[SchemaItem, ...]:
    """Titles from each of their words on, and codes, folded."""
    return (
        _generation(),
        column("beginning", _CODE_POINTS, data=_NAMED),
        _slot(),
        column("language", Text),
    )


def _languages() -> tuple[SchemaItem, ...]:
    """In how many documents there is something in a language."""
    return _generation(), column("language", Text), column("documents", Integer)


_TABLES = {
    "documents": (_documents, ("generation", "slot")),
    "texts": (_texts, ("generation", "slot")),
    "blocks": (_blocks, ("generation", "block")),
    "profiles": (_profiles, ("generation", "id")),
    "postings": (_postings, ("generation", "term", "chunk")),
    "words": (_words, ("generation", "word", "language")),
    "suggestions": (_suggestions, ("generation", "beginning", "slot")),
    "languages": (_languages, ("generation", "language")),
}
_INDEXES = {
    "documents": (("generation", "popularity", "id", "slot"), ("generation", "starts_on")),
    "words": (("generation", "backwards"), ("generation", "term")),
    "suggestions": (("generation", "slot", "beginning"),),
}
_REFERENCE = ("generation", "publisher_id", "kind", "id")


def _of_tenants() -> Iterator[Table]:
    for name, (columns, key) in _TABLES.items():
        unique = _unique("search", OF_TENANT) if name == "documents" else ()
        table = tenant_table(f"search_{name}", *columns(), *unique, key=key, derived=True)
        yield _indexed(table, name, OF_TENANT)


def _of_all() -> Iterator[Table]:
    for name, (columns, key) in _TABLES.items():
        unique = _unique("published", OF_ALL) if name == "documents" else ()
        table = directory_table(
            f"published_{name}",
            column(OF_ALL, BigInteger, autoincrement=False),
            *columns(),
            *unique,
            PrimaryKeyConstraint(OF_ALL, *key),
            worker=_CHANGED,
        )
        yield _indexed(table, name, OF_ALL)


def _unique(prefix: str, scope: str) -> tuple[SchemaItem, ...]:
    return (UniqueConstraint(scope, *_REFERENCE, name=f"{prefix}_documents_reference_key"),)


def _indexed(table: Table, name: str, scope: str) -> Table:
    for names in _INDEXES.get(name, ()):
        Index(f"{table.name}_{'_'.join(names)}_idx", *(table.c[one] for one in (scope, *names)))
    return table


tenant_tables = tuple(_of_tenants())
published_tables = tuple(_of_all())

# Whose documents an index has, and which slot is next; whoever stores holds the row.
search_holdings = queue_table(
    "search_holdings",
    column("tenant_id", BigInteger),
    _generation(),
    column("next_slot", Integer),
    PrimaryKeyConstraint("tenant_id", "generation"),
)
published_holdings = directory_table(
    "published_holdings",
    column(OF_ALL, BigInteger, autoincrement=False),
    _generation(),
    column("next_slot", Integer),
    PrimaryKeyConstraint(OF_ALL, "generation"),
    worker=_CHANGED,
)

# The index that answers, for all institutions of the database at once: one row; without it, the generation 0.
search_answering = queue_table(
    "search_answering",
    column("sole", Integer, primary_key=True, autoincrement=False, server_default=text("1")),
    column("generation", BigInteger),
    readable=("sole", "generation"),
)
published_answering = directory_table(
    "published_answering",
    column("sole", Integer, primary_key=True, autoincrement=False, server_default=text("1")),
    column("generation", BigInteger),
    worker=_CHANGED,
)
