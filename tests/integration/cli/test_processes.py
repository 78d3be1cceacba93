"""`serve` and `worker` as processes: they answer, count, log as JSON without secrets, and stop when told to."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from fediflow.local.sockets import free_port
from tests.integration.cli.commands import DEADLINE, Commands, get, until

QUERY = {"query": "{ viewer { handle } }"}


@pytest.fixture(scope="module")
def token(fediflow: Commands, tenant: str) -> str:
    made = fediflow.ok("token", "create", "--tenant", tenant, "--user", "ada", "--name", "processes")
    return str(made["token"])


def stop(process: "subprocess.Popen[bytes]", number: signal.Signals = signal.SIGTERM) -> int:
    process.send_signal(number)
    return process.wait(DEADLINE)


def logged(log: Path) -> list[dict[str, object]]:
    whole = [line for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [json.loads(line) for line in whole]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_gateway_serves_until_it_is_told_to_stop(
    fediflow: Commands, tenant: str, token: str, port: int, workers: int, tmp_path: Path
) -> None:
    log, at = tmp_path / "log", f"http://127.0.0.1:{port}"
    as_ada = {"Authorization": f"Bearer {token}"}
    with fediflow.running("serve", "--workers", str(workers), log=log, PORT=str(port)) as process:
        until(lambda: get(f"{at}/readyz")[0] == 200, process, log)
        assert json.loads(get(f"{at}/graphql", as_ada, QUERY)[1])["data"] == {"viewer": {"handle": "ada"}}
        wrong = {"Authorization": f"Bearer {token[:-1]}{'y' if token.endswith('x') else 'x'}"}
        assert json.loads(get(f"{at}/graphql", wrong, QUERY)[1])["errors"][0]["extensions"]["code"]
        home = json.loads(get(f"{at}/", {"Host": "cli.example.edu"})[1])
        assert home["tenant"]["slug"] == tenant
        figures = get(f"{at}/metrics")[1].decode()
        assert 'fediflow_requests_total{kind="query",outcome="ok"} 1.0' in figures
        for figure in (
            "fediflow_plan_cache_misses_total",
            "fediflow_pool_in_use",
            "fediflow_request_seconds_bucket",
        ):
            assert figure in figures
        # one that answers is not yet all of them
        until(lambda: _told(log, "gateway serves") == workers, process, log)
        assert stop(process) == 0
    text = log.read_text()
    assert token not in text
    assert "Lovelace" not in text
    assert _told(log, "gateway stopped") == workers


def test_where_it_serves_is_said_in_one_line_of_json(fediflow: Commands, port: int, tmp_path: Path) -> None:
    for words, settings, said in (
        (("serve",), {"PORT": str(port)}, {"host": "127.0.0.1", "port": port, "workers": 1}),
        (("worker",), {"WORKER_PORT": str(port)}, {"figures": port}),
    ):
        log = tmp_path / words[0]
        with fediflow.running(*words, "--json", log=log, **settings) as process:
            until(lambda log=log: "\n" in log.read_text(), process, log)  # type: ignore[misc]
            assert stop(process) in (0, -signal.SIGTERM)  # it may not have come to handling signals
        assert json.loads(log.read_text().splitlines()[0]) == said


def test_a_port_in_use_is_one_sentence(fediflow: Commands, port: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with fediflow.running("serve", log=log, PORT=str(port)) as process:
        until(lambda: get(f"http://127.0.0.1:{port}/livez")[0] == 200, process, log)
        fediflow("serve", PORT=str(port)).failed(5, f"Port {port}")
        assert stop(process, signal.SIGINT) == 0


def test_a_worker_numbers_tells_and_stops(
    fediflow: Commands, tenant: str, token: str, port: int, tmp_path: Path
) -> None:
    worker_log, gateway_log, figures_port = tmp_path / "worker", tmp_path / "gateway", free_port()
    own = f"http://127.0.0.1:{figures_port}/metrics"
    at = f"http://127.0.0.1:{port}"

    def shown(address: str, figure: str) -> bool:
        return any(line.startswith(figure) for line in get(address)[1].decode().splitlines())

    with (
        fediflow.running("worker", log=worker_log, WORKER_PORT=str(figures_port)) as worker,
        fediflow.running("serve", log=gateway_log, PORT=str(port)) as gateway,
    ):
        until(
            lambda: shown(own, 'fediflow_outbox_consumer_position{consumer="announcer"'), worker, worker_log
        )
        for figure in (
            "fediflow_deliveries_waiting{",
            "fediflow_delivery_attempts_total{",
            "fediflow_remote_hosts{",
        ):
            until(lambda figure=figure: shown(own, figure), worker, worker_log)  # type: ignore[misc]
        assert get(f"http://127.0.0.1:{figures_port}/livez")[0] == 200
        assert get(f"http://127.0.0.1:{figures_port}/nothing")[0] == 404
        until(
            lambda: shown(f"{at}/metrics", 'fediflow_outbox_age_seconds{shard="one"}'), gateway, gateway_log
        )
        assert stop(worker) == 0
        assert stop(gateway) == 0
    assert {line["event"] for line in logged(worker_log)} >= {"worker works", "worker stopped"}


def _told(log: Path, event: str) -> int:
    """How often the log says so."""
    return sum(line["event"] == event for line in logged(log))
