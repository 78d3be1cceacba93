"""A gateway process as its operators run it, and what it costs them."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import Databases
from tests.integration.cli.commands import Commands, get, settings_for, until
from tests.integration.graphql.gateways import Served
from tests.ports import own_port

_TICKS = 100.0  # of Linux, a second
_PATIENCE = 90.0


@dataclasses.dataclass(frozen=True, slots=True)
class Gateway(Served):
    """A gateway process, and the processor's seconds that it has used."""

    pid: int

    @property
    def seconds(self) -> float:
        """Since it began."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def running_gateway(databases: Databases, log: Path) -> Iterator[Gateway]:
    """Started, and at the end stopped as a process is that had no trouble."""
    fediflow, port = Commands(settings_for(databases.directory, databases.passwords)), own_port()
    with fediflow.running("serve", log=log, PORT=str(port)) as process:
        until(lambda: get(f"http://127.0.0.1:{port}/readyz")[0] == 200, process, log)
        yield Gateway(port, process.pid)
        process.terminate()
        assert process.wait(_PATIENCE) == 0
        assert "unexpected" not in log.read_text()
