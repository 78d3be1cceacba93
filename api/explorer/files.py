"""The page's files, read once: each with its validator and, where that is smaller, compressed."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_ASSETS = "assets"
_MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """The bytes of a file, as they are and as gzip (None: not smaller), and a strong entity tag of each."""

    media: str
    plain: bytes
    packed: bytes | None
    etag: str

    @property
    def packed_etag(self) -> str:
        """The tag of the compressed bytes: other bytes, another tag."""
        return f'{self.etag[:-1]}-gzip"'


def page_file(name: str, content: bytes) -> PageFile:
    """The file of that name, whose ending says what it is."""
    packed = gzip.compress(content, 6, mtime=0)
    digest = hashlib.sha256(content).hexdigest()[:24]
    smaller = packed if len(packed) < len(content) else None
    return PageFile(_MEDIA[Path(name).suffix], content, smaller, f'"{digest}"')


@cache  # some tests make many applications
def page_files() -> Mapping[str, PageFile]:
    """Every file of the page by its path below the page's folder, such as `main.js` and `assets/editor.js`."""
    found = [(path.name, path) for path in _files_of("page")]
    found += [(f"{_ASSETS}/{path.name}", path) for path in _files_of(_ASSETS)]
    return {name: page_file(name, path.read_bytes()) for name, path in found}


def version_of(files: Mapping[str, PageFile]) -> str:
    """A name for exactly these files: addresses with it never change what they answer."""
    told = "\n".join(f"{name} {file.etag}" for name, file in sorted(files.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _files_of(folder: str) -> list[Path]:
    return sorted(path for path in (_HERE / folder).iterdir() if path.suffix in _MEDIA)
