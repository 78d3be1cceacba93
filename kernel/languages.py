"""Language tags in their canonical form, texts tagged with them, and the choice of the one to show."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from kernel.errors import InvalidInput
from kernel.visible_text import is_blank

LanguageText = Mapping[str, str]
"""Canonical BCP 47 tag to text; at least one, none blank."""

# RFC 5646 section 2.1 without the grandfathered irregular tags, which nobody may use for new content.
_TAG = re.compile(
    r"""(?: [a-z]{2,3} (?:-[a-z]{3}){0,3} | [a-z]{4} | [a-z]{5,8} )
        (?: -[a-z]{4} )?
        (?: -(?:[a-z]{2}|[0-9]{3}) )?
        (?P<variants> (?: -(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}) )* )
        (?P<extensions> (?: -[0-9a-wy-z](?:-[a-z0-9]{2,8})+ )* )
        (?: -x(?:-[a-z0-9]{1,8})+ )?""",
    re.VERBOSE | re.ASCII,
)
_LONGEST_TAG = 64


def language_tag(value: str) -> str:
    """The tag as BCP 47 writes it (`zh-hant-tw` gives `zh-Hant-TW`); raises `InvalidInput` for what is none."""
    lowered = value.lower()
    match = _TAG.fullmatch(lowered) if len(value) <= _LONGEST_TAG else None
    if match is None or not _is_free_of_repeats(match["variants"], match["extensions"]):
        raise InvalidInput(
            f"{value[:_LONGEST_TAG]!r} is not a BCP 47 language tag", path="language", value=value
        )
    return "-".join(_cased(lowered.split("-")))


def language_text(values: Mapping[str, str], *, path: str = "text", longest: int = 100_000) -> dict[str, str]:
    """The texts under canonical tags, otherwise as given; raises `InvalidInput` for none, blank, too long or twice."""
    if not values:
        raise InvalidInput("a text is given in at least one language", path=path)
    texts: dict[str, str] = {}
    for given, text in values.items():
        try:
            tag = language_tag(given)
        except InvalidInput as error:
            raise InvalidInput(error.message, path=path, value=given) from None
        if tag in texts:
            raise InvalidInput(f"a text is given once per language, {tag} came twice", path=path)
        if is_blank(text) or "\0" in text or len(text) > longest:
            raise InvalidInput(
                f"the text in {tag} is blank, has a U+0000 or over {longest} characters", path=path
            )
        texts[tag] = text
    return texts


def choose_language(available: Collection[str], preferred: Sequence[str]) -> str:
    """The language to show, by the lookup of RFC 4647 section 3.4; the first available where none fits.

    A JSON object of the database keeps no order: whoever wants a tenant's default puts it last into `preferred`.
    """
    if not available:
        raise InvalidInput("there is no language to choose from", path="languages")
    by_lowered = {tag.lower(): tag for tag in available}
    candidates = (candidate for wanted in preferred for candidate in ever_wider(wanted.lower()))
    fitting = (by_lowered[candidate] for candidate in candidates if candidate in by_lowered)
    return next(fitting, next(iter(available)))


def ever_wider(wanted: str) -> Iterator[str]:
    """`zh-hant-cn-x-private` -> itself, `zh-hant-cn`, `zh-hant`, `zh`: a lone letter goes with what it introduced."""
    parts = wanted.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        while parts and len(parts[-1]) == 1:
            parts.pop()


def _is_free_of_repeats(variants: str, extensions: str) -> bool:
    singletons = [part for part in extensions.split("-") if len(part) == 1]
    variant_list = variants.split("-")[1:]
    return len(set(singletons)) == len(singletons) and len(set(variant_list)) == len(variant_list)


def _cased(parts: Sequence[str]) -> Iterator[str]:
    """RFC 5646 section 2.1.1: region upper, script title, and all lower once a single letter has come."""
    after_singleton = False
    for place, part in enumerate(parts):
        after_singleton = after_singleton or len(part) == 1
        if place == 0 or after_singleton or len(part) not in (2, 4) or part[0].isdigit():
            yield part
        else:
            yield part.upper() if len(part) == 2 else part.title()
