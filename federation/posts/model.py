"""What people give to be published, and the rules about it that need no database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from federation.content.composing import TextFormat
from federation.tables.posts import POST_VISIBILITIES
from kernel.errors import InvalidInput, below
from kernel.languages import language_tag
from kernel.unset import UNSET, Unset
from kernel.visible_text import is_blank, is_line, self_contained

LONGEST_TITLE = 500
LONGEST_WARNING = 500

# How wide a reply may be: never wider than what it answers, and never out of the institution where that stays inside.
_REPLIES: Mapping[str, tuple[str, ...]] = {
    "public": POST_VISIBILITIES,
    "unlisted": POST_VISIBILITIES,
    "followers": ("followers", "direct"),
    "tenant": ("tenant", "direct"),
    "direct": ("direct",),
}


@dataclass(frozen=True, slots=True)
class GroupRef:
    """A group by what it is of, or by its actor's id: exactly one is given."""

    course_id: int | None = None
    org_unit_id: int | None = None
    actor_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post as its author gives it.

    `language` None is the author's. `on_behalf_of` publishes it as the group's own; `in_group` addresses it to a group.
    `mentioned_ids` are actors it is for without being named in the text.
    """

    text: str
    format: TextFormat = TextFormat.PLAIN
    visibility: str = "public"
    language: str | None = None
    title: str | None = None
    content_warning: str | None = None
    is_sensitive: bool = False
    in_reply_to_id: int | None = None
    on_behalf_of: GroupRef | None = None
    in_group: GroupRef | None = None
    mentioned_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PostChanges:
    """What becomes different in a post."""

    text: str | Unset = UNSET
    format: TextFormat | Unset = UNSET
    language: str | Unset = UNSET
    title: str | Unset | None = UNSET
    content_warning: str | Unset | None = UNSET
    is_sensitive: bool | Unset = UNSET


def checked_title(value: str | None) -> str | None:
    """A title, without blanks at its ends; None for none."""
    return _line(value, "title", LONGEST_TITLE)


def checked_warning(value: str | None) -> str | None:
    """A content warning, without blanks at its ends; None for none."""
    return _line(value, "contentWarning", LONGEST_WARNING)


def checked_language(value: str) -> str:
    """A BCP 47 tag in its canonical form."""
    with below("input"):
        return language_tag(value)


def require_visibility(visibility: str, parent_visibility: str | None) -> None:
    """Raises `InvalidInput` for what is no visibility, or is wider than that of the post that is answered."""
    if visibility not in POST_VISIBILITIES:
        allowed = ", ".join(POST_VISIBILITIES)
        raise InvalidInput(f"{visibility[:32]!r} is none of {allowed}", path=["input", "visibility"])
    if parent_visibility is not None and visibility not in _REPLIES[parent_visibility]:
        allowed = " or ".join(_REPLIES[parent_visibility])
        raise InvalidInput(
            f"an answer to a post for {parent_visibility} is {allowed}, not {visibility}",
            path=["input", "visibility"],
        )


def as_document(post: NewPost) -> dict[str, Any]:
    """The post as a draft keeps it: JSON, the members that say something."""
    return {name: value for name, value in asdict(post).items() if value not in (None, (), [], False)}


def from_document(document: Mapping[str, Any]) -> NewPost:
    """What `as_document` made; `InvalidInput` for what another version of this program made and we do not read."""
    values = {"text": "", **document}
    try:
        for name in ("on_behalf_of", "in_group"):
            if values.get(name) is not None:
                values[name] = GroupRef(**values[name])
        values["format"] = TextFormat(values.get("format", TextFormat.PLAIN))
        values["mentioned_ids"] = tuple(values.get("mentioned_ids", ()))
        return NewPost(**values)
    except (TypeError, ValueError) as error:
        raise InvalidInput("the draft was kept in a form that is not read: save it again") from error


def _line(value: str | None, member: str, longest: int) -> str | None:
    bare = (value or "").strip()
    if not bare:
        return None
    if len(bare) > longest or not is_line(bare) or is_blank(bare):
        raise InvalidInput(
            f"this has at most {longest} printable characters and is one line", path=["input", member]
        )
    return self_contained(bare)
