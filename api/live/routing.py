"""From an event to those who may want it: by the ids that filters name, and otherwise by the event's kind."""

from collections.abc import Iterator

from api.live.groups import Group
from api.live.specs import Spec
from kernel.outbox.reading import Told

_Key = tuple[str, str, object]  # event, what is compared, value; two empty ones for those without an anchor


class Router:
    """The groups of one institution."""

    __slots__ = ("_groups", "_keys", "_routes")

    def __init__(self) -> None:
        self._groups: dict[Spec, Group] = {}
        self._routes: dict[_Key, dict[Group, None]] = {}
        self._keys: dict[str, dict[str, int]] = {}  # event -> what is compared -> how many groups do

    def __len__(self) -> int:
        return len(self._groups)

    def groups(self) -> tuple[Group, ...]:
        """All of them."""
        return tuple(self._groups.values())

    def group(self, spec: Spec) -> Group:
        """The group of those who want exactly this; made where there is none."""
        found = self._groups.get(spec)
        if found is None:
            found = self._groups[spec] = Group(spec)
            for event, key, value in _keys(spec):
                self._routes.setdefault((event, key, value), {})[found] = None
                counted = self._keys.setdefault(event, {})
                counted[key] = counted.get(key, 0) + 1
        return found

    def forget(self, group: Group) -> None:
        """Removes a group that nobody is in any more."""
        if self._groups.pop(group.spec, None) is None:
            return
        for event, key, value in _keys(group.spec):
            route = self._routes[event, key, value]
            del route[group]
            if not route:
                del self._routes[event, key, value]
            self._keys[event][key] -= 1
            if not self._keys[event][key]:
                del self._keys[event][key]

    def wanting(self, told: Told) -> Iterator[Group]:
        """The groups whose filters the event meets, as far as it says itself; each once."""
        for key in tuple(self._keys.get(told.event, ())):
            for group in tuple(self._candidates(told, key)):
                if group.spec.is_meant(told):
                    yield group

    def _candidates(self, told: Told, key: str) -> dict[Group, None]:
        if key == _ANY:
            return self._routes.get((told.event, _ANY, None), {})
        # Values of one key are said by every kind of subscription in the same way: an id, or nothing.
        value = told.object_id if key == "" else told.payload.get(key)
        return self._routes.get((told.event, key, value), {})


def _keys(spec: Spec) -> Iterator[_Key]:
    anchor = spec.match.anchor
    for event in spec.plan.watched.events:
        if anchor is None:
            yield event, _ANY, None
        else:
            for value in anchor[1]:
                yield event, anchor[0], value


_ANY = "*"
