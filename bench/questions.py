"""A case as it is asked of one stand: values, requests, and what the gateway sends to PostgreSQL for them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.cases import Case, NotWhatWasMeant
from bench.load import Exchange, post
from bench.recording import Recorded, recorded
from bench.stand import Stand

_ROLE = "registrar"  # sees everything, as the peers do, which ask nobody who is asking


@dataclass(frozen=True, slots=True)
class Question:
    """The variables in turn, and for each what was recorded: statements and the answer, which every later one equals."""

    case: Case
    variables: Sequence[Mapping[str, Any]]
    recorded: Sequence[Recorded]

    @property
    def answers(self) -> list[str]:
        """The bodies."""
        return [one.body for one in self.recorded]

    @property
    def extent(self) -> Mapping[str, int]:
        """How much one request is."""
        one = self.recorded[0]
        return {
            "plans": len(one.plans),
            "statements": len(one.statements),
            "bytes": len(one.body.encode()),
        }

    def exchanges(self, stand: Stand) -> list[Exchange]:
        """What is asked of the gateway."""
        return [
            Exchange(post(stand.port, request, token=stand.tokens[_ROLE]), answer)
            for request, answer in zip(_requests(self.case, self.variables), self.answers, strict=True)
        ]


async def question_of(stand: Stand, case: Case) -> Question:
    """Raises `NotWhatWasMeant` where an answer does not hold what the case is about."""
    variables = await case.variables(stand)
    found = await recorded(stand, _requests(case, variables), token=stand.tokens[_ROLE])
    for one in found:
        if not case.holds(json.loads(one.body)["data"]):
            raise NotWhatWasMeant(f"{case.name} answered {one.body[:500]}")
    return Question(case, variables, found)


def _requests(case: Case, variables: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [{"query": case.document, "variables": one} for one in variables]
