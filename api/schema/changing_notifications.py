"""Mutations of what a person is told."""

from typing import Any

import strawberry

from api.plan.coercion import row_id
from api.schema.inputs import OPTIONAL, each, given_or, optional_id_of
from api.schema.mutation_fields import Changed, mutation
from api.schema.notifications import EmailTime, NotificationKind, NotificationPreference
from federation.entities.notifications import NOTIFICATION
from federation.notifications.model import EmailTime as Time
from federation.notifications.model import NotificationKind as Kind
from federation.notifications.operations import mark_read, set_preference
from kernel.errors import below
from kernel.unset import UNSET
from tenants.door import Transaction
from tenants.model import Scope


@strawberry.input(description="Exactly one of these.")
class MarkNotificationsReadInput:
    ids: list[strawberry.ID] | None = strawberry.field(default=OPTIONAL, description="At most 500.")
    up_to: strawberry.ID | None = strawberry.field(
        default=OPTIONAL, description="This one and all that are older."
    )


@strawberry.input(description="What is not given stays as it is.")
class SetNotificationPreferenceInput:
    kind: NotificationKind
    in_app: bool | None = OPTIONAL
    email: EmailTime | None = OPTIONAL


async def _mark_read(tx: Transaction, given: Any, services: Any, address: str) -> Changed:
    ids = given_or(given.ids)
    if ids is not None:
        with below("ids"):
            ids = each(ids, lambda one: row_id(one, NOTIFICATION, name="input.ids"))
    up_to = optional_id_of(given, NOTIFICATION, "up_to")
    return Changed(None, {"marked_count": await mark_read(tx, ids=ids, up_to=up_to)})


async def _set_preference(tx: Transaction, given: Any, services: Any, address: str) -> Changed:
    in_app, email = given_or(given.in_app), given_or(given.email)
    kind = Kind(given.kind.value)
    now = await set_preference(
        tx,
        kind=kind,
        in_app=UNSET if in_app is None else in_app,
        email=UNSET if email is None else Time(email.value),
    )
    holds = {"kind": given.kind, "in_app": now.in_app, "email": EmailTime(now.email.value)}
    return Changed(None, {"preference": holds})


@strawberry.type
class NotificationMutations:
    mark_notifications_read = mutation(
        "markNotificationsRead",
        _mark_read,
        input=MarkNotificationsReadInput,
        objects={},
        extras={"marked_count": (int, "How many of them were not read before.")},
        scope=Scope.NOTIFICATIONS_WRITE,
        description="The viewer has read these.",
    )
    set_notification_preference = mutation(
        "setNotificationPreference",
        _set_preference,
        input=SetNotificationPreferenceInput,
        objects={},
        extras={"preference": NotificationPreference},
        scope=Scope.NOTIFICATIONS_WRITE,
        description="How the viewer is told of a kind from now on: in the app or not, by e-mail at once, daily or never.",
    )
