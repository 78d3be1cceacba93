"""Documents by id: published ones, published ones only, and those that clients register as they go."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.documents.published import SECONDS, SECONDS_MISSING, PublishedDocuments
from api.documents.references import Reference
from api.documents.texts import DocumentTexts
from fediflow.processes.stack import open_stack
from kernel.database.roles import DatabaseRole
from kernel.database.wire.client import WireClient
from kernel.errors import Unavailable
from tenants.documents.operations import withdraw_documents
from tenants.readers import Readers
from tests.databases import Databases
from tests.integration.graphql.documents_world import (
    STRICT,
    DocumentsWorld,
    another_gateway,
    apq,
    sha256,
    streamed,
    with_strict_institution,
)
from tests.servers import RunningRedis
from tests.statements import reads
from tests.world import World, settings_for

GRAPHQL_JSON = "application/graphql-response+json"
NOT_FOUND = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
NO_SUCH_ID = (
    "this institution has published no document of this id (any more): publish it; where any text is answered, send the text",
    "PERSISTED_QUERY_NOT_FOUND",
)
NOT_SUPPORTED = ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")


@pytest.fixture(scope="module")
async def institutions(world: World, databases: Databases) -> World:
    return await with_strict_institution(world, databases)


@pytest.fixture(scope="module")
async def documents(institutions: World) -> AsyncIterator[DocumentsWorld]:
    """A gateway where documents are published, and none are registered."""
    async with another_gateway(institutions, redis=None, automatic=False) as made:
        yield made


@pytest.fixture(scope="module")
async def automatic(institutions: World, redis_server: RunningRedis) -> AsyncIterator[DocumentsWorld]:
    """A gateway where clients register documents too."""
    async with another_gateway(institutions, redis=redis_server.url, automatic=True) as made:
        yield made


@pytest.fixture(scope="module")
async def shards(databases: Databases) -> AsyncIterator[dict[str, WireClient]]:
    """What readers read from."""
    async with open_stack(settings_for(databases), DatabaseRole.APP, reads=True) as stack:
        yield stack.readers


def refusal(answer: Any) -> tuple[str, str]:
    (error,) = answer.json["errors"]
    assert "data" not in answer.json
    return error["message"], error["extensions"]["code"]


# ---- by id ---------------------------------------------------------------------------------------------------------


async def test_a_published_document_is_asked_by_its_id(documents: DocumentsWorld) -> None:
    text = "query ById($code: String!) { course(code: $code) { code } }"
    await documents.publish("alpha", {"by-id.1": text, sha256(text): text})
    asked: dict[str, Any] = {"variables": {"code": "C1"}, "operationName": "ById"}
    names: list[dict[str, Any]] = [
        {"documentId": "by-id.1"},
        {"documentId": f"sha256:{sha256(text)}"},
        {"documentId": sha256(text)},
        {"extensions": apq(text)},
        {"query": text, "extensions": apq(text)},
        {"query": text, "documentId": f"sha256:{sha256(text)}"},
    ]
    for named in names:
        assert (await documents.post(named | asked)).data == {"course": {"code": "C1"}}, named
        assert (await documents.get(**named, **asked)).data == {"course": {"code": "C1"}}, named
    batch = await documents.post([named | asked for named in names[:2]])
    assert [one["data"] for one in batch.json] == [{"course": {"code": "C1"}}] * 2


async def test_a_document_under_an_own_id_is_found_by_its_hash_too(documents: DocumentsWorld) -> None:
    text = "query HashToo { tenant { slug } }"
    await documents.publish("alpha", {"hash-too": text})
    assert (await documents.post({"extensions": apq(text)})).data == {"tenant": {"slug": "alpha"}}


async def test_variables_and_operations_count_as_in_a_text(documents: DocumentsWorld) -> None:
    text = "query A($n: Int!) { courses(first: $n) { totalCount } } mutation B { signOut { __typename } }"
    await documents.publish("alpha", {"two.operations": text})
    named = {"documentId": "two.operations"}
    assert (await documents.post(named)).codes == ["BAD_REQUEST"]
    assert (await documents.post(named | {"operationName": "A"})).codes == ["BAD_USER_INPUT"]
    assert (await documents.get(**named, operationName="B")).status == 405


async def test_another_institutions_document_does_not_exist(documents: DocumentsWorld) -> None:
    text = "query OnlyAlphas { tenant { slug } }"
    await documents.publish("alpha", {"only.alphas": text})
    assert (await documents.post({"documentId": "only.alphas"})).data == {"tenant": {"slug": "alpha"}}
    for named in ({"documentId": "only.alphas"}, {"documentId": f"sha256:{sha256(text)}"}):
        for role in (None, "tenant_admin"):
            assert refusal(await documents.post(named, at="beta", role=role)) == NO_SUCH_ID
    await documents.publish("beta", {"only.alphas": "{ viewer { id } }"})


async def test_a_client_of_apollo_hears_what_it_knows(documents: DocumentsWorld) -> None:
    """Its clients read message and code, by both media types, and send the text then."""
    unknown: dict[str, Any] = {"extensions": apq("{ unknown }")}
    answer = await documents.post(unknown)
    assert (answer.status, refusal(answer)) == (200, NOT_SUPPORTED)
    unknown["documentId"] = f"sha256:{sha256('{ unknown }')}"
    answer = await documents.post(unknown, accept=GRAPHQL_JSON)
    assert (answer.status, refusal(answer)) == (400, NO_SUCH_ID)
    answer = await documents.post({"documentId": "unknown"})
    assert (answer.status, refusal(answer)) == (200, NO_SUCH_ID)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({"documentId": 5}, "the parameter `documentId` is missing or not a string"),
        ({"documentId": ""}, "the parameter `documentId`: an id has 1 to 128 of"),
        ({"documentId": "a b"}, "the parameter `documentId`: an id has 1 to 128 of"),
        ({"documentId": "a\0"}, "the parameter `documentId`: an id has 1 to 128 of"),
        ({"documentId": "x" * 129}, "the parameter `documentId`: an id has 1 to 128 of"),
        ({"documentId": "md5:0123"}, "the parameter `documentId`: an id has 1 to 128 of"),
        ({"documentId": "sha256:" + "A" * 64}, "after `sha256:` an id has 64 hexadecimal digits"),
        ({"documentId": "own", "query": "{ __typename }"}, "send `query` or the `documentId`"),
        ({"documentId": sha256("x"), "query": "{ __typename }"}, "provided sha does not match query"),
        ({"extensions": apq("x"), "query": "{ __typename }"}, "provided sha does not match query"),
        ({"extensions": apq("x"), "documentId": sha256("y")}, "name two documents"),
        ({"extensions": {"persistedQuery": []}}, "`extensions.persistedQuery` is not an object"),
        ({"extensions": {"persistedQuery": {"version": 2}}}, "Unsupported persisted query version"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "sha256Hash` is missing or not a string"),
        ({"extensions": {"other": 1}}, "the parameter `query` is missing"),
    ],
)
async def test_a_name_that_is_none_is_refused(
    documents: DocumentsWorld, named: dict[str, Any], sentence: str
) -> None:
    answer = await documents.post(named)
    message, code = refusal(answer)
    assert (answer.status, code) == (400, "BAD_REQUEST")
    assert sentence in message


async def test_without_an_institution_there_is_no_document(documents: DocumentsWorld) -> None:
    body = json.dumps({"documentId": "any"}).encode()
    headers = {"content-type": "application/json"}
    answer = await documents.world.request("POST", "/graphql", body=body, headers=headers)
    assert answer.codes == ["TENANT_REQUIRED"]


# ---- published ones only -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, "tenant_admin"])
@pytest.mark.parametrize(
    "text", ["{ tenant { slug } }", "{ __typename }", "{ __schema { queryType { name } } }", "query {"]
)
async def test_a_text_that_was_not_published_is_refused(
    documents: DocumentsWorld, text: str, role: str | None
) -> None:
    for body in ({"query": text}, {"query": text, "extensions": apq(text)}):
        answer = await documents.post(body, at=STRICT, role=role)
        message, code = refusal(answer)
        assert (answer.status, code) == (403, "DOCUMENT_NOT_PUBLISHED")
        assert message.startswith("this institution answers published documents only")
        assert (await documents.post([body], at=STRICT, role=role)).json[0]["errors"][0]["message"] == message
    assert (await documents.get(query=text, at=STRICT)).status == 403


async def test_a_text_that_was_published_is_answered(documents: DocumentsWorld) -> None:
    text = "query Allowed { tenant { slug } }"
    await documents.publish(STRICT, {"allowed": text})
    for body in ({"query": text}, {"documentId": "allowed"}, {"extensions": apq(text)}):
        for role in (None, "tenant_admin"):
            assert (await documents.post(body, at=STRICT, role=role)).data == {"tenant": {"slug": STRICT}}
    assert refusal(await documents.post({"query": text + " "}, at=STRICT))[1] == "DOCUMENT_NOT_PUBLISHED"
    assert refusal(await documents.post({"extensions": apq(text + " ")}, at=STRICT)) == NOT_FOUND


async def test_another_institutions_publication_allows_nothing(documents: DocumentsWorld) -> None:
    text = "query AllowedAtAlpha { tenant { slug } }"
    await documents.publish("alpha", {"allowed.at.alpha": text})
    assert (await documents.post({"query": text}, at=STRICT)).codes == ["DOCUMENT_NOT_PUBLISHED"]


async def test_whoever_asks_in_whatever_way_meets_the_switch(documents: DocumentsWorld) -> None:
    body = {"query": "{ tenant { slug } }"}
    token = {"authorization": f"Bearer {documents.world[STRICT].tokens['tenant_admin']}"}
    alone = {"content-type": "application/json"} | token

    async def codes() -> set[str]:
        answers = [
            await documents.post(body, at=STRICT),
            await documents.post(body, at=STRICT, **token),
            await documents.world.request("POST", "/graphql", body=json.dumps(body).encode(), headers=alone),
        ]
        return {code for answer in answers for code in answer.codes or ["ok"]}

    assert await codes() == {"DOCUMENT_NOT_PUBLISHED"}
    await documents.switch(STRICT, documents_only=False)
    assert await codes() == {"ok"}
    await documents.switch(STRICT, documents_only=True)
    assert await codes() == {"DOCUMENT_NOT_PUBLISHED"}


async def test_a_stream_of_events_is_asked_in_the_same_way(documents: DocumentsWorld) -> None:
    await documents.publish(STRICT, {"streamed": "query Streamed { tenant { slug } }"})
    token = documents.world[STRICT].tokens["tenant_admin"]
    told = await streamed(documents, {"documentId": "streamed"}, token=token)
    assert '"slug":"strict"' in told
    for text in ("subscription { courseChanged { eventId } }", "{ tenant { slug } }"):
        assert "DOCUMENT_NOT_PUBLISHED" in await streamed(documents, {"query": text}, token=token)


async def test_nothing_is_registered_where_published_documents_only_are_answered(
    automatic: DocumentsWorld,
) -> None:
    text = "query NotRegistered { tenant { slug } }"
    answer = await automatic.post({"query": text, "extensions": apq(text)}, at=STRICT)
    assert answer.codes == ["DOCUMENT_NOT_PUBLISHED"]
    assert refusal(await automatic.post({"extensions": apq(text)}, at=STRICT)) == NOT_FOUND


# ---- registered as they come ---------------------------------------------------------------------------------------


async def test_a_registered_document_is_known_to_all_gateways(
    automatic: DocumentsWorld, institutions: World, redis_server: RunningRedis
) -> None:
    text = "query Registered { tenant { slug } }"
    assert refusal(await automatic.post({"extensions": apq(text)})) == NOT_FOUND
    sent = await automatic.post({"query": text, "extensions": apq(text)})
    assert sent.data == {"tenant": {"slug": "alpha"}}
    async with another_gateway(institutions, redis=redis_server.url, automatic=True) as other:
        assert (await other.get(extensions=apq(text))).data == {"tenant": {"slug": "alpha"}}
        assert (await other.post({"extensions": apq(text)})).data == {"tenant": {"slug": "alpha"}}
        assert refusal(await other.post({"extensions": apq(text)}, at="beta")) == NOT_FOUND
        assert refusal(await other.post({"documentId": sha256(text)})) == NO_SUCH_ID


async def test_what_is_no_valid_document_is_not_registered(automatic: DocumentsWorld) -> None:
    text = "query Invalid { nothing }"
    answer = await automatic.post({"query": text, "extensions": apq(text)})
    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert refusal(await automatic.post({"extensions": apq(text)})) == NOT_FOUND


async def test_without_redis_texts_are_answered_and_none_is_registered(institutions: World) -> None:
    text = "query WithoutRedis { tenant { slug } }"
    async with another_gateway(institutions, redis=None, automatic=True) as gateway:
        assert refusal(await gateway.post({"extensions": apq(text)})) == NOT_SUPPORTED
        sent = await gateway.post({"query": text, "extensions": apq(text)})
        assert sent.data == {"tenant": {"slug": "alpha"}}
        assert refusal(await gateway.post({"extensions": apq(text)})) == NOT_SUPPORTED
        await gateway.publish("alpha", {"without.redis": text})
        assert (await gateway.post({"documentId": "without.redis"})).data == {"tenant": {"slug": "alpha"}}


# ---- what is remembered --------------------------------------------------------------------------------------------


class Clock:
    """Monotonic seconds that stand still."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def test_publishing_and_withdrawing_are_seen_within_seconds(
    documents: DocumentsWorld, shards: dict[str, WireClient]
) -> None:
    tenant, clock = documents.world["alpha"].tenant, Clock()
    published = PublishedDocuments(Readers(shards), now=clock)
    assert await published.find(tenant, "seen.soon") is None
    await documents.publish("alpha", {"seen.soon": "{ __typename }"})
    assert await published.find(tenant, "seen.soon") is None
    clock.seconds += SECONDS_MISSING
    text = await published.find(tenant, "seen.soon")
    assert text == "{ __typename }"
    assert published.known(tenant, "seen.soon") is text
    clock.seconds += SECONDS
    assert published.known(tenant, "seen.soon") is None
    assert await published.find(tenant, "seen.soon") is text  # so what is remembered under it is found again
    async with documents.world.door.write(documents.world.as_system("alpha")) as tx:
        await withdraw_documents(tx, ids=["seen.soon"])
    assert await published.find(tenant, "seen.soon") is text
    clock.seconds += SECONDS
    assert await published.find(tenant, "seen.soon") is None


async def test_what_is_known_needs_nobodys_answer(
    documents: DocumentsWorld, shards: dict[str, WireClient]
) -> None:
    alpha, strict = (documents.world[slug].tenant for slug in ("alpha", STRICT))
    await documents.publish("alpha", {"known": "{ __typename }"})
    texts = DocumentTexts(PublishedDocuments(Readers(shards)), None, lambda text: None)
    reference = Reference("known")
    assert texts.known("{ a }", None, alpha) == "{ a }"
    assert texts.known("", reference, alpha) is None
    found = await texts.find("", reference, alpha)
    assert texts.known("", reference, alpha) is found
    assert texts.known("{ a }", reference, alpha) is None  # whether they go together is looked at
    assert texts.known("{ a }", None, strict) is None
    assert texts.known("", reference, strict) is None


async def test_a_flood_of_unknown_ids_asks_the_database_one_question_at_a_time(
    documents: DocumentsWorld, shards: dict[str, WireClient]
) -> None:
    tenant = documents.world["alpha"].tenant
    await documents.publish("alpha", {"in.the.flood": "{ __typename }"})
    published = PublishedDocuments(Readers(shards))
    wanted = [f"flood.{number}" for number in range(1000)] + ["in.the.flood"]
    asked: list[str] = []
    with reads(lambda sql, _: asked.append(sql)):
        found = await asyncio.gather(*(published.find(tenant, one) for one in wanted * 2))
        assert await published.find(tenant, "flood.1") is None
    assert [one for one in found if one] == ["{ __typename }"] * 2
    assert 1 <= sum("persisted_documents" in one for one in asked) <= 7


async def test_whoever_asks_hears_that_the_database_is_away_and_the_next_one_asks_again(
    documents: DocumentsWorld, shards: dict[str, WireClient]
) -> None:
    tenant = documents.world["alpha"].tenant
    served: dict[str, WireClient] = {}
    published = PublishedDocuments(Readers(served))
    asking = (published.find(tenant, one) for one in ("a", "b", "a"))
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in outcomes)
    served |= shards
    assert await published.find(tenant, "a") is None


async def test_who_gives_up_waiting_does_not_end_the_look_up_for_others(
    documents: DocumentsWorld, shards: dict[str, WireClient]
) -> None:
    tenant = documents.world["alpha"].tenant
    await documents.publish("alpha", {"waited.for": "{ __typename }"})
    published = PublishedDocuments(Readers(shards))
    first, second = (asyncio.ensure_future(published.find(tenant, "waited.for")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "{ __typename }"
    assert first.cancelled()
