"""What federation does in a second: activities taken in and worked on, deliveries sent, claims from a long queue."""

import argparse
from collections.abc import Awaitable, Callable, Mapping

from bench import (
    federation_claims,
    federation_deliveries,
    federation_hanging,
    federation_inbox,
    federation_processing,
)
from bench.rows import Findings, Row
from bench.stand import Tell, about_machine

NAME = "federation"
SUMMARY = "activities/s taken in and worked on, with latency and CPU; deliveries/s; cost of claims"

Measure = Callable[[argparse.Namespace, Tell], Awaitable[Findings]]
CASES: Mapping[str, Measure] = {
    "deliveries": federation_deliveries.measure,
    "hanging": federation_hanging.measure,
    "claims": federation_claims.measure,
    "inbox": federation_inbox.measure,
    "processing": federation_processing.measure,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument("--case", choices=list(CASES), help="only this one")
    parser.add_argument("--seconds", type=int, default=5, help="how long a round of each figure is (5)")
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds (3)")
    parser.add_argument("--no-peers", action="store_true", help="deliveries without Fedify")
    parser.add_argument("--connections", type=int, default=32, help="HTTP connections to the inbox (32)")


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Runs every case, or the one that was asked for."""
    rows: list[Row] = []
    notes = [about_machine()]
    for name, case in CASES.items():
        if given.case in (None, name):
            tell(name)
            found = await case(given, tell)
            rows += found.rows
            notes += found.notes
    return Findings(rows, notes)
