"""The tables of search, a module a topic; importing this package describes them all."""

from search.tables import index, queue, readers

__all__ = ["index", "queue", "readers"]
