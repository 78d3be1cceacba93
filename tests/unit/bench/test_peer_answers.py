"""Answers of servers with other spellings are compared by what they say."""

from bench.peer_answers import plain

_OURS = {
    "id": "course_12",
    "title": {"text": "Statics"},
    "visibility": "TENANT",
    "updatedAt": "2026-01-02T03:04:05.000006Z",
    "nodes": [{"id": "user_7", "state": "ACTIVE"}],
}
_THEIRS = {
    "id": "12",
    "title": {"de": "Statik", "en": "Statics"},
    "visibility": "tenant",
    "updatedAt": "2026-01-02T03:04:05.000006+00:00",
    "nodes": [{"id": "7", "state": "active"}],
}


def test_same_data_in_another_spelling_is_the_same() -> None:
    assert plain(_OURS) == plain(_THEIRS)


def test_other_value_order_or_moment_is_another_answer() -> None:
    others: tuple[dict[str, object], ...] = (
        {"id": "13"},
        {"title": {"de": "Statik"}},
        {"updatedAt": "2026-01-02T03:04:05+00:00"},
        {"nodes": []},
    )
    for other in others:
        assert plain(_OURS) != plain({**_THEIRS, **other})
