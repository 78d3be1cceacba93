"""What asking a server about itself and its accounts gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finger:
    """A WebFinger answer: `subject` as `acct:user@domain`, the actor's URI, and the page for people if there is one."""

    subject: str
    actor: str
    page: str | None
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoteSoftware:
    """What a server's NodeInfo says it is; `name` in lower case."""

    name: str
    version: str
    protocols: tuple[str, ...]
    open_registrations: bool | None
    users: int | None
    title: str | None
