"""The limit: PostgreSQL's own load generator running the very statement of a compiled plan, prepared.

Transaction, tenant and statement go in one write and one round trip, over the same socket, as the same role and with
the same planner settings as the gateway's.
"""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.cpu import family_seconds
from bench.load import percentile_ms
from bench.recording import Sent
from bench.rows import BenchFailed
from bench.stand import Stand
from fediflow.local.binaries import PostgresBinaries, default_cache_dir, embedded_binaries
from fediflow.processes.preparing import shard_database
from kernel.database.roles import SEARCH_PATH, DatabaseRole

_TEXT = re.compile(r"'(?:[^']|'')*'")
_PARAMETER = re.compile(r"\$(\d+)")
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_SAMPLED = "0.1"
_OPTIONS = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "timezone": "UTC",
    "search_path": SEARCH_PATH,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """What PostgreSQL does when nobody is in between."""

    rate: float
    p50_ms: float
    p99_ms: float
    postgres_us: float


class UnableToRunPgbench(BenchFailed):
    """pgbench failed; the message is its own."""


def find_pgbench() -> str | None:
    """The one beside the embedded server, else the system's."""
    beside = _embedded().program("pgbench")
    return beside if os.access(beside, os.X_OK) else shutil.which("pgbench")


async def limit_of(
    pgbench: str, stand: Stand, variants: Sequence[Sequence[Sent]], *, connections: int, seconds: int
) -> Limit:
    """Runs a request's statements, each variant's values in turn."""
    with tempfile.TemporaryDirectory(prefix="fediflow-pgbench-") as name:
        folder = Path(name)
        scripts = []
        for number, variant in enumerate(variants):
            scripts.append(folder / f"{number}.sql")
            scripts[-1].write_text(script_of(variant))
        argv = [
            *(pgbench, "--no-vacuum", "--protocol=prepared", "--jobs=1"),
            *(f"--client={connections}", f"--time={seconds}"),
            *("--log", f"--log-prefix={folder}/log", f"--sampling-rate={_SAMPLED}"),
            *(f"--define={key}={value}" for key, value in parameters(variants[0]).items()),
            *(f"--file={script}" for script in scripts),
        ]
        before = family_seconds(stand.postgres_pid)
        said = await _run(argv, _environment(stand))
        used = family_seconds(stand.postgres_pid) - before
        latencies = sorted(_latencies(folder))
    rate = float(_TPS.findall(said)[0])
    return Limit(
        rate, percentile_ms(latencies, 50), percentile_ms(latencies, 99), used * 1e6 / (rate * seconds)
    )


def script_of(statements: Sequence[Sent]) -> str:
    """The statements as one pipeline. Only numbers can be set in a script: texts are the first variant's."""
    numbers = {key: value for key, value in parameters(statements).items() if isinstance(value, int)}
    lines = [f"\\set {key} {value}" for key, value in numbers.items()]
    lines.append("\\startpipeline")
    lines += [f"{named_parameters(one.sql, f'p{number}_')};" for number, one in enumerate(statements)]
    return "\n".join([*lines, "\\endpipeline", ""])


def named_parameters(sql: str, prefix: str) -> str:
    """`$1` as `:<prefix>1`, and no colon inside a text that pgbench would take for a variable."""
    name = rf":{prefix}\1"
    parts, end = [], 0
    for found in _TEXT.finditer(sql):
        parts += [_PARAMETER.sub(name, sql[end : found.start()]), _without_colons(found.group())]
        end = found.end()
    return "".join([*parts, _PARAMETER.sub(name, sql[end:])])


def parameters(statements: Sequence[Sent]) -> Mapping[str, int | str]:
    """The bound values by name; one that is not there is NULL to pgbench."""
    return {
        f"p{number}_{place}": value if type(value) is int else _text(value)
        for number, one in enumerate(statements)
        for place, value in enumerate(one.values, 1)
        if value is not None
    }


def _without_colons(text: str) -> str:
    if ":" not in text:
        return text
    return "E" + text.replace("\\", "\\\\").replace(":", "\\x3a")


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "{" + ",".join(_quoted(_text(one)) for one in value) + "}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _environment(stand: Stand) -> dict[str, str]:
    address = stand.machine.address(shard_database(stand.shard))
    options = " ".join(f"-c {name}={value}".replace(", ", ",") for name, value in _OPTIONS.items())
    return {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGDATABASE": address.database,
        "PGUSER": DatabaseRole.APP.value,
        "PGPASSWORD": stand.settings.password(DatabaseRole.APP),
        "PGOPTIONS": options,
        "LC_ALL": "C",
        **_embedded().environment,
    }


def _embedded() -> PostgresBinaries:
    return embedded_binaries(default_cache_dir(Path(".cache")))


async def _run(argv: Sequence[str], env: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *argv, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or "tps" not in out.decode():
        raise UnableToRunPgbench(err.decode()[-1000:])
    return out.decode()


def _latencies(folder: Path) -> list[float]:
    """Seconds of the sampled transactions: the third column of pgbench's log, in microseconds."""
    return [
        int(line.split(" ", 3)[2]) / 1e6
        for log in folder.glob("log.*")
        for line in log.read_text().splitlines()
    ]
