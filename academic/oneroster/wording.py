"""What a set itself calls its files and their columns, so that a fault is found where it is named."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """Names of files by the standard's, names of columns by the file and the record's field."""

    files: Mapping[str, str]
    columns: Mapping[tuple[str, str], str]

    def file(self, name: str) -> str:
        """What the file is called; one that is not there, what it would be called."""
        return self.files.get(name, f"{name}.csv")

    def column(self, file: str, field: str) -> str | None:
        """The column that a field is read from, if such a file has one."""
        return self.columns.get((file, field))
