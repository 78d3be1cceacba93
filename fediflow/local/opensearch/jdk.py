"""Finds the Java that runs OpenSearch: a whole JDK, because what starts the server is compiled here."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST = 21
_INSTALLED = Path("/usr/lib/jvm")  # Debian, Ubuntu, Fedora, RHEL
_RELEASE = re.compile(r'JAVA_VERSION="(\d+)')


@dataclass(frozen=True, slots=True)
class Jdk:
    """A Java Development Kit; `version` is its major version."""

    home: Path
    version: int

    def program(self, name: str) -> str:
        """The path of `java`, `javac`, `jar`."""
        return str(self.home / "bin" / name)


@dataclass(frozen=True, slots=True)
class NoOpenSearch:
    """Why OpenSearch cannot be had on this machine, and what to install."""

    reason: str


def find_jdk(environment: Mapping[str, str] = os.environ) -> Jdk | NoOpenSearch:
    """The oldest JDK that is new enough, of those that JAVA_HOME, PATH and the system's folder name."""
    found = {jdk.home: jdk for home in _homes(environment) if (jdk := _inspected(home))}
    good = [jdk for jdk in found.values() if jdk.version >= OLDEST]
    if good:
        return min(good, key=lambda jdk: jdk.version)
    have = ", ".join(f"{jdk.version} in {jdk.home}" for jdk in found.values()) or "none"
    return NoOpenSearch(
        f"OpenSearch needs a JDK {OLDEST} or newer and there is none (found: {have}): "
        f"install one, as Debian's openjdk-{OLDEST}-jdk-headless, or name it by JAVA_HOME"
    )


def find_maven(environment: Mapping[str, str] = os.environ) -> str | NoOpenSearch:
    """The program that brings the jars."""
    return shutil.which("mvn", path=environment.get("PATH")) or NoOpenSearch(
        "OpenSearch's jars come by Maven and there is no mvn on PATH: install it, as Debian's maven"
    )


def _homes(environment: Mapping[str, str]) -> Iterator[Path]:
    if named := environment.get("JAVA_HOME"):
        yield Path(named)
    if on_path := shutil.which("javac", path=environment.get("PATH")):
        yield Path(on_path).resolve().parents[1]
    yield from sorted(_INSTALLED.glob("*"))


def _inspected(home: Path) -> Jdk | None:
    try:
        match = _RELEASE.search((home / "release").read_text())
    except OSError:
        return None
    if match is None or not (home / "bin" / "javac").exists():
        return None
    return Jdk(home.resolve(), int(match[1]))
