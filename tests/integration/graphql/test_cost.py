"""What operations cost, as clients see it: in every answer, and as refusals of who asks too much."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

import api.plan.documents
import api.plan.planner
from api.app import Gateway, create_app
from api.cost.buckets import Buckets
from api.cost.charge import Till
from api.cost.leases import Leases, Terms
from api.limits import MAX_CHARACTERS
from api.plan.planner import Planner
from api.schema.build import ENTITIES, SCHEMA
from fediflow.processes.opened import opened_gateway
from kernel.cache import Cache
from kernel.telemetry import Metrics
from tests.world import Answer, World, settings_for

CAPACITY = 5_000
PAGE = "query Page($n: Int) { courses(first: $n) { nodes { id title { text } } } }"


@dataclass(frozen=True, slots=True)
class Small:
    """A gateway whose clients have few points, none of which come back: for its buckets no time goes by."""

    world: World
    planner: Planner


@pytest.fixture(scope="module")
async def metrics() -> Metrics:
    """The figures of this module's gateway."""
    return Metrics()


@pytest.fixture(scope="module")
async def gateway(world: World, metrics: Metrics) -> AsyncIterator[Gateway]:
    """What a gateway process holds open."""
    settings = settings_for(world.databases, cost_capacity=CAPACITY, cost_restore_rate=1)
    async with opened_gateway(settings, metrics) as opened:
        yield opened


@pytest.fixture
def small(world: World, gateway: Gateway) -> Small:
    """To each test its documents are new, and its clients have spent nothing."""
    terms = Terms(CAPACITY, 1)
    till = Till(Buckets(Leases(Cache(None), terms), terms, now=lambda: 1.0))
    planners: list[Planner] = []
    app = create_app(replace(gateway, till=till, watch=planners.append))
    return Small(replace(world, app=app), planners[0])


def _cost(answer: Answer) -> dict[str, int]:
    cost: dict[str, int] = answer.json["extensions"]["cost"]
    return cost


def _objects(answer: Answer) -> int:
    """The connection, and courses with a title each: how many there are, other tests say, too."""
    return 1 + 2 * len(answer.data["courses"]["nodes"])


async def test_every_answer_that_ran_says_what_it_cost_after_its_data(small: Small) -> None:
    await small.world.ask(PAGE, {"n": 50})
    answer = await small.world.ask(PAGE, {"n": 50})
    assert list(answer.json) == ["data", "extensions"]
    cost = _cost(answer)
    assert set(cost) == {"requested", "actual", "available", "restoreRate"}
    assert cost["requested"] == 101
    assert cost["actual"] == _objects(answer)
    assert cost["restoreRate"] == 1
    again = _cost(await small.world.ask(PAGE, {"n": 1}))
    assert (again["requested"], again["actual"]) == (3, 3)
    assert again["available"] == cost["available"] - 3


async def test_a_mutation_says_what_it_cost(small: Small) -> None:
    answer = await small.world.ask(
        'mutation { enrol(input: {offeringId: "offering_1"}) { enrollment { id } userErrors { code } } }'
    )
    assert answer.json["data"]["enrol"]["userErrors"] == [{"code": "NOT_FOUND"}]
    assert _cost(answer)["requested"] == _cost(answer)["actual"] == 11


async def test_what_did_not_run_names_no_cost(small: Small) -> None:
    for document in ("{ nonsense }", "{", '{ course(id: "course_1", code: "C1") { id } }'):
        assert list((await small.world.ask(document)).json) == ["errors"]


# Its totals cannot be told from the answer, so nothing is given back.
DEAR = "{ courses(first: 20) { nodes { offerings(first: 0) { totalCount } } } }"


async def _exhausted(small: Small, **asking: Any) -> Answer:
    """The first refusal of who asks again and again."""
    for _ in range(CAPACITY):
        answer = await small.world.ask(DEAR, **asking)
        if answer.codes:
            return answer
    raise AssertionError("nobody was ever refused")


async def test_who_has_spent_everything_is_told_when_to_come_back(small: Small) -> None:
    await small.world.ask(PAGE, {"n": 0})
    refused = await _exhausted(small)
    assert (refused.status, refused.codes) == (429, ["RATE_LIMITED"])
    (error,) = refused.json["errors"]
    told = error["extensions"]
    assert refused.headers["retry-after"] == str(told["retryAfter"])
    assert told["requested"] == 241
    assert told["retryAfter"] == 241 - told["available"]
    assert "costs 241 points" in error["message"]
    assert "lower `first`" in error["message"]
    # What is cheap is still answered, and everybody else too.
    for asking in ({}, {"role": "registrar"}, {"at": "gamma"}, {"role": None}):
        answer = await small.world.ask(PAGE if not asking else DEAR, {"n": 0}, **asking)
        assert "errors" not in answer.json, asking


async def test_strangers_are_told_apart_by_address_and_share_a_network(small: Small) -> None:
    async def ask(peer: str) -> Answer:
        body = b'{"query": "%b"}' % DEAR.encode()
        headers = {"content-type": "application/json", "fediflow-tenant": "alpha"}
        return await small.world.request("POST", "/graphql", body=body, headers=headers, peer=peer)

    while not (await ask("2001:db8::1")).codes:
        pass
    assert (await ask("2001:db8::2")).codes == ["RATE_LIMITED"]
    assert (await ask("2001:db8:0:1::1")).codes == []


async def test_a_request_of_no_institution_pays_too(small: Small) -> None:
    body = b'{"query": "{ __schema { types { name } } }"}'
    answer = await small.world.request(
        "POST", "/graphql", body=body, headers={"content-type": "application/json"}
    )
    assert _cost(answer)["requested"] == 6


async def test_what_no_bucket_holds_is_refused_with_the_field_that_costs_most(small: Small) -> None:
    document = """query($n: Int) { courses(first: 60) { nodes { id sections: offerings(first: $n) {
      nodes { code title { text } } } } } }"""
    assert "errors" not in (await small.world.ask(document, {"n": 1})).json
    answer = await small.world.ask(document, {"n": 100})
    assert answer.codes == ["LIMIT_EXCEEDED"]
    (error,) = answer.json["errors"]
    assert (error["extensions"]["requested"], error["extensions"]["capacity"]) == (12_121, CAPACITY)
    assert "courses.nodes.sections.nodes, which costs 6000" in error["message"]


async def test_a_new_document_costs_more_than_a_known_one(small: Small) -> None:
    def left(answer: Answer) -> int:
        return _cost(answer)["available"]

    await small.world.ask("{ tenant { slug } }")
    before = left(await small.world.ask("{ tenant { slug } }"))
    known = left(await small.world.ask("{ tenant { slug } }"))
    new = left(await small.world.ask("{ tenant { name } }"))
    long = left(await small.world.ask("{ tenant { domains } } #" + "x" * 5_000))
    assert (before - known, known - new, new - long) == (1, 46, 146)


async def test_who_has_spent_everything_gets_nothing_parsed_or_compiled(small: Small) -> None:
    await _exhausted(small)
    misses = small.planner.misses
    documents = len(small.planner.documents)
    long = "{ viewer { handle } } #" + "x" * 20_000
    answer = await small.world.ask(long)
    assert answer.codes == ["RATE_LIMITED"]
    assert "reading a document that is new here costs" in answer.json["errors"][0]["message"]
    assert (small.planner.misses, len(small.planner.documents)) == (misses, documents)
    # A limit is said all the same: waiting would not help.
    assert (await small.world.ask(" " * (MAX_CHARACTERS + 1))).codes == ["LIMIT_EXCEEDED"]


async def test_a_hundred_first_requests_at_once_compile_once(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Counter[str]()

    def counted(module: Any, name: str) -> None:
        original = getattr(module, name)

        def count(*given: Any, **more: Any) -> Any:
            asked[name] += 1
            return original(*given, **more)

        monkeypatch.setattr(module, name, count)

    counted(api.plan.documents, "parse")
    counted(api.plan.documents, "check_limits")
    counted(api.plan.planner, "Compiler")
    document = "query Together($n: Int) { courses(first: $n) { nodes { code } } }"
    # Several people, so that each has points for it.
    roles = ("tenant_admin", "tenant_admin", "registrar", "registrar")
    answers = await asyncio.gather(
        *(small.world.ask(document, {"n": 1 + n}, role=roles[n % 4]) for n in range(100))
    )
    assert [answer.codes for answer in answers] == [[]] * 100
    accesses = 2
    assert asked == {"parse": 1, "check_limits": 1, "Compiler": accesses}
    assert small.planner.misses == accesses
    assert small.planner.hits >= 100 - accesses
    asked.clear()
    assert (await small.world.ask(document, {"n": 3})).codes == []
    assert asked == {}


async def test_figures_tell_operators_what_is_asked(world: World, gateway: Gateway, metrics: Metrics) -> None:
    def figure(name: str) -> float:
        lines = metrics.expose().decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))

    measured = Small(replace(world, app=create_app(gateway)), Planner(SCHEMA, ENTITIES))
    answers = [await measured.world.ask(PAGE, {"n": size}) for size in (0, 50, 50)]
    assert figure("fediflow_cost_requested_points_total") == 203
    assert figure("fediflow_cost_actual_points_total") == sum(map(_objects, answers))
    assert figure('fediflow_operation_cost_bucket_total{le="1"}') == 1
    assert figure('fediflow_operation_cost_bucket_total{le="100"}') == 1
    assert figure('fediflow_operation_cost_bucket_total{le="300"}') == 3
    assert figure('fediflow_operation_cost_bucket_total{le="+Inf"}') == 3
    assert figure("fediflow_cost_buckets") == 1
    document = "query($f: CourseFilter) { courses(filter: $f) { nodes { id } } }"
    for given in ({}, {"code": "a"}, {"code": "b"}, {"language": "de"}):
        await measured.world.ask(document, {"f": given})
    assert figure("fediflow_plan_families") == 2
    assert figure("fediflow_plan_most_shapes") == 3
    await _exhausted(measured)
    assert figure("fediflow_cost_refused_total") == 1


async def test_an_answer_that_may_be_kept_is_the_same_whatever_is_left(small: Small) -> None:
    target = "/graphql?query=%7B%20tenant%20%7B%20slug%20%7D%20%7D"
    headers = {"authorization": f"Bearer {small.world['alpha'].tokens['student']}"}
    first = await small.world.request("GET", target, headers=headers)
    await _exhausted(small, role="student")
    second = await small.world.request("GET", target, headers=headers)
    assert first.body != second.body
    assert first.headers["etag"] == second.headers["etag"]
