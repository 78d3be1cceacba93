"""Documents of this platform's own institutions: asked for in the house, never by HTTP."""

from typing import Protocol

from federation.protocol.reading import Document


class OwnDocuments(Protocol):
    """What stands behind addresses of this platform."""

    async def is_ours(self, host: str) -> bool:
        """Whether a host (with its port, as in addresses) is of an institution here."""

    async def document(self, address: str) -> Document | None:
        """The public document of an address of ours; None where there is none that may be shown."""

    async def webfinger(self, username: str, host: str) -> str | None:
        """The address of the actor with that handle; None where there is none."""


class NothingOfOurs:
    """Where no host is ours: tests and tools."""

    async def is_ours(self, host: str) -> bool:
        """Never."""
        return False

    async def document(self, address: str) -> Document | None:
        """None."""
        return None

    async def webfinger(self, username: str, host: str) -> str | None:
        """None."""
        return None
