"""What other systems call an object: external ids, replaced as a set."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Table, delete, insert

from kernel.errors import InvalidInput
from tenants.changing import taken_values
from tenants.door import Transaction

MOST_EXTERNAL_IDS = 100


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An id of a kind ("sis", "oidc") that another system gave."""

    type: str
    value: str


async def write_external_ids(
    tx: Transaction, table: Table, owner: str, owner_id: int, ids: Sequence[ExternalId]
) -> None:
    """Makes these the external ids of the object of `<owner>_id`; `AlreadyTaken` where one is another's."""
    if len(ids) > MOST_EXTERNAL_IDS:
        raise InvalidInput(
            f"an object has at most {MOST_EXTERNAL_IDS} external ids", path=["input", "externalIds"]
        )
    for place, one in enumerate(ids):
        _check(one, place)
    column = table.c[f"{owner}_id"]
    await tx.connection.execute(delete(table).where(table.c.tenant_id == tx.tenant_id, column == owner_id))
    if not ids:
        return
    rows = [
        {"tenant_id": tx.tenant_id, column.name: owner_id, "type": one.type, "value": one.value}
        for one in ids
    ]
    sentence = "one of these external ids belongs to another object, or is given twice"
    with taken_values({f"{table.name}_pkey": (sentence, ["input", "externalIds"])}):
        await tx.connection.execute(insert(table).values(rows))


def _check(one: ExternalId, place: int) -> None:
    for name, text, longest in (("type", one.type, 64), ("value", one.value, 255)):
        if not 1 <= len(text) <= longest or not text.isprintable():
            raise InvalidInput(
                f"an external id's {name} has 1 to {longest} printable characters",
                path=["input", "externalIds", place, name],
            )
