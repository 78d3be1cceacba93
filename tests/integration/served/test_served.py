"""No list that the schema offers reads more than its page asks for, whatever it is filtered by and however it is ordered."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from api.plan.denials import OperationDenied
from api.plan.plan import Inputs
from api.plan.planner import Planner
from api.schema.build import ENTITIES, SCHEMA
from kernel.errors import InvalidInput
from tenants.model import ANONYMOUS, Access, Principal, Role, Tenant, TenantId, access_of
from tests.integration.served.asked import PAGE, VALUES, Listed, cursor, lists
from tests.integration.served.data import ALL_ROWS, TENANT
from tests.integration.served.measured import Cost, Measure

ROWS, BUFFERS = 50 * PAGE, 1_000
LISTS = list(lists())
_TENANT = Tenant(TenantId(TENANT), "large", {"en": "Large"}, "one", "eu", "UTC", ("en",), (), False)
VIEWERS: Mapping[str, tuple[int | None, Access]] = {
    "tenant_admin": (1, access_of([Role.TENANT_ADMIN])),
    "instructor": (60, access_of([Role.INSTRUCTOR])),
    "student": (9000, access_of([Role.STUDENT])),
    "nobody": (None, ANONYMOUS),
}
# The 10,000 that are counted to, in at most three tables; nobody in particular sees two fifths of what is looked at.
COUNTED = {True: 3 * 10_001 + ROWS, False: 3 * 10_001 * 5 // 2 + ROWS}
# Timelines leave out what moderators alone see, so for them, too, more is looked at than counted: the author, what is held.
_TIMELINES = ("publicTimeline", "courseFeed", "hashtag")
# Of an object with many: what no index has together with the object. The root field with both filters answers it.
NOT_OFFERED: Mapping[str, set[str]] = {
    "Query.enrollments": {"role"},
    "OrgUnit.courses": {"language", "attribute"},
    "AcademicSession.offerings": {"orgUnit", "attribute"},
    "Offering.enrollments": {"updatedSince", "academicSession"},
}
_PAGE = "nodes { id: __typename } pageInfo { hasNextPage hasPreviousPage endCursor }"


def asked(listed: Listed) -> Iterator[tuple[str, dict[str, Any]]]:
    """The values of `filter` and `orderBy`: none, each, each pair; by what they are called."""
    filters: list[tuple[str, dict[str, Any]]] = [("no filter", {})]
    for name in listed.filters:
        filters += [(f"{name}: {value}", {"w": {name: value}}) for value in VALUES[f"{listed.entity}.{name}"]]
    orders: list[tuple[str, dict[str, Any]]] = [("no order", {})]
    for field in listed.orders:
        orders += [(f"{field} {way}", {"o": {"field": field, "direction": way}}) for way in ("ASC", "DESC")]
    for told, given in filters:
        for told_order, order in orders:
            yield f"{told}, {told_order}", given | order


async def far(measure: Measure, listed: Listed, order: str, way: str) -> str:
    """The cursor of the row that nine tenths of the institution's rows stand before."""
    entity = ENTITIES[listed.entity]
    declared = entity.order(order)
    columns = [*(declared.columns if declared else ()), *entity.key]
    by = ", ".join(f"{name} {way}" for name in columns)
    row = await measure.administrator.fetchrow(
        f"select {', '.join(columns)} from fediflow.{entity.table.name} where tenant_id = {TENANT} order by {by}"
        f" offset (select count(*) * 9 / 10 from fediflow.{entity.table.name} where tenant_id = {TENANT}) limit 1"
    )
    assert row is not None
    return cursor(order, *row.values())


class Lists:
    """Compiles what is asked of a list, once per shape, and explains it."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._planner = Planner(SCHEMA, ENTITIES)
        self._cursors: dict[tuple[str, str, str], str] = {}

    async def cost(
        self, listed: Listed, selection: str, viewer: str, variables: dict[str, Any]
    ) -> Cost | None:
        """What it reads; None where it is refused."""
        user_id, access = VIEWERS[viewer]
        operation = self._planner.documents.get(listed.document(selection)).operation(None)
        if listed.parent != "Query":
            variables = {"p": listed.object, **variables}
        coerced = operation.coerce(SCHEMA, {"f": PAGE, **variables})
        try:
            plan = self._planner.query(operation, access, coerced)
        except (InvalidInput, OperationDenied):
            return None
        (statement,) = plan.statements
        inputs = Inputs(
            Principal(_TENANT, user_id, access), coerced, ["en"], lambda: datetime(2026, 4, 1, tzinfo=UTC)
        )
        return await self._measure.cost(statement, inputs)

    async def far(self, listed: Listed, order: str, way: str) -> str:
        """The cursor of a row far in."""
        key = listed.entity, order, way
        if key not in self._cursors:
            self._cursors[key] = await far(self._measure, listed, order, way)
        return self._cursors[key]


@pytest.mark.parametrize("listed", LISTS, ids=str)
async def test_a_page_of_every_filter_and_order_reads_little_more_than_the_page(
    measure: Measure, listed: Listed
) -> None:
    await measure.begin()
    served, over, asked_for = Lists(measure), [], 0
    for viewer in VIEWERS:
        for told, given in asked(listed):
            pages = {"first page": given}
            if "o" in given:
                far_in = await served.far(listed, given["o"]["field"], given["o"]["direction"])
                pages["far page"] = given | {"a": far_in}
            for page, variables in pages.items():
                cost = await served.cost(listed, _PAGE, viewer, variables)
                asked_for += cost is not None
                if cost is not None and (cost.rows > ROWS or cost.buffers > BUFFERS):
                    over.append(f"{viewer}: {told}, {page}: {cost}")
    assert asked_for
    assert not over, f"{len(over)} pages of {listed} read more:\n" + "\n".join(over)


def _counted(listed: Listed, viewer: str) -> int:
    return COUNTED[viewer == "tenant_admin" and listed.name not in _TIMELINES]


@pytest.mark.parametrize("listed", LISTS, ids=str)
async def test_a_count_reads_little_more_than_it_counts(measure: Measure, listed: Listed) -> None:
    await measure.begin()
    served, over = Lists(measure), []
    for viewer in VIEWERS:
        for told, given in asked(listed):
            if "o" not in given:
                cost = await served.cost(listed, "totalCount", viewer, given)
                if cost is not None and cost.rows > _counted(listed, viewer):
                    over.append(f"{viewer}: {told}: {cost}")
    assert not over, f"{len(over)} counts of {listed} read more:\n" + "\n".join(over)


@pytest.mark.parametrize("listed", LISTS, ids=str)
async def test_without_a_filter_and_by_each_filter_alone_a_list_is_offered_in_some_order(
    measure: Measure, listed: Listed
) -> None:
    """So that nothing is kept cheap by offering nothing: what an object's list leaves out is named here."""
    await measure.begin()
    served, refused = Lists(measure), set()
    for told, given in asked(listed):
        if "o" not in given and await served.cost(listed, "__typename", "tenant_admin", given) is None:
            refused.add(told.partition(":")[0])
    assert refused == NOT_OFFERED.get(str(listed), set())


# By what is rare among much, in an object with many: the table, and its list with the filter.
SAMPLED = {
    "OrgUnit.courses": ("courses", {"status": "ARCHIVED"}),
    "AcademicSession.offerings": ("offerings", {"state": "CANCELLED"}),
}


@pytest.mark.parametrize("place", SAMPLED)
async def test_whatever_rows_statistics_are_made_of_what_a_filter_leaves_out_is_not_read(
    measure: Measure, place: str
) -> None:
    """An index without the filter's column is in the same order, and may cost the same by the figures of a small sample."""
    table, given = SAMPLED[place]
    (listed,) = (one for one in LISTS if str(one) == place)
    await measure.begin()
    served, over = Lists(measure), []
    try:
        for turn in range(30):
            await measure.sample(table, target=1 + turn)
            for field in listed.orders:
                for viewer in ("student", "nobody"):
                    order = {"w": given, "o": {"field": field, "direction": "ASC"}}
                    cost = await served.cost(listed, _PAGE, viewer, order)
                    if cost is not None and cost.rows > ROWS:
                        over.append(f"{viewer}: {field}, sample {turn}: {cost}")
    finally:
        await measure.sample(table, target=ALL_ROWS)
    assert not over, f"{len(over)} pages of {listed} read more:\n" + "\n".join(over)
