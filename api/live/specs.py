"""What one subscriber wants to hear: a plan with all bound but the object and the day, and what events must say.

Subscribers whose specs are equal hear the same, so an event is looked at and hydrated once for all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from api.live.plans import SOURCE, LivePlan, compile_live, subscribed_tenant
from api.plan.arguments import arguments
from api.plan.coercion import MAX_IDS
from api.plan.documents import Operation
from api.plan.plan import Inputs
from api.plan.planner import Planner, check_nodes
from api.plan.values import MAX_LANGUAGES, language_range
from api.schema.subscription_fields import OBJECT, Said
from kernel.clock import Clock
from kernel.errors import InvalidInput
from kernel.ids import parse_global_id
from kernel.outbox.reading import Told
from tenants.model import Principal

Parameters = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The values that events must have, by key: row ids, or texts of a closed set."""

    wanted: tuple[tuple[str, frozenset[object]], ...]
    # The first that names ids: by it events find their subscribers. None: every event of the kind is looked at.
    anchor: tuple[str, frozenset[object]] | None


@dataclass(frozen=True, slots=True)
class Spec:
    """What to tell of which events; made once per subscription."""

    plan: LivePlan
    match: Match
    bound: tuple[tuple[str, str, Parameters], ...]  # response key, SQL, parameters with holes

    def is_meant(self, told: Told) -> bool:
        """Whether the event is one of those, as far as it says itself."""
        said = self.plan.watched.said
        return all(said(told, key) in values for key, values in self.match.wanted)

    def asked(self, told: Told, today: date) -> Iterator[tuple[str, str, Parameters]]:
        """The statements that hydrate the event's object, on the institution's day: response key, SQL, parameters."""
        holes = {id(_OBJECT): told.object_id, id(_TODAY): today}
        for key, sql, parameters in self.bound:
            yield key, sql, tuple(holes.get(id(one), one) for one in parameters)


@dataclass(slots=True)
class LastingInputs(Inputs):
    """What is bound once for all the days that a subscription lasts."""

    @property
    def today(self) -> date:
        """A hole, for the day on which an event is told."""
        return _TODAY


def live_inputs(
    operation: Operation,
    planner: Planner,
    principal: Principal | None,
    given: Mapping[str, Any],
    clock: Clock,
) -> Inputs:
    """What is bound into a subscription, but for the object and the day of an event; `TenantRequired`, `DocumentRefused`."""
    variables = operation.coerce(planner.schema, given)
    if principal is None:
        raise subscribed_tenant(operation)
    languages = language_range(principal.languages[:MAX_LANGUAGES])
    return LastingInputs(principal, variables, languages, clock, {SOURCE: _OBJECT})


def make_spec(
    planner: Planner,
    operation: Operation,
    inputs: Inputs,
) -> Spec:
    """The spec of a subscription with these inputs; raises what is wrong with it, as a query would."""
    access, variables = inputs.principal.access, inputs.variables
    plan = planner.cached(
        operation,
        access,
        variables,
        lambda document: compile_live(document, operation, planner.entities, access),
    )
    check_nodes(plan.pages, inputs)
    bound = tuple(
        (key, statement.sql, _frozen(statement.bind(inputs))) for key, statement in plan.objects.items()
    )
    return Spec(plan, _match(plan, variables, inputs.principal.viewer_id), bound)


def _match(plan: LivePlan, variables: Mapping[str, Any], viewer_id: int) -> Match:
    given = arguments(plan.selected)["filter"].value(variables) or {}
    wanted: list[tuple[str, frozenset[object]]] = []
    anchor: tuple[str, frozenset[object]] | None = None
    if plan.watched.of_viewer:
        anchor = (plan.watched.of_viewer, frozenset({viewer_id}))
        wanted.append(anchor)
    for name, member in plan.watched.members.items():
        values = given.get(name)
        if values is None or not isinstance(member, Said):
            continue
        if not 1 <= len(values) <= MAX_IDS:
            raise InvalidInput(f"filter.{name} has {len(values)} entries; 1 to {MAX_IDS} are allowed")
        one = (member.key, frozenset(_value(value, member, name) for value in values))
        wanted.append(one)
        if member.prefix is not None and (anchor is None or member.key == OBJECT):
            anchor = one
    return Match(tuple(wanted), anchor)


def _value(value: Any, member: Said, name: str) -> object:
    if member.prefix is None:
        return str(getattr(value, "value", value)).lower()
    found = parse_global_id(value)
    if found.prefix != member.prefix:
        raise InvalidInput(
            f"filter.{name} has {value!r}, and those ids begin with '{member.prefix}_'", argument=name
        )
    return found.number


def _frozen(values: Sequence[object]) -> Parameters:
    return tuple(tuple(one) if isinstance(one, list) else one for one in values)


# Holes in what is bound, known by their identity.
_OBJECT = object()
_TODAY = cast(date, object())
