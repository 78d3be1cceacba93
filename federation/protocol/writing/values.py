"""The small values of which documents are made: times, texts in languages, links and tags."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from federation.protocol.model import Addressing, Attachment, Mention, Picture, Tag
from federation.protocol.vocabulary import UNDETERMINED
from kernel.languages import LanguageText

Document = dict[str, Any]


def present(members: Mapping[str, Any]) -> Document:
    """The members that say something: without None and without empty lists, objects and texts."""
    return {
        name: value for name, value in members.items() if value is not None and value not in ((), [], {}, "")
    }


def moment(value: datetime | None) -> str | None:
    """The time in UTC to the millisecond at most, as `2026-09-01T08:00:00Z`."""
    if value is None:
        return None
    text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def local_moment(value: datetime | None, timezone: str) -> str | None:
    """The time with the offset that holds there then, to the second, as FEP-8a8e wants an event's."""
    return None if value is None else value.astimezone(ZoneInfo(timezone)).isoformat(timespec="seconds")


def texts(name: str, text: LanguageText) -> Document:
    """`content` and `contentMap`: the default language alone and all languages; nothing where there is no text."""
    if not text:
        return {}
    tagged = {language: value for language, value in text.items() if language != UNDETERMINED}
    return present({name: next(iter(text.values())), f"{name}Map": tagged})


def addressed(addressing: Addressing) -> Document:
    """`to`, `cc` and `audience`; the first is always there, many servers look at nothing else."""
    return {
        "to": list(addressing.to),
        "cc": list(addressing.cc),
        **present({"audience": single(addressing.audience)}),
    }


def single(values: Sequence[str]) -> str | list[str] | None:
    """One value as itself, more as a list, none as None."""
    return (values[0] if len(values) == 1 else list(values)) if values else None


def tag(value: Tag) -> Document:
    """A Mention or a Hashtag."""
    if isinstance(value, Mention):
        return {"type": "Mention", "href": value.uri, "name": value.handle}
    return {"type": "Hashtag", "href": value.url, "name": f"#{value.name}"}


def attachment(value: Attachment) -> Document:
    """A file, typed by its media type where that says it."""
    family = value.media_type.partition("/")[0]
    return present(
        {
            "type": {"image": "Image", "video": "Video", "audio": "Audio"}.get(family, "Document"),
            "mediaType": value.media_type,
            "url": value.url,
            "name": value.name,
            "width": value.width,
            "height": value.height,
        }
    )


def picture(value: Picture | None) -> Document | None:
    """An icon or header."""
    if value is None:
        return None
    return present({"type": "Image", "mediaType": value.media_type, "url": value.url, "name": value.name})
