"""The explorer's bundle is what its sources and its lock make, and says whose work is in it."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.e2e.judges import node_packages

EXPLORER = Path(__file__).parents[2] / "api" / "explorer"
EDITOR = EXPLORER / "editor"
ASSETS = EXPLORER / "assets"


def test_a_rebuild_gives_the_same_bytes(tmp_path: Path) -> None:
    copy = shutil.copytree(EDITOR, tmp_path / "editor", ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(node_packages(EDITOR))
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=copy, check=True, timeout=300)
    for name in ("editor.js", "LICENSES.txt"):
        assert (tmp_path / name).read_bytes() == (ASSETS / name).read_bytes(), f"{name}: npm run build"


def test_the_lock_names_no_host() -> None:
    assert "://" not in (EDITOR / "package-lock.json").read_text()


def test_every_library_comes_with_its_licence() -> None:
    told = (ASSETS / "LICENSES.txt").read_text()
    named = re.findall(r"^(\S+) [\d.]+ \(MIT\)$", told, re.MULTILINE)
    assert {"@codemirror/view", "@lezer/lr", "cm6-graphql", "graphql", "graphql-language-service"} <= set(
        named
    )
    assert told.lower().count("permission is hereby granted") == len(named)
