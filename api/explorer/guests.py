"""Whom a visitor of the demo may sign in as: it is told to pages, so nothing of it may be a secret."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guest:
    """A person of the demo: the name to sign in with, the role (such as `student`), and where it holds."""

    handle: str
    role: str
    in_unit: bool


@dataclass(frozen=True, slots=True)
class GuestInstitution:
    """An institution of the demo: its slug, its name in two languages (BCP 47 tags), its guests."""

    slug: str
    name: str
    language: str
    other_name: str
    other_language: str
    guests: tuple[Guest, ...]


@dataclass(frozen=True, slots=True)
class Guests:
    """All of them, and the password they share."""

    password: str
    institutions: tuple[GuestInstitution, ...]
