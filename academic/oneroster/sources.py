"""Where the files of a set come from: a folder, or memory."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from kernel.errors import InvalidInput


class FileSource(Protocol):
    """Names of CSV files, and each opened only when it is asked for."""

    def names(self) -> Sequence[str]:
        """The CSV files there are, sorted."""

    def open(self, name: str) -> BinaryIO:
        """One of them as bytes; the caller closes it."""


class FolderFiles:
    """The CSV files directly in a folder."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InvalidInput(f"{folder} is not a folder", path="folder")
        self._folder = folder

    def names(self) -> Sequence[str]:
        """The CSV files there are, sorted."""
        return sorted(
            path.name for path in self._folder.iterdir() if path.suffix.lower() == ".csv" and path.is_file()
        )

    def open(self, name: str) -> BinaryIO:
        """One of them as bytes."""
        return (self._folder / name).open("rb")


class MemoryFiles:
    """Files given as bytes by name, as an upload has them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def names(self) -> Sequence[str]:
        """The files there are, sorted."""
        return sorted(self._files)

    def open(self, name: str) -> BinaryIO:
        """One of them as bytes."""
        return BytesIO(self._files[name])
