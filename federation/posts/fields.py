"""What a post holds, as values: made of what somebody here typed, or of what another server sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class PostTexts:
    """What an edit may change. HTML is sanitised; `content_map` has the languages beside `language`.

    `attachments` are objects with mediaType, url and name, as the table keeps them.
    """

    content: str
    language: str | None = None
    content_map: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None
    source: str | None = None
    source_media_type: str | None = None
    content_warning: str | None = None
    is_sensitive: bool = False
    attachments: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class PostFields:
    """A post as it is first stored. `kind` and `visibility` are of `tables.posts`; the time is what its author says."""

    texts: PostTexts
    visibility: str
    published_at: datetime
    kind: str = "note"
    edited_at: datetime | None = None
    page_url: str | None = None
    in_reply_to_address: str | None = None
    context_address: str | None = None
    group_id: int | None = None
    is_announcement: bool = False
    written_by_id: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """An actor that a post names, or (`is_named` False) is addressed to without being named."""

    actor_id: int
    is_named: bool = True


NOBODY: tuple[Named, ...] = ()
NO_HASHTAGS: Mapping[str, str] = {}
"""Hashtags are given as key to spelling, both without "#"."""
