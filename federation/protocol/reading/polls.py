"""What a Question asks, and how far it is answered."""

from federation.protocol.reading.shapes.activities import Document
from federation.protocol.reading.shapes.posts import PollOption, RemotePoll
from federation.protocol.reading.times import moment
from federation.protocol.reading.values import count, first, member, objects, text, truth

MOST_OPTIONS = 50
LONGEST_OPTION = 500


def poll_of(document: Document) -> RemotePoll | None:
    """The poll of a Question; None where nothing can be chosen."""
    multiple = document.get("anyOf") is not None
    options = tuple(_options(document.get("anyOf") if multiple else document.get("oneOf")))
    if not options:
        return None
    closed = document.get("closed")
    return RemotePoll(
        options=options,
        multiple=multiple,
        ends=moment(document.get("endTime")) or moment(closed),
        closed=bool(truth(closed)) or moment(closed) is not None,
        voters=count(document.get("votersCount")),
    )


def _options(value: object) -> list[PollOption]:
    options = []
    for _, option in objects(value, MOST_OPTIONS):
        name = text(option.get("name"), LONGEST_OPTION)
        if name is not None:
            options.append(PollOption(name, _votes(option)))
    return options


def _votes(option: Document) -> int:
    replies = first(option.get("replies"))
    given = member(replies, "totalItems", "totalReplies") if isinstance(replies, dict) else None
    return count(given) or 0
