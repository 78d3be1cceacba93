"""Node is optional, and what is installed for it is locked without naming where it comes from."""

import json

import pytest

from bench.node import NodeMissing, node_modules
from bench.peer_servers import FOLDER, PEERS


def test_without_node_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NodeMissing, match="no node and npm on PATH"):
        node_modules(FOLDER)


def test_lock_holds_digests_and_no_registry() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    installed = [one for path, one in packages.items() if path]
    assert all("integrity" in one and "resolved" not in one for one in installed)


def test_every_peer_has_a_program_and_a_package() -> None:
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    for name in PEERS:
        assert (FOLDER / f"{name}.mjs").exists()
        assert name in wanted
