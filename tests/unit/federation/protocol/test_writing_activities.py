"""Activities that we send, and the contexts that they name: reading them gives back what was meant."""

from typing import Any

import orjson
import pytest
from our_documents import ACTOR, ADA, EVENT, EVERYBODY, HOST, NOW, OURS, POST, THEIRS

from federation.protocol import writing
from federation.protocol.model import Addressing, Tombstone
from federation.protocol.reading import cited_activity, read_activity
from federation.protocol.vocabulary import AS_PUBLIC, ActivityKind

PRELOADED = {
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v2",
    "https://w3id.org/security/multikey/v1",
    "https://www.w3.org/ns/did/v1",
}


@pytest.mark.parametrize(
    ("document", "kind", "object", "to"),
    [
        (writing.follow(**OURS, object=THEIRS), ActivityKind.FOLLOW, THEIRS, (THEIRS,)),
        (
            writing.accept(
                **OURS,
                object=writing.cite(ActivityKind.FOLLOW, id=f"{THEIRS}/f", actor=THEIRS, object=ADA),
                to=THEIRS,
            ),
            ActivityKind.ACCEPT,
            f"{THEIRS}/f",
            (THEIRS,),
        ),
        (
            writing.reject(**OURS, object=f"{THEIRS}/f", to=THEIRS),
            ActivityKind.REJECT,
            f"{THEIRS}/f",
            (THEIRS,),
        ),
        (
            writing.undo(
                **OURS, object=writing.follow(**OURS, object=THEIRS), addressing=Addressing((THEIRS,))
            ),
            ActivityKind.UNDO,
            OURS["id"],
            (THEIRS,),
        ),
        (
            writing.create(**OURS, object=writing.write_post(POST), addressing=EVERYBODY, published=NOW),
            ActivityKind.CREATE,
            POST.id,
            (AS_PUBLIC,),
        ),
        (
            writing.update(**OURS, object=writing.write_actor(ACTOR), addressing=EVERYBODY, published=NOW),
            ActivityKind.UPDATE,
            ADA,
            (AS_PUBLIC,),
        ),
        (
            writing.delete(
                **OURS, object=writing.write_tombstone(Tombstone(POST.id, "Note", NOW)), addressing=EVERYBODY
            ),
            ActivityKind.DELETE,
            POST.id,
            (AS_PUBLIC,),
        ),
        (writing.like(**OURS, object=f"{THEIRS}/1", to=THEIRS), ActivityKind.LIKE, f"{THEIRS}/1", (THEIRS,)),
        (
            writing.announce(**OURS, object=f"{THEIRS}/1", addressing=EVERYBODY, published=NOW),
            ActivityKind.ANNOUNCE,
            f"{THEIRS}/1",
            (AS_PUBLIC,),
        ),
        (writing.block(**OURS, object=THEIRS), ActivityKind.BLOCK, THEIRS, (THEIRS,)),
        (
            writing.flag(**OURS, objects=[THEIRS, f"{THEIRS}/1"], content="spam", to=THEIRS),
            ActivityKind.FLAG,
            THEIRS,
            (THEIRS,),
        ),
        (
            writing.add(**OURS, object=POST.id, target=f"{ADA}/featured", addressing=EVERYBODY),
            ActivityKind.ADD,
            POST.id,
            (AS_PUBLIC,),
        ),
        (
            writing.remove(**OURS, object=POST.id, target=f"{ADA}/featured", addressing=EVERYBODY),
            ActivityKind.REMOVE,
            POST.id,
            (AS_PUBLIC,),
        ),
        (
            writing.move(**OURS, target="https://new.example/u", addressing=EVERYBODY),
            ActivityKind.MOVE,
            ADA,
            (AS_PUBLIC,),
        ),
    ],
    ids=lambda value: value.value if isinstance(value, ActivityKind) else "",
)
def test_activities_are_read_as_they_were_written(
    document: dict[str, Any], kind: ActivityKind, object: str, to: tuple[str, ...]
) -> None:
    activity = read_activity(orjson.dumps(document))
    assert (activity.kind, activity.id, activity.actor) == (kind, OURS["id"], ADA)
    assert activity.object is not None
    assert activity.object.uri == object
    assert activity.addressees.to == to
    assert "@context" not in (activity.object.document or {})
    if kind in (ActivityKind.ADD, ActivityKind.REMOVE, ActivityKind.MOVE):
        assert activity.target is not None


def test_a_group_announces_the_activity_of_a_member_whole() -> None:
    create = writing.create(**OURS, object=writing.write_post(POST), addressing=EVERYBODY, published=NOW)
    announce = writing.announce(
        id=f"{HOST}/activities/6",
        actor=f"{HOST}/actors/9",
        object=create,
        addressing=EVERYBODY,
        published=NOW,
    )
    received = read_activity(orjson.dumps(announce)).object
    assert received is not None
    cited = cited_activity(received)
    assert cited is not None
    assert (cited.kind, cited.actor) == (ActivityKind.CREATE, ADA)
    # Hashtag and the like are words of the post: the context of what is around it has to have them.
    assert announce["@context"][-1]["Hashtag"] == "as:Hashtag"


@pytest.mark.parametrize(
    "document",
    [
        writing.write_actor(ACTOR),
        writing.write_post(POST),
        writing.write_event(EVENT),
        writing.update(**OURS, object=writing.write_actor(ACTOR), addressing=EVERYBODY, published=NOW),
        writing.provable(writing.follow(**OURS, object=THEIRS)),
        writing.provable(writing.write_actor(ACTOR)),
        writing.write_page(
            id=f"{ADA}/outbox?page=1",
            part_of=f"{ADA}/outbox",
            items=[
                writing.create(**OURS, object=writing.write_event(EVENT), addressing=EVERYBODY, published=NOW)
            ],
        ),
    ],
    ids=lambda document: str(document["type"]),
)
def test_contexts_are_those_that_libraries_carry(document: dict[str, Any]) -> None:
    context = document["@context"]
    parts = context if isinstance(context, list) else [context]
    addresses = [part for part in parts if isinstance(part, str)]
    terms = {name for part in parts if isinstance(part, dict) for name in part}
    assert set(addresses) <= PRELOADED
    assert addresses[0] == "https://www.w3.org/ns/activitystreams"
    prefixed = {
        name.partition(":")[0]
        for part in parts
        if isinstance(part, dict)
        for name in _values(part)
        if ":" in name
    }
    assert prefixed - {"as", "http", "https"} <= terms


def _values(terms: dict[str, Any]) -> list[str]:
    return [value["@id"] if isinstance(value, dict) else value for value in terms.values()]


def test_a_document_to_be_proved_names_the_context_of_proofs() -> None:
    document = writing.follow(**OURS, object=THEIRS)
    proved = writing.provable(document)
    assert proved["@context"] == [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/data-integrity/v2",
    ]
    assert list(proved) == list(document)


def test_a_context_of_a_foreign_document_is_not_passed_on() -> None:
    foreign = {"@context": ["https://evil.example/context"], "id": f"{THEIRS}/f", "type": "Follow"}
    assert (
        writing.accept(**OURS, object=foreign, to=THEIRS)["@context"]
        == "https://www.w3.org/ns/activitystreams"
    )
