"""Packages for Node that a folder's `package.json` and lock name, installed once under `.cache/node`.

Node is optional everywhere here: who needs it says what is left out without it.
"""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_CACHE = _ROOT / ".cache" / "node"
_INSTALL_SECONDS = 300


class NodeMissing(Exception):
    """There is no Node here, or its packages cannot be had; the message says which."""


def node_modules(folder: Path) -> Path:
    """The `node_modules` of a folder that holds `package.json` and `package-lock.json`; `NodeMissing` says why not.

    Installed again when the lock changes. The result's parent holds copies of both files, so programs that import the
    packages are run from files written beside it, or with the packages' paths.
    """
    lock = folder / "package-lock.json"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NodeMissing("no node and npm on PATH")
    digest = hashlib.sha256(lock.read_bytes() + (folder / "package.json").read_bytes()).hexdigest()
    home = _CACHE / f"{folder.name}-{digest[:16]}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not (home / ".installed").exists():
            _install(folder, home)
            (home / ".installed").touch()
    return home / "node_modules"


def _install(folder: Path, home: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(folder / name, home / name)
    try:
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"],
            cwd=home,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NodeMissing(f"npm ci for {folder.name} took longer than {_INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        raise NodeMissing(f"npm ci failed for {folder.name}: {done.stderr.strip()[-400:]}")
