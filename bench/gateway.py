"""How many requests a second one gateway process answers, beside what PostgreSQL alone could and what others can."""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from bench.cases import CASES, Case
from bench.curves import measure_curves
from bench.enrolling import enrolment_runs
from bench.peer_answers import exchanges_with
from bench.peer_servers import Peer, opened_peers
from bench.pgbench import find_pgbench, pgbench_round, scripts_of
from bench.profiling import profile_lines, sampled_gateway, sampling
from bench.questions import Question, question_of
from bench.rounds import Run, figures, interleaved
from bench.rows import BenchFailed, Findings, Row
from bench.served import Served
from bench.stand import Stand, Tell, about_machine, opened_stand
from bench.targets import ENROL, LIMIT, OURS, rows_of, verdicts

NAME = "gateway"
SUMMARY = "requests/s, latency and CPU of queries and of enrol, beside pgbench and other GraphQL servers"
_WARM_SECONDS = 2.5  # compilers of the peers need longer than ours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said on the command line."""
    parser.add_argument("--seconds", type=int, default=2, help="how long a round of each figure is (2)")
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds, subjects in turn (3)")
    parser.add_argument("--connections", type=int, default=16, help="HTTP connections, pgbench clients (16)")
    parser.add_argument("--case", choices=[*(case.name for case in CASES), ENROL], help="only this one")
    parser.add_argument("--no-peers", action="store_true", help="without PostGraphile and Mercurius")
    parser.add_argument(
        "--curves",
        action="store_true",
        help="instead: over 10 k to 1 M courses in a tenant and over 10 to 10,000 tenants (makes 1.6 M rows)",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="with --curves: draw them into this SVG file"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the installation here for the next run"
    )
    parser.add_argument("--profile", action="store_true", help="then say where the gateway's CPU time goes")


async def measure(given: argparse.Namespace, tell: Tell) -> Findings:
    """Runs every case, or the curves."""
    if given.plot is not None and not given.curves:
        raise BenchFailed("--plot draws curves: say --curves, too")
    if given.curves:
        return await measure_curves(NAME, given, tell)
    cases = [case for case in CASES if given.case in (None, case.name)]
    notes, rows = [about_machine()], list[Row]()
    async with AsyncExitStack() as opened:
        stand = await opened.enter_async_context(opened_stand(tell, data=given.data))
        pgbench = find_pgbench()
        if pgbench is None:
            notes.append("no rows of pgbench: there is none beside the embedded PostgreSQL and none on PATH")
        peers: list[Peer] = []
        if not given.no_peers and cases:
            tell("starting the peers")
            started = await opened.enter_async_context(opened_peers(stand))
            peers += started.running
            notes += started.missing
        for case in cases:
            tell(case.name)
            rows += await _measured(stand, given, case, pgbench, peers)
        if given.case in (None, ENROL):
            tell(ENROL)
            runs = await enrolment_runs(stand, pgbench, connections=given.connections)
            found = await interleaved(runs, rounds=given.rounds, seconds=given.seconds)
            rows += rows_of(NAME, ENROL, found)
    if given.profile and cases:
        notes += await _profiled(given, cases[0], tell)
    return Findings(rows, [*notes, *verdicts(rows)])


async def _measured(
    stand: Stand, given: argparse.Namespace, case: Case, pgbench: str | None, peers: Sequence[Peer]
) -> list[Row]:
    """A case, all subjects in turn."""
    question, runs = await question_of(stand, case), dict[str, Run]()
    if pgbench is not None:
        scripts = scripts_of([one.statements for one in question.recorded])
        runs[LIMIT] = partial(pgbench_round, pgbench, stand, scripts, given.connections)
    served = {OURS: _gateway(stand, question, given.connections)}
    for peer in peers:
        exchanges = await exchanges_with(peer, case, question.variables, question.answers)
        served[peer.name] = Served(peer.port, peer.pid, stand.postgres_pid, exchanges, given.connections)
    for name, server in served.items():
        await server.warm(_WARM_SECONDS)
        runs[name] = server.round
    found = await interleaved(runs, rounds=given.rounds, seconds=given.seconds)
    return rows_of(NAME, case.name, found, question.extent)


def _gateway(stand: Stand, question: Question, connections: int) -> Served:
    return Served(stand.port, stand.gateway_pid, stand.postgres_pid, question.exchanges(stand), connections)


async def _profiled(given: argparse.Namespace, case: Case, tell: Tell) -> list[str]:
    """Measures a case again, in a gateway that looks at its stack."""
    with tempfile.TemporaryDirectory(prefix="fediflow-profile-") as folder:
        path = Path(folder) / "profile.json"
        async with opened_stand(tell, data=given.data, gateway=sampled_gateway(path)) as stand:
            tell(f"{case.name}: profile")
            server = _gateway(stand, await question_of(stand, case), given.connections)
            await server.warm(_WARM_SECONDS)
            with sampling(stand.gateway_pid):
                found = figures([await server.round(given.seconds * given.rounds)])
        return profile_lines(path, case=case.name, spent=found.server_us or 0.0)
