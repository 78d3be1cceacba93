"""The registry knows the class of every column and hides what must not be shown."""

import pytest

from kernel.tables import DataClass, TableClass
from migrations.schema import LOADED
from tenants.registry import HIDDEN, NoClass, Registry

assert LOADED
REGISTRY = Registry()


def test_every_column_has_a_class() -> None:
    uses = list(REGISTRY.columns())
    assert len(uses) > 100
    assert {use.kind for use in uses} >= {DataClass.PUBLIC, DataClass.PERSONAL, DataClass.SECRET}
    assert all(use.purpose and use.retention for use in uses if use.kind is not DataClass.PUBLIC)


def test_classes_are_looked_up() -> None:
    assert REGISTRY.column_class("users", "handle") is DataClass.PERSONAL
    assert REGISTRY.column_class("credentials", "password_hash") is DataClass.SECRET
    assert REGISTRY.column_class("courses", "code") is DataClass.PUBLIC
    assert REGISTRY.table_class("users") is TableClass.TENANT
    assert REGISTRY.table_class("outbox") is TableClass.QUEUE


@pytest.mark.parametrize(("table", "column"), [("users", "shoe_size"), ("cellar", "id")])
def test_the_unknown_has_no_class(table: str, column: str) -> None:
    with pytest.raises(NoClass):
        REGISTRY.column_class(table, column)


def test_personal_and_secret_values_are_hidden_at_any_depth() -> None:
    entry = {
        "event": "user created",
        "tenant": "kyoto",
        "user_id": 7,
        "handle": "anna",
        "input": {"givenName": "Anna", "emails": ["anna@example.org"], "code": "M1"},
        "rows": [{"display_name": "Anna Ito"}, ("plain", {"password-hash": "$argon2id$"})],
        "pronouns": None,
        "Authorization": "Bearer x",
    }
    assert REGISTRY.mask(entry) == {
        "event": "user created",
        "tenant": "kyoto",
        "user_id": 7,
        "handle": HIDDEN,
        "input": {"givenName": HIDDEN, "emails": HIDDEN, "code": "M1"},
        "rows": [{"display_name": HIDDEN}, ["plain", {"password-hash": HIDDEN}]],
        "pronouns": None,
        "Authorization": HIDDEN,
    }
