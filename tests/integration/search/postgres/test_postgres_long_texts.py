"""What takes long to store holds back nothing but itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from kernel.database.roles import DatabaseRole
from search.engine import SearchUnavailable
from search.model import Changes, Document, Institution, Kind, Put, Query, Reference, Refused
from search.postgres import index
from search.postgres.homes import Home
from search.postgres.parts import LONG
from search.postgres.storing import store
from tenants.model import Tenant
from tests.integration.search.conformance.shelves import audience, document, ids
from tests.integration.search.engines import Opened
from tests.integration.search.postgres.inside import inside

_IMPATIENT_SECONDS = 2.0


async def test_what_is_stored_with_one_that_takes_too_long_is_stored_without_it(engine: Opened) -> None:
    tenant = await engine.institution()
    rows = [_post(n, f"old{n}") for n in range(1, 5)]
    await engine.engine.store(Institution(tenant), [Put(one, 1) for one in rows])
    changed = [Put(_post(n, f"new{n}"), 2) for n in range(1, 5)]
    async with _held(engine, tenant, 4):
        with pytest.raises(SearchUnavailable):
            await engine.engine.store(Institution(tenant), changed)
    found = [await _found(engine, tenant, f"new{n}") for n in range(1, 5)]
    assert found == [[1], [2], [3], []]
    await engine.engine.store(Institution(tenant), changed)
    assert await _found(engine, tenant, "new4") == [4]


async def test_a_very_long_one_that_takes_too_long_is_refused(engine: Opened) -> None:
    tenant = await engine.institution()
    await engine.engine.store(Institution(tenant), [Put(_post(1, "short"), 1)])
    long = Put(_post(1, "very " * (LONG // 4)), 2)
    async with _held(engine, tenant, 1):
        refused = await engine.engine.store(Institution(tenant), [long, Put(_post(2, "another"), 2)])
    assert [one.reference for one in refused] == [long.reference]
    assert "longer than 2 s" in refused[0].why
    assert await _found(engine, tenant, "another") == [2]


async def test_of_a_long_text_the_first_words_are_found(engine: Opened) -> None:
    tenant = await engine.institution()
    text = f"beginning {'between ' * 30_000} ending"
    await engine.engine.store(Institution(tenant), [Put(_post(1, text), 1)])
    assert await _found(engine, tenant, "beginning") == [1]
    assert await _found(engine, tenant, "ending") == []


def _post(id_: int, text: str) -> Document:
    return document(Reference(Kind.POST, id_), {}, text)


async def _found(engine: Opened, tenant: Tenant, text: str) -> list[int]:
    return ids(await engine.engine.search(Institution(tenant), Query(text, ("en",)), audience()))


@asynccontextmanager
async def _held(engine: Opened, tenant: Tenant, id_: int) -> AsyncIterator[None]:
    """While somebody else holds the row of a document; nobody waits for it as long as a busy machine may need for others."""

    async def impatient(
        home: Home, generation: int, publisher: Tenant, changes: Changes
    ) -> Sequence[Refused]:
        is_held = any(one.reference.id == id_ for one in changes)
        within = _IMPATIENT_SECONDS if is_held else None
        return await store(home, generation, publisher, changes, within=within)

    async with inside(engine, tenant, DatabaseRole.WORKER) as connection:
        held = await connection.fetch("select from fediflow.search_documents where id = $1 for update", id_)
        assert len(held) == 1
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(index, "store", impatient)
            yield
