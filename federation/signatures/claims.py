"""What a signature claims before its key is known, and what is known once it was verified."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from federation.signatures.algorithms import Algorithm


class Kind(StrEnum):
    """The two ways of signing a request that the fediverse speaks."""

    CAVAGE = "draft-cavage-http-signatures-12"
    RFC9421 = "rfc9421"


@dataclass(frozen=True, slots=True)
class Component:
    """One covered part of a request; `parameter` is the `name` of a `@query-param`."""

    name: str
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One signature as it was read, nothing of it proved yet.

    `algorithm` is None where the key decides ("hs2019", or not told). `created` and `expires` are Unix seconds.
    `parameters` is the value of `@signature-params` (RFC 9421 section 2.3), empty for a cavage signature.
    """

    kind: Kind
    label: str
    key_id: str
    algorithm: Algorithm | None
    components: tuple[Component, ...]
    created: int | None
    expires: Decimal | None
    signature: bytes
    parameters: str = ""

    def covers(self, name: str) -> bool:
        """Whether the component of that name is signed."""
        return any(component.name == name for component in self.components)


@dataclass(frozen=True, slots=True)
class Verified:
    """The holder of the key signed the request at `signed_at`. `signature` is what a replay window remembers."""

    kind: Kind
    label: str
    key_id: str
    algorithm: Algorithm
    components: tuple[Component, ...]
    signed_at: datetime
    signature: bytes
