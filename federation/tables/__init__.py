"""The tables of federation, by room; importing this package describes all of them."""

from federation.tables import (
    activities,
    actors,
    delivery,
    hosts,
    identities,
    inbox,
    moderation,
    notifications,
    posts,
    signin,
)

LOADED = (
    activities,
    actors,
    delivery,
    hosts,
    identities,
    inbox,
    moderation,
    notifications,
    posts,
    signin,
)
