"""HTML back to plain text, the links in it, and previews that end between two characters as people see them."""

import re
import unicodedata
from html.parser import HTMLParser

from federation.content.sanitising import sanitised


def text_of(html: str) -> str:
    """What a reader sees, as lines: paragraphs are parted by a blank line, entries of lists begin with a dash."""
    reader = _Reader()
    reader.feed(sanitised(html))
    reader.close()
    lines = "\n".join(line.strip() for line in "".join(reader.parts).split("\n"))
    return _MANY_BREAKS.sub("\n\n", lines).strip()


def links_in(html: str) -> tuple[str, ...]:
    """The addresses that are linked, each as often as it is; mentions and hashtags are none."""
    reader = _Reader()
    reader.feed(sanitised(html))
    reader.close()
    return tuple(reader.links)


def count_links(html: str) -> int:
    """How many links there are that are no mentions or hashtags."""
    return len(links_in(html)) if "<a" in html.lower() else 0


def preview(text: str, most: int) -> str:
    """One line of at most `most` characters (at least 2): whitespace as single spaces, an ellipsis where it was cut.

    It is cut between two characters as people see them (not within an emoji, a flag or a letter with its marks), between
    words where one ends near. Controls that turn the direction of text are left out: cut off from their end, they would
    turn what stands after the preview.
    """
    line = " ".join(text.translate(_WITHOUT_CONTROLS).split())
    if len(line) <= most:
        return line
    end = _boundary(line, most - 1)
    word = line.rfind(" ", 0, end + 1)
    return line[: word if word > end * 0.8 else end].rstrip() + "…"


class _Reader(HTMLParser):
    """Reads sanitised HTML only, which is well-formed and small."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "tr", "dt", "dd"):
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a":
            self._link(dict(attrs))
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def _link(self, attributes: dict[str, str | None]) -> None:
        href = attributes.get("href")
        if href and not {"mention", "hashtag"}.intersection((attributes.get("class") or "").split()):
            self.links.append(href)


_BLOCK_NAMES = "p blockquote pre h1 h2 h3 h4 h5 h6 ul ol dl table hr"
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_MANY_BREAKS = re.compile(r"\n{3,}")

_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (0x200B, 0x2060, 0xFEFF, 0x00AD)
_CONTROLS = (one for one in (*range(0x20), *range(0x7F, 0xA0)) if not chr(one).isspace())
_WITHOUT_CONTROLS = dict.fromkeys((*_DIRECTIONS, *_INVISIBLE, *_CONTROLS))

_ZERO_WIDTH_JOINER = "\u200d"


def _boundary(line: str, end: int) -> int:
    """The last place up to `end` that is not within a character as people see it; `end` itself where there is none."""
    place = end
    while place > 0 and _is_within(line, place):
        place -= 1
    return place or end


def _is_within(line: str, place: int) -> bool:
    before, after = line[place - 1], line[place]
    return before == _ZERO_WIDTH_JOINER or _extends(after) or _splits_flag(line, place)


def _extends(character: str) -> bool:
    """Marks, joiners, variation selectors, skin tones, tag characters and the later parts of a Hangul syllable."""
    code = ord(character)
    return (
        unicodedata.category(character)[0] == "M"
        or character == _ZERO_WIDTH_JOINER
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or 0x1160 <= code <= 0x11FF
    )


def _splits_flag(line: str, place: int) -> bool:
    """Two regional indicators are one flag: they are paired from the first of a row on."""
    if not (_is_regional(line[place]) and _is_regional(line[place - 1])):
        return False
    row = 0
    while place - row > 0 and _is_regional(line[place - row - 1]):
        row += 1
    return row % 2 == 1


def _is_regional(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF
