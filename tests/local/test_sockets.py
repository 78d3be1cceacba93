"""Folders for sockets and ports: short, private, free."""

import socket
from pathlib import Path

import pytest

from fediflow.local.errors import UnableToStart
from fediflow.local.sockets import free_port, listen, socket_folder


def test_a_short_path_is_taken_as_it_is(tmp_path: Path):
    assert socket_folder(tmp_path / "run", "s", None) == tmp_path / "run"
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_long_path_gets_a_short_private_folder_and_the_same_again(tmp_path: Path):
    wanted = tmp_path / ("x" * 100) / "run"
    folder = socket_folder(wanted, "redis.sock", None)
    try:
        assert folder.stat().st_mode & 0o777 == 0o700
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "redis.sock"))
        assert socket_folder(wanted, "redis.sock", None) == folder
    finally:
        (folder / "redis.sock").unlink()
        folder.rmdir()


def test_a_folder_prepared_by_somebody_else_is_refused(tmp_path: Path):
    (tmp_path / "trap").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "trap")
    with pytest.raises(UnableToStart, match="belongs to somebody else"):
        socket_folder(tmp_path / "run", "s", None)


def test_a_free_port_is_none_that_linux_gives_to_others():
    with listen("127.0.0.1", free_port(), "the test") as taken:
        assert 1023 < taken.getsockname()[1] < 32_768


def test_a_port_in_use_is_one_sentence():
    with listen("127.0.0.1", 0, "the test") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnableToStart) as refused:
            listen("127.0.0.1", port, "the gateway")
    assert (
        refused.value.message == f"Port {port} on 127.0.0.1 is already in use: the gateway needs another one."
    )


def test_an_address_that_is_not_ours_is_one_sentence():
    with pytest.raises(UnableToStart, match=r"the gateway cannot listen on 192\.0\.2\.1, port 8000: "):
        listen("192.0.2.1", 8000, "the gateway")
