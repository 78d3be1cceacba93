"""Names under which actors of ours are found: what one may be called, and how a course's code becomes one."""

import re
import unicodedata

from kernel.errors import InvalidInput

LONGEST = 63
_USERNAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,61}[a-z0-9_])?", re.ASCII)
_OTHER = re.compile(r"[^a-z0-9_]+", re.ASCII)
# Paths and voices that somebody could be taken for.
_RESERVED = frozenset({"actor", "admin", "administrator", "inbox", "instance", "moderator", "root", "system"})


def checked_username(text: str, *, institution: str) -> str:
    """A username a person chose, in lower case; `institution` is its slug, which is the institution's own name."""
    name = text.strip().removeprefix("@").lower()
    if not _USERNAME.fullmatch(name):
        raise InvalidInput(
            f"a username has 1 to {LONGEST} of the characters a-z, 0-9, _, . and -, and neither . nor - at its ends",
            path=["input", "username"],
        )
    if name in _RESERVED or name == institution:
        raise InvalidInput(f"{name!r} is not for people: choose another username", path=["input", "username"])
    return name


def username_from(text: str) -> str:
    """A username made of a code such as `INF 101/b` (`inf_101_b`); '' where nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _OTHER.sub("_", "".join(one for one in plain if not unicodedata.combining(one))).strip("_")[:50]


def candidates(wanted: str, number: int) -> list[str]:
    """What to call a group: as wanted where that can be, else with the number that makes it its own."""
    name = "" if wanted in _RESERVED else wanted
    return [*([name] if name else []), f"{name or 'group'}_{number}"]


def code_spellings(username: str) -> list[str]:
    """Codes that a username may have been made of, for looking a course up by it: a few, the usual ones."""
    parts = username.split("_")
    if not _USERNAME.fullmatch(username) or len(parts) > 4:
        return []
    joined = [separator.join(parts) for separator in ("_", "-", " ", ".", "/")]
    cased = [one for text in joined for one in (text, text.upper(), text.title(), text.capitalize())]
    return list(dict.fromkeys(cased))
