"""HTML as text, the links in it, and previews."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.content.plain_text import count_links, links_in, preview, text_of


def test_html_is_read_as_lines() -> None:
    html = "<h1>T</h1><p>a &amp; b<br>c</p><ul><li>d</li><li>e</li></ul><table><tr><td>f</td><td>g</td></tr></table>"
    assert text_of(html) == "T\n\na & b\nc\n\n- d\n- e\n\nf g"


def test_what_is_not_shown_is_not_read() -> None:
    assert text_of("a<script>b</script><style>c</style><!-- d -->") == "a"
    assert text_of("&lt;b&gt;") == "<b>"


def test_links_are_counted_without_mentions_and_hashtags() -> None:
    html = (
        '<a href="https://a.example/">x</a><a href="https://a.example/">y</a><a href="javascript:z">z</a>'
        '<a href="https://b.example/@c" class="u-url mention">@c</a><a href="https://b.example/t" class="hashtag">#t</a>'
    )
    assert links_in(html) == ("https://a.example/", "https://a.example/")
    assert count_links(html) == 2


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("a  b\n c", 10, "a b c"),
        ("abcdefgh", 8, "abcdefgh"),
        ("abcdefghi", 8, "abcdefg…"),
        ("one two three four", 15, "one two three…"),
        ("one 234567890123456789", 15, "one 2345678901…"),
        ("abe\u0301f", 4, "ab…"),
        ("ab👩‍👩‍👧x", 4, "ab…"),
        ("ab👍🏽x", 4, "ab…"),
        ("ab❤️x", 4, "ab…"),
        ("🇩🇪🇫🇷x", 4, "🇩🇪…"),
        ("a\u202eb\u202cc\u2066d", 10, "abcd"),
        ("a\u200bb\ufeff\u00adc", 10, "abc"),
        ("می‌خواهم", 20, "می‌خواهم"),
        ("a\x00\x07b", 5, "ab"),
        ("", 5, ""),
        ("👩‍👩‍👧", 3, "👩\u200d…"),
    ],
)
def test_previews(text: str, most: int, shown: str) -> None:
    assert preview(text, most) == shown


@given(st.text(max_size=60), st.integers(2, 30))
def test_a_preview_is_one_short_line(text: str, most: int) -> None:
    shown = preview(text, most)
    assert len(shown) <= most
    assert "\n" not in shown
    assert not any(
        unicodedata.bidirectional(one) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        for one in shown
    )
    assert preview(shown, most) == shown
