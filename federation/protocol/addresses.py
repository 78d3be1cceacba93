"""The addresses of what is ours: every URL that other servers know us by is made and read here.

An institution's addresses lie under its primary domain and hold ids, so nothing changes when somebody is renamed. What is
ours is recognised under any of its domains (`Addresses.of`); what was sent out keeps the address it was sent with.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

_PATH = re.compile(r"/(actors|posts|activities|offerings|places)/([1-9][0-9]{0,18})(?:/([a-z]+))?", re.ASCII)
_COURSE_PAGE = re.compile(r"/courses/([1-9][0-9]{0,18})", re.ASCII)
_LIMIT = 2048
MAIN_KEY = "main-key"
ED25519_KEY = "ed25519-key"


class Collection(StrEnum):
    """What an actor has under its address."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    FOLLOWERS = "followers"
    FOLLOWING = "following"
    LIKED = "liked"
    MODERATORS = "moderators"
    FEATURED = "featured"


class PostCollection(StrEnum):
    """What a post has under its address."""

    REPLIES = "replies"
    LIKES = "likes"
    SHARES = "shares"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Ours:
    """A read address: `("actors", 7, "inbox")` is an actor's inbox, `("actors", 0, None)` the institution's own actor."""

    kind: str
    number: int
    part: str | None = None


def course_path(course_id: int) -> str:
    """What comes after the domain in the address of a course."""
    return f"/courses/{course_id}"


def course_at(path: str) -> int | None:
    """The course of such a path; None where it is none."""
    found = _COURSE_PAGE.fullmatch(path)
    return int(found[1]) if found is not None and int(found[1]) < 2**63 else None


def offering_path(offering_id: int) -> str:
    """The same of an offering."""
    return f"/offerings/{offering_id}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one institution; `domain` has its port where it is not the scheme's."""

    scheme: str
    domain: str
    also: frozenset[str] = frozenset()  # its other domains

    @property
    def base(self) -> str:
        """`https://DOMAIN`."""
        return f"{self.scheme}://{self.domain}"

    @property
    def instance_actor(self) -> str:
        """The actor that signs what nobody in particular asks for; also the institution's own voice."""
        return f"{self.base}/actor"

    @property
    def shared_inbox(self) -> str:
        """Where one copy for everybody here goes."""
        return f"{self.base}/inbox"

    def actor(self, actor_id: int) -> str:
        """A person, course or unit."""
        return f"{self.base}/actors/{actor_id}"

    def of_actor(self, actor_id: int, collection: Collection) -> str:
        """A collection of an actor."""
        return f"{self.actor(actor_id)}/{collection}"

    def profile(self, username: str) -> str:
        """The page of an actor for people."""
        return f"{self.base}/@{username}"

    def post(self, post_id: int) -> str:
        """A post."""
        return f"{self.base}/posts/{post_id}"

    def of_post(self, post_id: int, collection: PostCollection) -> str:
        """A collection of a post."""
        return f"{self.post(post_id)}/{collection}"

    def activity(self, activity_id: int) -> str:
        """What an actor did."""
        return f"{self.base}/activities/{activity_id}"

    def course(self, course_id: int) -> str:
        """Where a public course is found: it leads to its group, which need not be there before."""
        return f"{self.base}{course_path(course_id)}"

    def offering(self, offering_id: int) -> str:
        """An offering as an Event."""
        return f"{self.base}{offering_path(offering_id)}"

    def place(self, offering_id: int) -> str:
        """Where an offering is held."""
        return f"{self.base}/places/{offering_id}"

    def hashtag(self, tag: str) -> str:
        """The page of a hashtag, `tag` as it is compared; in characters that any server takes for those of an address."""
        return f"{self.base}/tags/{quote(tag, safe='')}"

    def of(self, address: str) -> Ours | None:
        """What an address names here; None where it is not ours. A fragment (of a key) is left aside."""
        if len(address) > _LIMIT:
            return None
        try:
            parts = urlsplit(address)
            host = parts.netloc.lower()
        except ValueError:
            return None
        if parts.scheme != self.scheme or (host != self.domain and host not in self.also):
            return None
        if parts.path == "/actor":
            return Ours("actors", 0)
        if parts.path == "/inbox":
            return Ours("inbox", 0)
        found = _PATH.fullmatch(parts.path)
        if found is None or int(found[2]) >= 2**63:
            return None
        return Ours(found[1], int(found[2]), found[3])
