"""`up`: everything on one machine, ready to use, kept over restarts and crashes, gone when told to stop."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from fediflow.local.sockets import free_port
from tests.integration.cli.commands import DEADLINE, Commands, get, until
from tests.integration.cli.test_import import FILES
from tests.servers import require_opensearch, server_folder, small_disk


def told(log: Path) -> Any:
    """What `up --json` said, None before it did."""
    text = log.read_text()
    return json.loads(text[text.index("{") :]) if text.rstrip().endswith("}") else None


def ask(demo: Any, role: str, query: str, tenant: int = 0) -> Any:
    token = demo["tenants"][tenant]["tokens"][role]
    return json.loads(get(demo["graphql"], {"Authorization": f"Bearer {token}"}, {"query": query})[1])


def processes_of(folder: Path) -> list[str]:
    """The processes that have to do with a data directory."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environ = (process / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(folder) in words or str(folder) in environ:
                found.append(words)
    return found


def stop(process: "subprocess.Popen[bytes]", number: signal.Signals) -> int:
    process.send_signal(number)
    return process.wait(DEADLINE)


def operator_of(data: Path) -> Commands:
    """The command line for a machine that runs, as `up` says to call it."""
    return Commands({}, ("--config", str(data / "fediflow.toml")))


def every_command_works(operator: Commands, port: int, folder: Path) -> None:
    """What an operator does with an installation, on the one that `up` runs."""
    values = {row["key"]: row["value"] for row in operator.ok("config")}
    assert values["FEDIFLOW_PORT"] == str(port)
    assert values["FEDIFLOW_WORKER_PASSWORD"] == "********"
    assert values["FEDIFLOW_KEY_ENCRYPTION_KEYS"] == "********"
    assert not any(row["error"] for row in operator.ok("keys", "rotate"))
    assert {row["state"] for row in operator.ok("keys", "status")} <= {"current"}
    assert [row["name"] for row in operator.ok("shard", "list") if row["served"]] == ["one", "two"]
    assert not any(row["changed"] for row in operator.ok("migrate"))
    assert operator.ok("lint", "database") == []
    operator.ok("tenant", "create", "--slug", "kept-university", "--name", "en=K", "--shard", "one")
    of_kept = ("--tenant", "kept-university")
    operator.ok(
        *("user", "create", *of_kept, "--handle", "ada", "--given-name", "Ada", "--family-name", "L"),
        *("--email", "ada@kept.example.edu", "--role", "tenant_admin", "--password-stdin"),
        text="correct horse battery\n",
    )
    token = operator.ok("token", "create", *of_kept, "--user", "ada", "--name", "t")["token"]
    answer = get(
        f"http://localhost:{port}/graphql",
        {"Authorization": f"Bearer {token}"},
        {"query": "{ viewer { handle } }"},
    )
    assert json.loads(answer[1])["data"] == {"viewer": {"handle": "ada"}}
    (folder / "set").mkdir()
    for name, content in FILES.items():
        (folder / "set" / f"{name}.csv").write_text(content)
    operator.ok("import", "oneroster", str(folder / "set"), "--tenant", "auenfels", "--dry-run")
    operator.ok("export", str(folder / "export"), *of_kept)
    assert (folder / "export" / "manifest.json").exists()


def test_the_demo_is_ready_kept_over_a_crash_and_leaves_nothing_running(tmp_path: Path) -> None:
    fediflow, port = Commands({}), free_port()
    with server_folder() as folder:
        data = folder / "demo"
        words = ("up", "--demo", "--data", str(data), "--port", str(port), "--json")
        first, second = tmp_path / "first", tmp_path / "second"
        with fediflow.running(*words, log=first) as process:
            until(lambda: told(first) is not None, process, first)
            demo = told(first)
            settings = {"settings": str(data / "fediflow.toml")}
            assert json.loads((data / "demo.json").read_text()) | settings == demo
            assert (data / "fediflow.toml").stat().st_mode & 0o077 == 0
            assert (data / "demo.json").stat().st_mode & 0o077 == 0
            wrapping = data / "key-encryption-key"
            key = wrapping.read_text()
            assert wrapping.stat().st_mode & 0o077 == 0
            assert demo["graphql"] == f"http://localhost:{port}/graphql"
            assert [set(tenant) for tenant in demo["tenants"]] == [{"slug", "host", "shard", "tokens"}] * 3
            assert {tenant["shard"] for tenant in demo["tenants"]} == {"one", "two"}
            for tenant in range(3):
                for role in ("tenant_admin", "registrar", "instructor", "student", "analyst"):
                    assert ask(demo, role, "{ viewer { handle } }", tenant)["data"]["viewer"]["handle"]

            operator = operator_of(data)
            checks = {(check["where"], check["what"]): check for check in operator.ok("doctor")}
            for where in ("directory", "shard one", "shard two"):
                assert checks[where, "acknowledged writes survive a crash"]["found"] == (
                    "fsync on, full_page_writes on, synchronous_commit on"
                )
            every_command_works(operator, port, folder)

            fediflow(*words[:4], "--port", str(free_port())).failed(5, "Another FediFlow already runs on")
            fediflow("up", "--data", str(folder / "other"), "--port", str(port)).failed(5, f"Port {port}")
            stop(process, signal.SIGKILL)

        with operator_of(data).running(*words, log=second) as process:  # its own settings are no others
            until(lambda: told(second) is not None, process, second)
            assert told(second) == demo  # the tokens are still good
            assert wrapping.read_text() == key
            assert ask(demo, "student", "{ viewer { handle } }")["data"]["viewer"]["handle"]
            assert operator_of(data).ok("tenant", "show", "kept-university")["status"] == "active"
            assert stop(process, signal.SIGTERM) == 0
        assert processes_of(folder) == []


def test_a_disk_that_fills_while_the_demo_is_made_is_named_after_its_steps(port: int) -> None:
    with small_disk(150) as folder:
        full = Commands({})("up", "--demo", "--data", str(folder / "demo"), "--port", str(port))
        full.failed(5, f"The disk is full: {folder}/demo has no room left.")
        assert full.stderr.splitlines()[1:3] == ["preparing databases", "migrating"]


def test_what_up_cannot_do_is_one_sentence(tmp_path: Path) -> None:
    fediflow, port = Commands({}), free_port()
    (tmp_path / "mine.txt").write_text("mine")
    foreign = fediflow("up", "--data", str(tmp_path), "--port", str(port))
    foreign.failed(5, "holds files that FediFlow did not put there")
    assert len(foreign.stderr.splitlines()) == 1
    elsewhere = fediflow("up", "--data", str(tmp_path / "x"), DIRECTORY_URL="postgresql://db.example.edu/d")
    elsewhere.failed(2, "up brings its own databases; with FEDIFLOW_DIRECTORY_URL use serve and worker")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_up_starts_an_opensearch_where_it_is_asked_for_and_goes_on_with_it(tmp_path: Path) -> None:
    require_opensearch()
    fediflow, port = Commands({}), free_port()
    with server_folder() as folder:
        data = folder / "here"
        words = ("up", "--data", str(data), "--port", str(port), "--json")
        with fediflow.running(*words, "--search", "opensearch", log=(first := tmp_path / "first")) as process:
            until(lambda: told(first) is not None, process, first)
            operator = operator_of(data)
            # the worker makes the index once everything runs
            until(lambda: operator("doctor", "--json").code == 0, process, first)
            checks = {(check["where"], check["what"]): check for check in operator.ok("doctor")}
            assert checks["search", "engine"]["verdict"] == "ok"
            assert "OpenSearch 3.8.0" in checks["search", "engine"]["found"]
            values = {row["key"]: row["value"] for row in operator.ok("config")}
            assert values["FEDIFLOW_SEARCH_ENGINE"] == "opensearch"
            assert "********" in values["FEDIFLOW_OPENSEARCH_URL"]
            assert stop(process, signal.SIGTERM) == 0
        assert processes_of(folder) == []
        with fediflow.running(*words, "--search", "opensearch", log=(again := tmp_path / "again")) as process:
            until(lambda: told(again) is not None, process, again)
            assert get(f"http://localhost:{port}/readyz")[0] == 200
            assert stop(process, signal.SIGTERM) == 0
        assert processes_of(folder) == []
