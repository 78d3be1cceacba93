"""In which order a reader is shown the languages of what was found."""

from collections.abc import Sequence

from search.language.tags import reduced_all


def reader_order(languages: Sequence[str], *, institution: Sequence[str] = ()) -> tuple[str, ...]:
    """What `search.model.Query.reader_languages` is to be: as the reader wants them, then the institution's."""
    return reduced_all((*languages, *institution))
