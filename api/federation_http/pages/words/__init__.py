"""What pages say by themselves, a file for each language they speak; texts of the institution come in its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import orjson

from api.federation_http.pages.plurals import plural_of
from kernel.languages import choose_language


class Words:
    """The sentences of a language by name; placeholders stand in braces. What counts has a sentence for each plural."""

    def __init__(self, language: str, sentences: Mapping[str, str | Mapping[str, str]]) -> None:
        self.language = language
        self.sentences = sentences

    def __getitem__(self, name: str) -> str:
        return cast(str, self.sentences[name])

    def counted(self, name: str, number: int) -> str:
        """The sentence for so many."""
        forms = cast(Mapping[str, str], self.sentences[name])
        return forms[plural_of(self.language, number)].format(count=number)


def words_for(languages: Sequence[str]) -> Words:
    """The words in the first of these languages that pages speak, else in English."""
    return LANGUAGES[choose_language(list(LANGUAGES), [*languages, "en"])]


def _read(path: Path) -> Words:
    return Words(path.stem, orjson.loads(path.read_bytes()))


LANGUAGES: Mapping[str, Words] = {
    path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.json"))
}
