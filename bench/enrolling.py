"""The mutation `enrol` over HTTP, beside pgbench running the very statements that it runs.

Every run enrols people in offerings where they are not yet, and what is in the database afterwards is counted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.cases import OPERATIONS, NotWhatWasMeant
from bench.load import Exchange, post
from bench.pgbench import Scripts, named_parameters, parameters, pgbench_round, without_colons
from bench.places import OFFERINGS, PEOPLE, Places, make_places
from bench.recording import Recorded, Sent, recorded_write
from bench.rounds import Round, Run
from bench.served import Served
from bench.stand import Stand
from bench.targets import ENROL, LIMIT, OURS

_ROLE = "registrar"
_ENTERED = '"state":"ACTIVE"},"userErrors":[]}}'
_MOST_A_SECOND = 5_000
# So many count as taken before: no other number of a statement equals one that is counted from here.
TAKEN = 791_900_000
_COUNTING = (
    "\\set n :n + 1",
    "\\set pair :start + :n * :clients + :client_id",
    f"\\set offering :first_offering + :pair % {OFFERINGS}",
    f"\\set person :first_person + :pair / {OFFERINGS}",
    "\\set enrollment :first_offering + :pair",  # ids of another table, so the same numbers may be there
    "\\set transition :first_offering + :pair",
    f"\\set taken {TAKEN + 1} + :pair / {OFFERINGS}",
)


async def enrolment_runs(stand: Stand, pgbench: str | None, *, connections: int) -> dict[str, Run]:
    """The subjects by name, each with offerings of its own."""
    async with stand.administrator() as connection:
        ours, limits, recorders = await make_places(stand, connection, taken=TAKEN)
    runs: dict[str, Run] = {}
    if pgbench is not None:
        one = await recorded_write(
            stand, [_request(recorders, 0), _request(recorders, OFFERINGS)], token=stand.tokens[_ROLE]
        )
        runs[LIMIT] = _Replayed(pgbench, stand, limits, replay_of(limits, recorders, one), connections).round
    gateway = _Asked(stand, ours, Served(stand.port, stand.gateway_pid, stand.postgres_pid, (), connections))
    await gateway.round(1)
    return {**runs, OURS: gateway.round}


@dataclass(slots=True)
class _Asked:
    """The gateway, and how many pairs it was asked for."""

    stand: Stand
    places: Places
    server: Served
    pairs: int = 0

    async def round(self, seconds: int) -> Round:
        wanted = range(self.pairs, min(self.pairs + seconds * _MOST_A_SECOND, PEOPLE * OFFERINGS))
        token = self.stand.tokens[_ROLE]
        exchanges = [
            Exchange(
                post(self.server.port, _request(self.places, pair), token=token), _ENTERED, is_whole=False
            )
            for pair in wanted
        ]
        found = await self.server.finish(self.server.once(exchanges, seconds))
        self.pairs += found.answers
        await _check(self.stand, self.places, self.pairs, OURS)
        return found


@dataclass(slots=True)
class _Replayed:
    """pgbench, and how many pairs it has entered."""

    pgbench: str
    stand: Stand
    places: Places
    scripts: Scripts
    clients: int
    entered: int = 0
    start: int = 0

    async def round(self, seconds: int) -> Round:
        variables = {**self.scripts.variables, "start": self.start, "clients": self.clients, "n": -1}
        scripts = Scripts(self.scripts.texts, variables)
        found = await pgbench_round(self.pgbench, self.stand, scripts, self.clients, seconds)
        self.entered += found.answers
        highest = await _check(self.stand, self.places, self.entered, LIMIT)
        self.start = highest - self.places.first_offering + 1
        return found


async def _check(stand: Stand, places: Places, wanted: int, who: str) -> int:
    """The highest id of an enrollment, where there are as many as were answered."""
    async with stand.administrator() as connection:
        count, highest = await places.entered(connection)
    if count != wanted:
        raise NotWhatWasMeant(f"{who} said that {wanted} were enrolled, and {count} are")
    return highest


def _request(places: Places, pair: int) -> dict[str, Any]:
    return {"query": (OPERATIONS / f"{ENROL}.graphql").read_text(), "variables": places.pair(pair)}


def replay_of(limits: Places, recorders: Places, one: Recorded) -> Scripts:
    """The recorded transaction for the next pair: what was bound for the recorded one is counted."""
    enrollment = json.loads(one.body)["data"]["enrol"]["enrollment"]
    if enrollment is None:
        raise NotWhatWasMeant(f"enrol answered {one.body[:500]}")
    bound = {
        recorders.first_offering: ":offering",
        recorders.first_person + 1: ":person",
        int(enrollment["id"].partition("_")[2]): ":enrollment",
        _transition(one.statements): ":transition",
        TAKEN + 2: ":taken",
    }
    numbered = list(enumerate(one.statements))
    lines = [named_parameters(sent.sql, f"p{number}_", _instead(sent, bound)) for number, sent in numbered]
    text = "\n".join([*_COUNTING, "\\startpipeline", *(f"{line};" for line in lines), "\\endpipeline", ""])
    first = {"first_offering": limits.first_offering, "first_person": limits.first_person}
    return Scripts([text.replace(";;", ";")], {**parameters(one.statements), **first})


def _transition(statements: Any) -> int:
    changes = [value for sent in statements for value in sent.values if "transition_id" in str(value)]
    number: int = json.loads(changes[0])[0]["transition_id"]
    return number


def _instead(sent: Sent, bound: Mapping[int, str]) -> dict[int, str]:
    """What stands for each parameter that holds one of the numbers."""
    found = {}
    for place, value in enumerate(sent.values, 1):
        if type(value) is int and value in bound:
            found[place] = bound[value]
        elif isinstance(value, str) and any(str(number) in value for number in bound):
            found[place] = _joined(value, bound)
    return found


def _joined(text: str, bound: Mapping[int, str]) -> str:
    """The text as an expression, with variables where it holds the numbers."""
    quoted = without_colons("'" + text.replace("'", "''") + "'")
    opening = quoted[: quoted.index("'") + 1]
    for number, name in bound.items():
        quoted = quoted.replace(str(number), f"' || {name} || {opening}")
    return f"({quoted})"
