"""OpenSearch's jars and the class that starts it, in a cache folder that is made once for each content."""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fediflow.local.errors import UnableToStart
from fediflow.local.folder import said_plainly
from fediflow.local.opensearch.jdk import Jdk, NoOpenSearch, find_jdk, find_maven

_HERE = Path(__file__).parent
_POM, _NODE = _HERE / "pom.xml", _HERE / "OpenSearchNode.java"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_MAVEN_MAY_TAKE = 900.0  # 180 MB over a slow line
_JAVAC_MAY_TAKE = 180.0


@dataclass(frozen=True, slots=True)
class OpenSearchJars:
    """What a server is started from."""

    jdk: Jdk
    folder: Path

    def command(self, *, heap: str, optimise: bool, home: Path, settings: Sequence[str] = ()) -> list[str]:
        """The program and its arguments; `optimise` costs seconds of CPU time at the start and pays after minutes."""
        return [
            *_java(self.jdk, self.folder, heap),
            f"-XX:SharedArchiveFile={self.folder / 'classes.jsa'}",
            *([] if optimise else ["-XX:TieredStopAtLevel=1"]),
            f"-Djava.io.tmpdir={home / 'tmp'}",
            f"-Djna.tmpdir={home / 'tmp'}",
            "OpenSearchNode",
            str(home),
            *settings,
        ]


def missing() -> NoOpenSearch | None:
    """What this machine lacks to run an OpenSearch, if anything."""
    for found in (find_jdk(), find_maven()):
        if isinstance(found, NoOpenSearch):
            return found
    return None


def prepared_jars(cache_dir: Path) -> OpenSearchJars:
    """Brings and compiles what `cache_dir` lacks (a minute, 180 MB); raises `UnableToStart` with what is missing."""
    jdk = find_jdk()
    if isinstance(jdk, NoOpenSearch):
        raise UnableToStart(f"{jdk.reason}.")
    folder = _folder(cache_dir, jdk)
    if not folder.exists():
        with said_plainly(cache_dir):
            cache_dir.mkdir(parents=True, exist_ok=True)
            with (cache_dir / "opensearch.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not folder.exists():
                    _make(folder, jdk)
    return OpenSearchJars(jdk, folder)


def are_prepared(cache_dir: Path) -> bool:
    """Whether `prepared_jars` has nothing to bring."""
    jdk = find_jdk()
    return isinstance(jdk, Jdk) and _folder(cache_dir, jdk).exists()


def _folder(cache_dir: Path, jdk: Jdk) -> Path:
    content = _POM.read_bytes() + _NODE.read_bytes() + str(jdk.version).encode()
    return cache_dir / f"opensearch-{hashlib.sha256(content).hexdigest()[:16]}"


def _make(folder: Path, jdk: Jdk) -> None:
    maven = find_maven()
    if isinstance(maven, NoOpenSearch):
        raise UnableToStart(f"{maven.reason}.")
    for abandoned in folder.parent.glob("bringing-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="bringing-") as name:
        staging = Path(name) / "whole"
        classes, jars = Path(name) / "classes", staging / "lib"
        _run(
            "Maven could not bring OpenSearch's jars",
            [
                maven,
                "-B",
                "-q",
                "-f",
                str(_POM),
                _COPY,
                f"-DoutputDirectory={jars}",
                "-DincludeScope=runtime",
            ],
            within=_MAVEN_MAY_TAKE,
        )
        compiler = [jdk.program("javac"), "-proc:none", "-nowarn", "-cp", f"{jars}/*", "-d", str(classes)]
        _run("OpenSearchNode.java could not be compiled", [*compiler, str(_NODE)], within=_JAVAC_MAY_TAKE)
        packer = [jdk.program("jar"), "cf", str(jars / "opensearch-node.jar"), "-C", str(classes), "."]
        _run("OpenSearchNode could not be packed", packer, within=_JAVAC_MAY_TAKE)
        for path in (staging, jars):
            path.chmod(0o755)
        staging.rename(folder)
        _archive_classes(folder, jdk, Path(name) / "home")


def _archive_classes(folder: Path, jdk: Jdk, home: Path) -> None:
    """Starts once and keeps the loaded classes, which halves each start; without them it is only slower."""
    (home / "tmp").mkdir(parents=True)
    (home / "password").write_text("archive")
    unfinished = folder / "classes.unfinished"
    command = [
        *_java(jdk, folder, "512m"),
        f"-XX:ArchiveClassesAtExit={unfinished}",
        "-Dnode.once=true",
        "OpenSearchNode",
        str(home),
    ]
    try:
        _run("OpenSearch did not start", command, within=_JAVAC_MAY_TAKE)
    finally:
        if unfinished.exists():
            unfinished.chmod(0o644)
            unfinished.rename(folder / "classes.jsa")


def _java(jdk: Jdk, folder: Path, heap: str) -> list[str]:
    return [
        jdk.program("java"),
        f"-Xms{heap}",
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-Xlog:disable",
        "-Djava.awt.headless=true",
        "-Dfile.encoding=UTF-8",
        "--enable-native-access=ALL-UNNAMED",
        "-Djna.nosys=true",
        "-Dlog4j2.disable.jmx=true",
        "-Dlog4j.shutdownHookEnabled=false",
        "-Dorg.apache.logging.log4j.level=WARN",
        "-cp",
        str(folder / "lib" / "*"),
    ]


def _run(what: str, command: list[str], *, within: float) -> None:
    """Runs a program of the preparation; its end is ours, also where it has children."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        raise UnableToStart(f"{what}: it was not done within {within:.0f} s.") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode != 0:
        lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
        last = next(
            (line for line in lines if "ERROR" in line or "rror:" in line), (lines or ["it said nothing"])[-1]
        )
        raise UnableToStart(f"{what}: {last.strip()}", log="\n".join(lines[-40:]))
