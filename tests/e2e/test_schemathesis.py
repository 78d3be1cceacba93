"""schemathesis asks whatever the schema allows, right and wrong, and no answer may be a server's error."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.integration.cli.commands import Commands, get, settings_for, until
from tests.ports import own_port
from tests.servers import unavailable
from tests.world import World

_HERE = Path(__file__).parent
EXAMPLES = 8  # of each root field
_SECONDS = 1200


@pytest.fixture(scope="module")
def schemathesis() -> Path:
    found = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    return (
        Path(found)
        if found
        else unavailable("SCHEMATHESIS", "schemathesis is not installed (./dev test adds it)")
    )


def test_nothing_that_the_schema_allows_is_a_server_error(
    schemathesis: Path, world: World, databases: Databases, tmp_path: Path
) -> None:
    fediflow = Commands(settings_for(databases.directory, databases.passwords))
    port, log = own_port(), tmp_path / "log"
    at = f"http://127.0.0.1:{port}"
    bucket = {"COST_CAPACITY": "999999999", "COST_RESTORE_RATE": "999999999"}
    with fediflow.running("serve", log=log, PORT=str(port), **bucket) as process:
        until(lambda: get(f"{at}/readyz")[0] == 200, process, log)
        words = [
            *(str(schemathesis), "run", f"{at}/graphql", "--no-color", "--phases", "fuzzing"),
            *(
                "--checks",
                "not_a_server_error",
                "--max-examples",
                str(EXAMPLES),
                "--generation-database",
                "none",
            ),
            # How long data takes to make and requests to be answered says how busy the machine is.
            *("--suppress-health-check", "all", "--request-timeout", "120"),
            *("-H", f"authorization: Bearer {world['alpha'].tokens['tenant_admin']}"),
        ]
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=os.environ | {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(_HERE)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        process.terminate()
        assert process.wait(90) == 0
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "unexpected" not in log.read_text()
