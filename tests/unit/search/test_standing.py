"""As what an institution's index stands: the same version as long as nothing of the institution was indexed."""

import json

from search.standing import Standing
from tenants.model import TenantId

_ONE, _OTHER = TenantId(1), TenantId(2)


def said(heard: int, *, is_changed: bool, is_filled: bool = True) -> str:
    """What the statement's text says."""
    return json.dumps({"is_filled": is_filled, "heard": heard, "is_changed": is_changed})


def test_changes_of_others_leave_the_version() -> None:
    standing = Standing("postgresql")
    _, since = standing.asked(_ONE)
    assert since == 0
    first = standing.read(_ONE, said(100, is_changed=True), since)
    (_, parameters), since = standing.asked(_ONE)
    assert (parameters[:2], since) == ([1, 100], 100)
    assert standing.read(_ONE, said(900, is_changed=False), since) == first
    assert standing.asked(_ONE)[1] == 900
    assert standing.asked(_OTHER)[1] == 0


def test_a_change_makes_another_version() -> None:
    standing = Standing("postgresql")
    first = standing.read(_ONE, said(100, is_changed=True), 0)
    second = standing.read(_ONE, said(120, is_changed=True), 100)
    assert first != second
    assert standing.read(_ONE, said(150, is_changed=False), 120) == second


def test_answers_that_come_in_another_order_take_no_version_back() -> None:
    standing = Standing("postgresql")
    standing.read(_ONE, said(100, is_changed=True), 0)
    # two look since 100: the later look, which sees a change, is answered first
    changed = standing.read(_ONE, said(130, is_changed=True), 100)
    late = standing.read(_ONE, said(110, is_changed=False), 100)
    assert late != changed
    assert standing.read(_ONE, said(140, is_changed=False), 130) == changed


def test_an_index_that_begins_anew_has_another_version() -> None:
    standing = Standing("postgresql")
    first = standing.read(_ONE, said(100, is_changed=True), 0)
    assert standing.read(_ONE, said(0, is_changed=True), 100) != first


def test_an_index_that_is_not_the_engines_has_none() -> None:
    standing = Standing("postgresql")
    first = standing.read(_ONE, said(100, is_changed=True), 0)
    assert standing.read(_ONE, said(110, is_changed=False, is_filled=False), 100) is None
    assert standing.read(_ONE, said(110, is_changed=False), 100) == first
