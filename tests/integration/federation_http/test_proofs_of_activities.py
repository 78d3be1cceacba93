"""Activities as they are fetched carry the proof of their actor (FEP-8b32), as they do when they are delivered."""

from datetime import UTC, datetime

from federation.proofs import verify_proof
from federation.signatures import public_key_from_multibase
from tests.integration.federation_http.fetching import get, joined, posted
from tests.world import World

AT = "gamma"


async def test_an_activity_is_proven_by_its_actor_and_stays_the_same(world: World) -> None:
    author = await joined(world, "registrar", username="prover", at=AT)
    address = await posted(world, "registrar", "Mine, 日本語", at=AT)
    outbox = (await get(world, f"{author['address']}/outbox?page=true", at=AT)).json
    (create,) = [one for one in outbox["orderedItems"] if one["object"]["id"] == address]
    first = await get(world, create["id"], at=AT)
    actor = (await get(world, author["address"], at=AT)).json
    published = {one["id"]: one["publicKeyMultibase"] for one in actor["assertionMethod"]}
    method = first.json["proof"]["verificationMethod"]
    found = verify_proof(first.json, public_key_from_multibase(published[method]), now=datetime.now(UTC))
    assert found.verification_method == method
    again = await get(world, create["id"], at=AT, if_none_match=first.headers["etag"])
    assert again.status == 304
