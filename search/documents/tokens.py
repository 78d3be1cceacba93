"""The tokens by which a document says who may find it. Readers hold theirs by `search.audiences`; both write them alike."""

from collections.abc import Iterable, Iterator

PUBLIC, MEMBERS = "public", "members"
CATALOG, USERS = "catalog", "users"


def of_units(name: str, units: Iterable[str | int]) -> Iterator[str]:
    """A permission in the whole institution, and by each of these org units."""
    yield name
    yield from (f"{name}:{unit}" for unit in units)


def course(course_id: int) -> str:
    """Whoever takes part in an offering of the course."""
    return f"course:{course_id}"


def offering(offering_id: int) -> str:
    """Whoever takes part in the offering."""
    return f"offering:{offering_id}"


def taught(offering_id: str | int) -> str:
    """Whoever teaches the offering."""
    return f"taught:{offering_id}"


def person(user_id: int) -> str:
    """The person."""
    return f"user:{user_id}"


def written(user_id: int) -> str:
    """Who wrote a post, whoever's name it bears."""
    return f"written:{user_id}"


def by(actor_id: int) -> str:
    """What an actor wrote: for readers who do not want to meet it, or may not."""
    return f"by:{actor_id}"


def hosts(host: str) -> Iterator[str]:
    """A server and each domain above it: who mutes `example` does not meet `social.example` either."""
    parts = host.split(".")
    yield from (f"host:{'.'.join(parts[place:])}" for place in range(len(parts)))
