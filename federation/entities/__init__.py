"""How what federation keeps is seen from outside: its entities, and what leads to them from other packages' entities."""

from collections.abc import Mapping

from federation.entities import (
    activities,
    actors,
    drafts,
    hosts,
    identities,
    moderation,
    notifications,
    posts,
    signin,
    timelines,
)
from kernel.entities import Relation

ENTITIES = (
    *identities.ENTITIES,
    *signin.ENTITIES,
    *actors.ENTITIES,
    *posts.ENTITIES,
    *drafts.ENTITIES,
    *activities.ENTITIES,
    *timelines.ENTITIES,
    *moderation.ENTITIES,
    *hosts.ENTITIES,
    *notifications.ENTITIES,
)


def _joined(*all_relations: Mapping[str, tuple[Relation, ...]]) -> dict[str, tuple[Relation, ...]]:
    joined: dict[str, tuple[Relation, ...]] = {}
    for relations in all_relations:
        for name, more in relations.items():
            joined[name] = (*joined.get(name, ()), *more)
    return joined


# Name of an entity elsewhere -> the relations that it gets; whoever puts the schema together adds them.
RELATIONS = _joined(identities.RELATIONS, actors.RELATIONS)
