"""Judges that are not ours: packages for Node, and a browser. Without them a test skips, or fails where they are required."""

import shutil
from pathlib import Path

from bench.node import NodeMissing, node_modules
from tests.servers import unavailable

_HERE = Path(__file__).parent


def node_packages(folder: Path = _HERE) -> Path:
    """The `node_modules` of a folder's `package.json`; of that beside this file, if none is given."""
    try:
        return node_modules(folder)
    except NodeMissing as missing:
        return unavailable("NODE", str(missing))


def chromium() -> str:
    """The browser's program."""
    return (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or unavailable("CHROMIUM", "no chromium is on PATH (Debian: chromium)")
    )
