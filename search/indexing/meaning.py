"""What events of the outbox mean for documents: which are to be read again, and whose other documents. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.outbox.event import Event
from search.documents.offerings import seats_of
from search.documents.popularity import popularity_of
from search.model import Kind, Reference


class Cause(StrEnum):
    """Whose documents a change touches beside its own."""

    COURSE = "course"
    COURSE_UNIT = "course_unit"  # that it belongs to another unit
    ORG_UNIT = "org_unit"
    ACADEMIC_SESSION = "academic_session"
    ACTOR = "actor"
    TENANT = "tenant"  # no event: what the directory says of the institution changed


@dataclass(frozen=True, slots=True, order=True)
class Fanout:
    """All documents that depend on a row."""

    cause: Cause
    object_id: int


@dataclass(frozen=True, slots=True)
class Appearance:
    """Since when others find a row: a moment, or since it was made (None).

    With `is_sure` they did find it; else they do if it can be found once the event is read.
    """

    at: datetime | None
    is_sure: bool


@dataclass(slots=True)
class Touched:
    """What a batch of events of one institution touches, each once."""

    references: set[Reference] = field(default_factory=set)
    counted: set[Reference] = field(
        default_factory=set
    )  # seats, followers: nobody else may find them for that
    offerings: set[int] = field(default_factory=set)  # whose courses are counted anew
    actors: set[int] = field(default_factory=set)  # whose person, course or unit is
    fanouts: set[Fanout] = field(default_factory=set)
    appeared: dict[Reference, Appearance] = field(default_factory=dict)  # shown to others, or not any more

    @property
    def is_nothing(self) -> bool:
        """Whether no document needs to be read."""
        return not (self.references or self.counted or self.offerings or self.actors or self.fanouts)


def touched(events: Iterable[Event]) -> Touched:
    """What events of one institution touch. Unknown ones touch nothing."""
    found = Touched()
    for event in events:
        meaning = _MEANINGS.get(event.object_type)
        if meaning is not None and event.event not in _OF_NO_CONCERN:
            meaning(found, event)
    return found


def _course(found: Touched, event: Event) -> None:
    reference = Reference(Kind.COURSE, event.object_id)
    found.references.add(reference)
    if event.event != "course.created":
        found.fanouts.add(Fanout(Cause.COURSE, event.object_id))
    if event.event == "course.updated" and "org_unit_id" in event.payload.get("changed", ("org_unit_id",)):
        found.fanouts.add(Fanout(Cause.COURSE_UNIT, event.object_id))
    _note_appearance(found, reference, event)


def _offering(found: Touched, event: Event) -> None:
    reference = Reference(Kind.OFFERING, event.object_id)
    if event.event == "offering.seats_changed":
        if _is_counted_anew(event.payload):
            found.counted.add(reference)
            found.offerings.add(event.object_id)
        return
    found.references.add(reference)
    if event.event == "offering.updated" and event.payload.get("is_moved", "course_id" in event.payload):
        found.fanouts.add(Fanout(Cause.COURSE_UNIT, int(event.payload["course_id"])))
    _note_appearance(found, reference, event)


def _note_appearance(found: Touched, reference: Reference, event: Event) -> None:
    """What others saw before appeared once, whatever became of it since; what they did not may appear now."""
    was_shown = event.payload.get("was_shown")
    before = found.appeared.get(reference)
    if was_shown:
        found.appeared[reference] = replace(before, is_sure=True) if before else Appearance(None, True)
    elif was_shown is not None and not (before and before.is_sure):
        found.appeared[reference] = Appearance(event.created_at, False)


def _is_counted_anew(seats: Mapping[str, Any]) -> bool:
    """Whether documents say something else of the seats than before; so where nobody wrote down how it was."""
    before = seats.get("was")
    return before is None or _said_of(before) != _said_of(seats)


def _said_of(seats: Mapping[str, Any]) -> tuple[int, str]:
    return popularity_of(seats["taken"]), seats_of(seats["capacity"], seats["taken"])


def _org_unit(found: Touched, event: Event) -> None:
    """A new name is in no other document; a unit that moved changes who finds what is below."""
    found.references.add(Reference(Kind.ORG_UNIT, event.object_id))
    if event.event == "org_unit.updated" and event.payload.get("is_moved", True):
        found.fanouts.add(Fanout(Cause.ORG_UNIT, event.object_id))


def _academic_session(found: Touched, event: Event) -> None:
    """Offerings without dates of their own have the term's."""
    if event.event == "academic_session.updated":
        found.fanouts.add(Fanout(Cause.ACADEMIC_SESSION, event.object_id))


def _enrollment(found: Touched, event: Event) -> None:
    """Who may find the person follows from what they take part in; seats have an event of their own."""
    found.references.add(Reference(Kind.USER, int(event.payload["user_id"])))


def _user(found: Touched, event: Event) -> None:
    found.references.add(Reference(Kind.USER, event.object_id))


def _post(found: Touched, event: Event) -> None:
    found.references.add(Reference(Kind.POST, event.object_id))


def _actor(found: Touched, event: Event) -> None:
    """Hidden ones are shown again and the other way round; who counts their followers is touched too."""
    found.actors.add(event.object_id)
    if not _OF_POSTS.isdisjoint(event.payload.get("changed", _OF_POSTS)):
        found.fanouts.add(Fanout(Cause.ACTOR, event.object_id))


def _follow(found: Touched, event: Event) -> None:
    if "followed" in event.payload:
        found.actors.add(int(event.payload["followed"]))


_MEANINGS: Mapping[str, Callable[[Touched, Event], None]] = {
    "course": _course,
    "offering": _offering,
    "org_unit": _org_unit,
    "academic_session": _academic_session,
    "enrollment": _enrollment,
    "user": _user,
    "post": _post,
    "actor": _actor,
    "follow": _follow,
}
# What of an actor decides who finds its posts; where an event does not say what changed, anything may have.
_OF_POSTS = frozenset({"status", "restriction", "is_discoverable"})
_OF_NO_CONCERN = frozenset({"user.password_changed", "user.invited", "enrollment.moved", "follow.moved"})
