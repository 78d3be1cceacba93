"""Changes are cut into parts that one transaction takes in time."""

from search.model import Document, Kind, Put, Reference, Remove
from search.postgres.parts import LONG, parts


def _text(id_: int, length: int) -> Put:
    return Put(Document(Reference(Kind.POST, id_), {}, {"en": "x" * length}), 1)


def _lengths(*changes: Put | Remove) -> list[int]:
    found = list(parts(changes))
    assert [one for part in found for one in part] == list(changes)
    return [len(part) for part in found]


def test_many_short_texts_are_cut_by_their_number() -> None:
    assert _lengths(*(_text(id_, 100) for id_ in range(1_200))) == [500, 500, 200]


def test_long_texts_are_cut_by_their_length() -> None:
    assert _lengths(*(_text(id_, LONG // 2) for id_ in range(5))) == [2, 2, 1]


def test_what_is_too_long_for_others_beside_it_is_alone() -> None:
    assert _lengths(_text(1, 10), _text(2, 3 * LONG), Remove(Reference(Kind.POST, 3), 1)) == [1, 1, 1]


def test_of_nothing_there_is_no_part() -> None:
    assert _lengths() == []
