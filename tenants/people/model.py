"""What a person's values must look like. Pure; each function returns the value as it is stored."""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

from kernel.errors import InvalidInput
from kernel.visible_text import is_blank, self_contained

LONGEST_NAME = 150
LONGEST_DISPLAY_NAME = 300
LONGEST_BIOGRAPHY = 5000
LONGEST_PRONOUNS = 50
LONGEST_URL = 2000
LONGEST_EMAIL = 320
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256

Path = Sequence[str | int]

_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]{1,64}@[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]{1,255}")


def checked_handle(value: str, path: Path) -> str:
    """A handle: how somebody signs in and is addressed; small letters, digits, dot, dash, underscore."""
    lowered = value.strip().lower()
    if not _HANDLE.fullmatch(lowered):
        raise InvalidInput(
            "a handle has 1 to 63 of a-z, 0-9, '.', '_' and '-', and starts with a letter or digit",
            path=list(path),
        )
    return lowered


def checked_email(value: str, path: Path) -> str:
    """An e-mail address as it was given, without the blanks around it."""
    address = unicodedata.normalize("NFC", value.strip())
    local, _, domain = address.rpartition("@")
    fits = _EMAIL.fullmatch(address) and len(address) <= LONGEST_EMAIL
    dots = (local, domain)
    if not fits or any(part.startswith(".") or part.endswith(".") or ".." in part for part in dots):
        raise InvalidInput("this is not an e-mail address", path=list(path))
    return address


def email_key(address: str) -> str:
    """What two spellings of one address have in common: how addresses are compared and found."""
    folded = unicodedata.normalize("NFC", address.strip()).casefold()
    return unicodedata.normalize("NFC", folded)  # of "ß" with an accent two letters were made


def line(value: str, path: Path, *, longest: int, what: str) -> str:
    """A text of one line with something to see in it; it does not turn the direction of what stands after it."""
    text = value.strip()
    if is_blank(text) or len(text) > longest or any(_is_control(sign) for sign in text):
        raise InvalidInput(
            f"{what} has 1 to {longest} characters and no line breaks or control characters", path=list(path)
        )
    return self_contained(text)


def paragraphs(value: str, path: Path, *, longest: int, what: str) -> str:
    """A text of any lines; blank lines and tabs are fine."""
    if len(value) > longest or any(_is_control(sign) and sign not in "\n\t\r" for sign in value):
        raise InvalidInput(
            f"{what} has at most {longest} characters and no control characters", path=list(path)
        )
    return value


def https_url(value: str, path: Path, *, what: str) -> str:
    """An https address. It is stored and shown, never fetched from here."""
    try:
        parts = urlsplit(value)
        host, credentials = parts.hostname, parts.username or parts.password
        _ = parts.port
    except ValueError:
        host, credentials, parts = None, None, urlsplit("")
    plain = value.isprintable() and not any(sign.isspace() for sign in value)
    if parts.scheme != "https" or not host or credentials or len(value) > LONGEST_URL or not plain:
        raise InvalidInput(f"{what} is an https address without a user name", path=list(path))
    return value


def checked_password(value: str, path: Path) -> str:
    """A password that may be set: long enough to resist guessing; any characters. Returns it normalised."""
    normal = normal_password(value)
    if not SHORTEST_PASSWORD <= len(normal) <= LONGEST_PASSWORD or "\0" in normal:
        raise InvalidInput(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", path=list(path)
        )
    return normal


def normal_password(value: str) -> str:
    """One spelling of what keyboards type differently (NFC)."""
    return unicodedata.normalize("NFC", value)


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs")
