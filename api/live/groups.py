"""Subscribers who want exactly the same."""

from api.live.outlet import Member
from api.live.specs import Spec


class Group:
    """Members who hear the same events in the same words."""

    __slots__ = ("members", "spec")

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.members: dict[Member, None] = {}

    def tell(self, position: int, event_id: str, payload: str) -> None:
        """Hands an event to all who have not heard it."""
        for member in tuple(self.members):
            member.tell(position, event_id, payload)
