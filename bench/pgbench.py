"""The limit: PostgreSQL's own load generator running the very statement of a compiled plan, prepared.

Transaction, tenant and statement go in one write and one round trip, over the same socket, as the same role and with
the same planner settings as the gateway's.
"""

import asyncio
import os
import re
import resource
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
from bench.rounds import Round
from bench.rows import BenchFailed
from bench.stand import Stand
from fediflow.local.binaries import PostgresBinaries, default_cache_dir, embedded_binaries
from fediflow.processes.preparing import shard_database
from kernel.database.roles import SEARCH_PATH, DatabaseRole

_TEXT = re.compile(r"'(?:[^']|'')*'")
_PARAMETER = re.compile(r"\$(\d+)")
_PROCESSED = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_SAMPLED = "0.1"
NOTHING: Mapping[int, str] = {}
_OPTIONS = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "timezone": "UTC",
    "search_path": SEARCH_PATH,
}


class UnableToRunPgbench(BenchFailed):
    """pgbench failed; the message is its own."""


def find_pgbench() -> str | None:
    """The one beside the embedded server, else the system's."""
    beside = _embedded().program("pgbench")
    return beside if os.access(beside, os.X_OK) else shutil.which("pgbench")


@dataclass(frozen=True, slots=True)
class Scripts:
    """What pgbench runs, each script as often as the others, and the variables that all of them know."""

    texts: Sequence[str]
    variables: Mapping[str, int | str]


def scripts_of(variants: Sequence[Sequence[Sent]]) -> Scripts:
    """A request's statements with each variant's values, at random."""
    return Scripts([script_of(variants)], parameters(variants[0]))


async def pgbench_round(
    pgbench: str, stand: Stand, scripts: Scripts, connections: int, seconds: int
) -> Round:
    """Runs the scripts for so long."""
    with tempfile.TemporaryDirectory(prefix="fediflow-pgbench-") as name:
        folder = Path(name)
        files = [folder / f"{number}.sql" for number in range(len(scripts.texts))]
        for file, text in zip(files, scripts.texts, strict=True):
            file.write_text(text)
        argv = [
            *(pgbench, "--no-vacuum", "--protocol=prepared", "--jobs=1"),
            *(f"--client={connections}", f"--time={seconds}"),
            *("--log", f"--log-prefix={folder}/log", f"--sampling-rate={_SAMPLED}"),
            *(f"--define={key}={value}" for key, value in scripts.variables.items()),
            *(f"--file={file}" for file in files),
        ]
        before, own = family_seconds(stand.postgres_pid), _seconds_of_ended_children()
        said = await _run(argv, _environment(stand))
        used, own = family_seconds(stand.postgres_pid) - before, _seconds_of_ended_children() - own
        latencies = sorted(_latencies(folder))
    return Round(
        answers=int(_PROCESSED.findall(said)[0]),
        seconds=int(_PROCESSED.findall(said)[0]) / float(_TPS.findall(said)[0]),
        p50_ms=percentile_ms(latencies, 50),
        p99_ms=percentile_ms(latencies, 99),
        server_seconds=None,
        postgres_seconds=used,
        load_seconds=own,
    )


def script_of(variants: Sequence[Sequence[Sent]]) -> str:
    """The statements as one pipeline. Only numbers can be set in a script: texts are the first variant's.

    One script for all variants, not one for each: every client prepares every script's statements anew.
    """
    values = [parameters(one) for one in variants]
    numbers = [name for name, value in values[0].items() if isinstance(value, int)]
    differing = [name for name in numbers if len({one[name] for one in values}) > 1]
    lines = [f"\\set {name} {values[0][name]}" for name in numbers if name not in differing]
    if differing:
        lines.append(f"\\set variant random(0, {len(values) - 1})")
    for name in differing:
        cases = " ".join(f"when :variant = {place} then {one[name]}" for place, one in enumerate(values))
        lines.append(f"\\set {name} case {cases} end")
    lines.append("\\startpipeline")
    lines += [f"{named_parameters(one.sql, f'p{number}_')};" for number, one in enumerate(variants[0])]
    return "\n".join([*lines, "\\endpipeline", ""])


def named_parameters(sql: str, prefix: str, instead: Mapping[int, str] = NOTHING) -> str:
    """`$1` as `:<prefix>1` or what is to stand `instead`, and no colon inside a text that pgbench would take for a
    variable."""

    def named(text: str) -> str:
        return _PARAMETER.sub(lambda one: instead.get(int(one[1]), f":{prefix}{one[1]}"), text)

    parts, end = [], 0
    for found in _TEXT.finditer(sql):
        parts += [named(sql[end : found.start()]), without_colons(found.group())]
        end = found.end()
    return "".join([*parts, named(sql[end:])])


def parameters(statements: Sequence[Sent]) -> Mapping[str, int | str]:
    """The bound values by name; one that is not there is NULL to pgbench."""
    return {
        f"p{number}_{place}": value if type(value) is int else _text(value)
        for number, one in enumerate(statements)
        for place, value in enumerate(one.values, 1)
        if value is not None
    }


def without_colons(text: str) -> str:
    """A quoted text that means the same."""
    if ":" not in text:
        return text
    return "E" + text.replace("\\", "\\\\").replace(":", "\\x3a")


def _text(value: Any) -> str:
    """As PostgreSQL reads it."""
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


def _seconds_of_ended_children() -> float:
    """Servers go on, so what ends in between is pgbench."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
