"""`./dev bench NAME [--json FILE]`: runs one benchmark, prints one table, writes its rows as JSON."""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import browsing, federation, gateway, live, search, seats, starts, timelines
from bench.rows import BenchFailed, Findings, show, write_rows
from bench.stand import Tell
from kernel.errors import FediflowError

Measure = Callable[[argparse.Namespace, Tell], Awaitable[Findings]]


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark: what it says of itself, the arguments it adds, and what it does."""

    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    measure: Measure


BENCHES = {
    one.NAME: Bench(one.SUMMARY, one.add_arguments, one.measure)
    for one in (browsing, federation, gateway, live, search, seats, starts, timelines)
}
# Those that read their own arguments and print their own table.
ALONE = {"oneroster_import": "rows/s of a OneRoster set of 50,000 people and 300,000 enrollments"}


def main(argv: Sequence[str]) -> int:
    """Runs what was asked; the exit code."""
    name = argv[0] if argv else None
    if name is None or name in ("-h", "--help"):
        print(listing())
        return 0
    if name in ALONE:
        return subprocess.call([sys.executable, "-m", f"bench.{name}", *argv[1:]])
    if name not in BENCHES:
        print(f"there is no bench {name!r}\n\n{listing()}", file=sys.stderr)
        return 2
    given = _parser(name, BENCHES[name]).parse_args(argv[1:])
    try:
        findings = asyncio.run(_measured(BENCHES[name].measure, given))
    except KeyboardInterrupt:
        return 130
    except (BenchFailed, FediflowError) as error:
        print(f"{name} failed: {error}", file=sys.stderr)
        return 1
    show(findings)
    if given.json is not None:
        write_rows(given.json, findings.rows)
    return 0


def listing() -> str:
    """What there is to run."""
    summaries = {name: bench.summary for name, bench in BENCHES.items()} | ALONE
    lines = [f"  {name:<18} {summary}" for name, summary in summaries.items()]
    return "\n".join(
        [
            "./dev bench NAME [--json FILE]   runs one of these; ./dev bench NAME --help says more",
            "",
            *lines,
            "",
            "Example: ./dev bench gateway --json gateway.json",
        ]
    )


def _parser(name: str, bench: Bench) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"./dev bench {name}",
        description=bench.summary,
        epilog=f"Example: ./dev bench {name} --json {name}.json",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here, too")
    bench.add_arguments(parser)
    return parser


async def _measured(measure: Measure, given: argparse.Namespace) -> Findings:
    return await measure(given, lambda what: print(what, file=sys.stderr, flush=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
