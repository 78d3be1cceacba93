"""The versions that this program serves follow from the migrations there are."""

import subprocess
import sys
from pathlib import Path

from migrations.schema import History
from migrations.versions import KNOWN_VERSIONS, VERSIONS, newest, versions_in

_ROOT = Path(__file__).parents[3]


def test_a_migration_that_is_added_is_served_without_being_named(tmp_path: Path) -> None:
    for name in (
        "0001_foundation.py",
        "0001_foundation.sql",
        "0002_rooms.py",
        "__init__.py",
        "0003_later.sql",
    ):
        (tmp_path / name).touch()
    assert versions_in(tmp_path) == {"0001", "0002"}
    assert newest(versions_in(tmp_path)) == "0002"


def test_every_history_serves_its_newest_version() -> None:
    for history in History:
        assert newest(VERSIONS[history]) in KNOWN_VERSIONS[history]


def test_drafting_without_a_history_says_which_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "migrations.draft"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "directory|shard|metrics" in done.stderr
    assert "Traceback" not in done.stderr
