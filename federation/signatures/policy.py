"""What is accepted from the network: algorithms and clock windows."""

from dataclasses import dataclass
from datetime import timedelta

from federation.signatures.algorithms import Algorithm


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier accepts beyond a right signature over the required components.

    Senders sign each attempt anew, so age is clock skew and queueing: an hour is what other servers allow and far less
    than the twelve that some still do, which makes a captured request useful for half a day. A clock that is ahead is
    a fault that gets worse, and time servers are everywhere: five minutes. A signature can be replayed for the sum
    of the two, so that is how long a `ReplayWindow` must remember.
    """

    past: timedelta = timedelta(hours=1)
    future: timedelta = timedelta(minutes=5)
    algorithms: frozenset[Algorithm] = frozenset({Algorithm.RSA_V1_5_SHA256, Algorithm.ED25519})

    @property
    def span(self) -> timedelta:
        """How long one signature may be accepted at most."""
        return self.past + self.future


STRICT = Policy()
