"""Row-level security is rendered in one place and in one order."""

import re

import pytest

from kernel.tables import SHARD, TableClass
from migrations.schema import METADATA, History
from tenants.policies import CANONICAL, policies_of, render


@pytest.mark.parametrize("history", [History.SHARD, History.DIRECTORY])
def test_policies_come_before_grants_on_the_tables(history: History) -> None:
    script = render(METADATA[history])
    last_policy = script.rfind("create policy")
    tables = "|".join(table.name for table in METADATA[history].sorted_tables)
    first_grant = re.search(rf"^grant [a-z, ()_]+ on table fediflow\.({tables}) ", script, re.M)
    assert first_grant is not None
    assert last_policy < first_grant.start()


def test_a_tenant_table_has_two_policies_with_the_same_expression() -> None:
    tables = [table for table in SHARD.sorted_tables if table.info["class"] is TableClass.TENANT]
    assert len(tables) > 20
    for table in tables:
        floor, rows = policies_of(table)
        assert {floor.using, floor.check, rows.using, rows.check} == {CANONICAL}
        assert (floor.permissive, rows.permissive) == (False, True)


def test_queues_hold_no_personal_data() -> None:
    # Where a letter goes is on its envelope; the application cannot read it.
    envelopes = {"deliveries": {"inbox"}, "dead_letters": {"inbox"}}
    for table in SHARD.sorted_tables:
        if table.info["class"] is TableClass.QUEUE:
            personal = {column.name for column in table.c if column.info["class"].value != "public"}
            assert personal == envelopes.get(table.name, set()), table.name
            assert not personal & set(table.info["readable"]), table.name
