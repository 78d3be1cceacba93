"""What letters and the page that ends them say by themselves, in the languages they speak: a file for each."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from kernel.languages import choose_language


class Words(Mapping[str, str]):
    """The sentences of a language by name; placeholders stand in braces."""

    def __init__(self, language: str, sentences: Mapping[str, str]) -> None:
        self.language = language
        self._sentences = sentences

    def __getitem__(self, name: str) -> str:
        return self._sentences[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)

    def __len__(self) -> int:
        return len(self._sentences)


def words_for(languages: Sequence[str]) -> Words:
    """The words in the first of these languages that there are words in, else in English."""
    return LANGUAGES[choose_language(list(LANGUAGES), [*languages, "en"])]


def _read(path: Path) -> Words:
    return Words(path.stem, orjson.loads(path.read_bytes()))


LANGUAGES: Mapping[str, Words] = {
    path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.json"))
}
