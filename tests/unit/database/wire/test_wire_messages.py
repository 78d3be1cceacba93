"""What we send: an integer is all that gets into SQL, and nothing gets out of its message."""

import pytest

from kernel.database.wire.messages import ENDING, SYNC, opening, parse, startup
from kernel.database.wire.statements import Statements


def test_the_tenant_is_an_integer_and_nothing_else() -> None:
    assert b"SET LOCAL app.tenant_id = '42'\0" in opening(42)
    for other in ("42", "1'; drop table x; --", 4.2, None):
        with pytest.raises(TypeError):
            opening(other)  # type: ignore[arg-type]


def test_the_plans_group_ends_before_the_commit() -> None:
    assert ENDING.startswith(SYNC)
    assert ENDING.endswith(SYNC)
    assert b"commit" in ENDING


def test_a_text_cannot_leave_its_message() -> None:
    with pytest.raises(ValueError, match=r"U\+0000"):
        parse(b"s1", "select '\0'")
    with pytest.raises(ValueError, match=r"U\+0000"):
        startup({"application_name": "x\0y"})


def test_the_longest_unused_statement_is_closed() -> None:
    statements = Statements(limit=2)
    for sql in ("a", "b"):
        statements.prepare(sql)
    assert statements.head("a") is not None
    statements.prepare("c")
    assert len(statements.evicted()) == 1
    assert statements.head("b") is None
    assert statements.head("a") is not None
    assert statements.evicted() == []


def test_a_forgotten_statement_is_closed_and_its_name_not_used_again() -> None:
    statements = Statements()
    statements.prepare("a")
    first = statements.head("a")
    statements.forget(["a", "never known"])
    assert len(statements.evicted()) == 1
    statements.prepare("a")
    assert statements.head("a") != first
