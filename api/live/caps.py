"""How much one caller and one institution may keep open in one process."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

from kernel.errors import ErrorCode, FediflowError


class TooManyOpen(FediflowError):
    """More is open than is allowed; close what is not needed."""

    code = ErrorCode.LIMIT_EXCEEDED


@dataclass(frozen=True, slots=True)
class Caps:
    """For each gateway process. A caller is a person; of those who are not signed in, an address."""

    connections_per_caller: int = 50
    subscriptions_per_caller: int = 200
    subscriptions_per_tenant: int = 10_000


class Counts:
    """What is open now."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._open: Counter[Hashable] = Counter()

    def connect(self, caller: Hashable) -> None:
        """Counts a connection; `TooManyOpen` where it is one too many."""
        self._take(("connection", caller), self._caps.connections_per_caller, "connections of yours")

    def disconnect(self, caller: Hashable) -> None:
        """It is closed."""
        self._give_back(("connection", caller))

    def subscribe(self, caller: Hashable, tenant_id: int) -> None:
        """Counts a subscription; `TooManyOpen` where it is one too many."""
        self._take(("mine", caller), self._caps.subscriptions_per_caller, "subscriptions of yours")
        try:
            self._take(
                ("all", tenant_id), self._caps.subscriptions_per_tenant, "subscriptions of this institution"
            )
        except TooManyOpen:
            self._give_back(("mine", caller))
            raise

    def unsubscribe(self, caller: Hashable, tenant_id: int) -> None:
        """It is over."""
        self._give_back(("mine", caller))
        self._give_back(("all", tenant_id))

    def _take(self, key: Hashable, most: int, what: str) -> None:
        if self._open[key] >= most:
            raise TooManyOpen(
                f"{most} {what} are open here, and no more are allowed: close what you do not need"
            )
        self._open[key] += 1

    def _give_back(self, key: Hashable) -> None:
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]
