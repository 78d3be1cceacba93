"""What people type becomes HTML with the links they meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.content.anchors import MentionAnchor
from federation.content.composing import Composed, Limits, TextFormat, compose, outline
from federation.content.handles import Handle, parse_handle
from federation.content.hashtags import hashtag_key
from federation.content.pieces import PieceKind, pieces
from federation.content.sanitising import LINK_RELATION, sanitised
from kernel.errors import InvalidInput
from kernel.visible_text import is_blank

ADA = MentionAnchor("https://uni.example/actors/1", "https://uni.example/@ada", "@ada@uni.example")
BOB = MentionAnchor("https://b.example/users/bob", "https://b.example/@bob", "@bob@b.example:8080")
PEOPLE = {"ada": ADA, "ada@uni.example": ADA, "bob@b.example:8080": BOB}


def composed(text: str, format: TextFormat = TextFormat.PLAIN) -> Composed:
    return compose(text, format, mentions=PEOPLE, hashtag_url=lambda key: f"https://uni.example/tags/{key}")


def link(href: str, text: str, classes: str = "") -> str:
    with_classes = f' class="{classes}"' if classes else ""
    return f'<a href="{href}"{with_classes} rel="{LINK_RELATION}">{text}</a>'


@pytest.mark.parametrize("format", list(TextFormat))
def test_mentions_hashtags_and_addresses_become_links(format: TextFormat) -> None:
    html = composed(
        "Hi @ada and @bob@b.example:8080, see https://a.example/x_(y). #Prüfung", format
    ).html.strip()
    assert html == (
        f"<p>Hi {link(ADA.url, '@ada', 'u-url mention')} and {link(BOB.url, '@bob@b.example:8080', 'u-url mention')}, "
        f"see {link('https://a.example/x_(y)', 'https://a.example/x_(y)')}. "
        f"{link('https://uni.example/tags/prüfung', '#Prüfung', 'mention hashtag')}</p>"
    )


def test_who_was_found_is_told_once() -> None:
    result = composed("@ada @ADA @ada@uni.example @eve https://a.example #a #A #b")
    assert result.mentions == (ADA,)
    assert result.hashtags == ("a", "b")
    assert result.links == 1
    assert "@eve" in result.html


def test_an_outline_names_everybody_by_key() -> None:
    named = outline("@Ada @ada, @bob@B.example:8080 #Eins #eins", TextFormat.PLAIN)
    assert named.handles == ("ada", "bob@b.example:8080")
    assert named.hashtags == ("Eins",)


@pytest.mark.parametrize(
    "text",
    [
        "`@ada #a https://a.example`",
        "```\n@ada #a\n```",
        "    @ada #a",
        "[@ada #a](https://a.example)",
        r"\@ada \#a",
    ],
)
def test_code_links_and_escapes_of_markdown_name_nobody(text: str) -> None:
    assert outline(text, TextFormat.MARKDOWN) == outline("x", TextFormat.MARKDOWN)
    assert "mention" not in composed(text, TextFormat.MARKDOWN).html


def test_an_escaped_sign_is_shown_as_itself() -> None:
    assert composed(r"\@ada \<b\> \*x\*", TextFormat.MARKDOWN).html == "<p>@ada &lt;b&gt; *x*</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "mail ada@uni.example",
        "https://a.example/@ada#b",
        "a@ada",
        "x#a",
        "@",
        "#",
        "# a",
        "#123",
        "&#39;",
        "##",
        "a/@ada",
    ],
)
def test_what_only_looks_like_a_name_is_none(text: str) -> None:
    assert outline(text, TextFormat.PLAIN) == outline("x", TextFormat.PLAIN)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("#日本語、次", "日本語"),
        ("#مرحبا_بكم!", "مرحبا_بكم"),
        ("#हिन्दी।", "हिन्दी"),
        ("#می‌خواهم", "می‌خواهم"),
        ("＃全角", "全角"),
        ("#ελληνικά.", "ελληνικά"),
        ("#with-dash", "with"),
        ("#1a", "1a"),
        ("(#a)", "a"),
        ("#a,#b", "a"),
        ("#a\u0308b", "a\u0308b"),
    ],
)
def test_hashtags_in_any_script(text: str, name: str) -> None:
    assert next(piece.text[1:] for piece in pieces(text) if piece.kind is PieceKind.HASHTAG) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [("#Straße", "STRASSE"), ("ｆｕｌｌ", "full"), ("é", "e\u0301"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("#می‌خواهم", "میخواهم"), ("＃a", "#A")],
)  # fmt: skip
def test_spellings_of_one_hashtag_have_one_key(one: str, other: str) -> None:
    assert hashtag_key(one) == hashtag_key(other) is not None


@pytest.mark.parametrize("name", ["", "#", "a b", "a-b", "123", "🐄", "a" * 101, "<b>", "#a#b", "\u200d"])
def test_what_is_no_hashtag_has_no_key(name: str) -> None:
    assert hashtag_key(name) is None


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("@ada", Handle("ada", None)),
        ("ada", Handle("ada", None)),
        ("acct:Ada@B.Example", Handle("Ada", "b.example")),
        ("@a.b-c@localhost:3000", Handle("a.b-c", "localhost:3000")),
        ("@a@müller.example", Handle("a", "xn--mller-kva.example")),
        ("@a@mu\u0308ller.example", Handle("a", "xn--mller-kva.example")),
        ("@a@xn--mller-kva.example", Handle("a", "xn--mller-kva.example")),
        ("@a@127.0.0.1:8000", Handle("a", "127.0.0.1:8000")),
        ("@a@b.example:0", None),
        ("@a@b.example:99999", None),
        ("@a@b@c", None),
        ("@a@-b.example", None),
        ("@a b", None),
        ("@" + "a" * 65, None),
        ("@a@" + "b." * 130 + "c", None),
        ("https://a.example/@b", None),
        ("", None),
    ],
)
def test_handles(text: str, handle: Handle | None) -> None:
    assert parse_handle(text) == handle


def test_a_sentence_ends_after_a_handle() -> None:
    found = [
        str(piece.handle)
        for piece in pieces("ask @ada. Or @bob@b.example. Or @eve@c.example:80:")
        if piece.handle
    ]
    assert found == ["@ada", "@bob@b.example", "@eve@c.example:80"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(https://a.example/x)", "https://a.example/x"),
        ("https://a.example/x.", "https://a.example/x"),
        ("https://a.example/?a=[1]&b=2!", "https://a.example/?a=[1]&b=2"),
        ('"https://a.example"', "https://a.example"),
        ("見https://a.example/日本。", None),
        ("HTTPS://A.example/", "HTTPS://A.example/"),
        ("https://", None),
        ("https://user:pass@a.example/", None),
        ("xhttps://a.example", None),
    ],
)
def test_addresses_end_where_people_end_them(text: str, address: str | None) -> None:
    assert next((piece.text for piece in pieces(text) if piece.kind is PieceKind.LINK), None) == address


def test_plain_text_has_paragraphs_and_breaks_and_no_markup() -> None:
    assert composed("a\r\nb\n\n\n<i>c</i> & *d*").html == "<p>a<br>b</p><p>&lt;i&gt;c&lt;/i&gt; &amp; *d*</p>"


def test_markdown_has_its_forms_but_no_html_and_no_pictures() -> None:
    html = composed(
        "# T\n\n- a\n- **b**\n\n~~c~~ <i>d</i>\n\n| x |\n|---|\n| y |\n\n![p](https://a.example)",
        TextFormat.MARKDOWN,
    ).html
    for form in ("<h1>T</h1>", "<li>a</li>", "<strong>b</strong>", "<s>c</s>", "<td>y</td>", "&lt;i&gt;d"):
        assert form in html
    assert "<img" not in html
    assert (
        composed("[x](javascript:alert(1))", TextFormat.MARKDOWN).html == "<p>[x](javascript:alert(1))</p>\n"
    )


@pytest.mark.parametrize("text", ["", "  \n", "a\0b"])
def test_a_text_says_something(text: str) -> None:
    with pytest.raises(InvalidInput):
        outline(text, TextFormat.PLAIN)


def test_a_text_is_limited_in_characters_mentions_and_hashtags() -> None:
    limits = Limits(characters=100, mentions=2, hashtags=2)
    outline("ä" * 100, TextFormat.PLAIN, limits=limits)
    outline("@a @b @a #a #b #A", TextFormat.PLAIN, limits=limits)
    for text, what in (("ä" * 101, "100 characters"), ("@a @b @c", "2 mentions"), ("#a #b #c", "2 hashtags")):
        with pytest.raises(InvalidInput, match=what):
            outline(text, TextFormat.PLAIN, limits=limits)


_TEXTS = st.lists(
    st.text(max_size=8) | st.sampled_from(["@ada", "#a", "https://a.example/", " ", "\n", "`", "**", "[", "](", ")", "<", "&", "\\", "> ", "- ", "|"]),
    max_size=20,
).map("".join)  # fmt: skip


@given(_TEXTS)
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


@given(_TEXTS.filter(lambda text: not is_blank(text) and "\0" not in text), st.sampled_from(TextFormat))
@settings(deadline=None)
def test_any_text_becomes_sanitised_html(text: str, format: TextFormat) -> None:
    html = composed(text, format).html
    assert sanitised(html) == html
