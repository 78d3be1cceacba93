"""What can be seen of a text."""

import pytest

from kernel.visible_text import is_blank, is_line, self_contained

LEFT, POP, ISOLATE, END = "\u202e", "\u202c", "\u2066", "\u2069"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\n\u3000",
        "\u200b\u2060\ufeff\u00ad",
        "\u202e\u2066\u2069",
        "\u3164\u2800\u115f",
        "\u200d\ufe0f",
    ],
)
def test_what_nobody_sees_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200bا", "می\u200cشود", "👨\u200d👩\u200d👧", "\u0600", "。"])
def test_whatever_is_seen_is_not(text: str) -> None:
    assert not is_blank(text)


def test_a_line_may_hold_joiners_and_no_breaks() -> None:
    assert is_line("می\u200cشود 👨\u200d👩\u200d👧")
    assert not any(map(is_line, ("a\nb", "a\u2028b", "a\x07b", "a\ud800")))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", "plain"),
        (f"a{ISOLATE}b{END}", f"a{ISOLATE}b{END}"),
        (f"a{LEFT}b", "ab"),
        (f"a{LEFT}b{POP}{END}", "ab"),
        (f"a{LEFT}{ISOLATE}b{POP}{END}", "ab"),
        (f"{END}a", "a"),
    ],
)
def test_controls_of_direction_stay_where_they_are_closed(text: str, left: str) -> None:
    assert self_contained(text) == left
