"""Gateways are replaced under load, and no request fails."""

import http.client
import json
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from tests.integration.cli.commands import DEADLINE, Commands, get, until

QUERY = json.dumps({"query": "{ currentTerm { id } courses(first: 5) { nodes { id } } }"}).encode()
CLIENTS = 4


class Load:
    """Clients that keep their connections and ask again and again; `failures` are those of all."""

    def __init__(self, port: int, tenant: str) -> None:
        self.answers = 0
        self.failures: list[str] = []
        self._port = port
        self._headers = {"content-type": "application/json", "fediflow-tenant": tenant}
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._over.wait(0.005):  # somebody else must get the processor, too
            try:
                connection.request("POST", "/graphql", QUERY, self._headers)
                response = connection.getresponse()
                body = json.loads(response.read())
                assert response.status == 200, body
                assert "errors" not in body, body
                self.answers += 1
            except (OSError, http.client.HTTPException, ValueError, AssertionError) as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()


def test_no_request_fails_while_the_gateways_are_replaced(
    fediflow: Commands, tenant: str, port: int, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with fediflow.running("serve", "--workers", "2", log=log, PORT=str(port)) as process:
        _until_said(process, log, "gateway serves", 2)
        before = _children(process)
        with Load(port, tenant) as load:
            until(lambda: load.answers > 50, process, log)
            process.send_signal(signal.SIGHUP)
            _until_said(process, log, "gateways were replaced", 1)
            reached = load.answers
            until(lambda: load.answers > reached + 50, process, log)
        assert load.failures == []
        after = _children(process)
        assert len(after) == 2
        assert not before & after
        assert "fediflow_pool_in_use" in get(f"http://127.0.0.1:{port}/metrics")[1].decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0


def test_gateways_that_cannot_be_replaced_go_on(
    fediflow: Commands, tenant: str, port: int, tmp_path: Path
) -> None:
    log, config = tmp_path / "log", tmp_path / "fediflow.toml"
    config.write_text("")
    with fediflow.running("serve", "--workers", "2", log=log, PORT=str(port), CONFIG=str(config)) as process:
        _until_said(process, log, "gateway serves", 2)
        before = _children(process)
        config.write_text('log_level = "loud"\n')
        process.send_signal(signal.SIGHUP)
        _until_said(process, log, "gateways are not replaced", 1)
        assert _children(process) == before
        assert get(f"http://127.0.0.1:{port}/readyz")[0] == 200


def _children(process: "subprocess.Popen[bytes]") -> set[int]:
    tasks = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return {int(word) for word in tasks.read_text().split()}


def _until_said(process: "subprocess.Popen[bytes]", log: Path, event: str, times: int) -> None:
    said: Callable[[], bool] = lambda: log.read_text().count(f'"event": "{event}"') >= times  # noqa: E731  # named for its type
    until(said, process, log)
