"""Other servers as an institution's operators see them: rules about them, deliveries to them, what is asked of the queue."""

from datetime import datetime
from enum import Enum

import strawberry

from api.plan.bindings import Column, Lookup, Root
from api.schema.actors import Actor
from api.schema.people import User
from api.schema.posts import Activity
from api.schema.shared import Node, bound, connection, declared, order_input


@strawberry.enum(
    description="With whom an institution federates. OPEN: with everybody whom no rule excludes. LIMITED: with everybody, but"
    " what comes from servers that are not allowed by a rule is held back from those who do not follow its author."
    " ALLOW_LIST: with servers that a rule allows. CLOSED: with nobody."
)
class FederationMode(Enum):
    OPEN = "open"
    ALLOW_LIST = "allow_list"
    LIMITED = "limited"
    CLOSED = "closed"


@strawberry.enum(description="What other servers must sign their fetches of.")
class SignedFetch(Enum):
    NEVER = "never"
    OBJECTS = "objects"
    EVERYTHING = "everything"


@strawberry.enum(
    description="ALLOW, whatever the mode or a rule for a domain above says; LIMIT: hold posts back; BLOCK: have nothing to do with it."
)
class DomainAction(Enum):
    ALLOW = "allow"
    LIMIT = "limit"
    BLOCK = "block"


@strawberry.enum(
    description="How deliveries to a server go. PAUSED: by the institution (`pausedAt`), or by whoever operates the platform."
    " UNTRIED: none arrived and none failed yet."
)
class FederationHostState(Enum):
    WORKING = "working"
    FAILING = "failing"
    PAUSED = "paused"
    UNTRIED = "untried"


@strawberry.enum(description="INTERACTIVE goes before NORMAL, and that before BULK.")
class DeliveryClass(Enum):
    INTERACTIVE = "interactive"
    NORMAL = "normal"
    BULK = "bulk"


@strawberry.enum
class DeliveryEnd(Enum):
    REFUSED = "refused"
    EXPIRED = "expired"
    GONE = "gone"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


@strawberry.enum
class DeliveryCommandKind(Enum):
    RETRY_HOST = "retry_host"
    PAUSE_HOST = "pause_host"
    RESUME_HOST = "resume_host"
    REPLAY_DEAD_LETTERS = "replay_dead_letters"
    CANCEL_DELIVERY = "cancel_delivery"


DomainPolicyOrder = order_input("DomainPolicy", "DOMAIN")


@strawberry.input
class DomainPolicyFilter:
    domain: str | None = strawberry.UNSET
    action: DomainAction | None = strawberry.UNSET


@strawberry.input
class FederationHostFilter:
    host: str | None = strawberry.UNSET


@strawberry.input
class DeliveryFilter:
    host: str | None = strawberry.UNSET


@strawberry.input
class DeadLetterFilter:
    host: str | None = strawberry.UNSET


@strawberry.type(description="How the institution federates.")
class FederationSettings:
    mode: FederationMode
    requires_signed_fetch: SignedFetch
    links_of_strangers: int = strawberry.field(
        description="Posts with more links than that, by authors whom nobody here follows, wait for a moderator."
    )
    domain_policies_csv: str = strawberry.field(
        description="All `domainPolicies` as other servers read them: CSV with `#domain,#severity,…`."
    )
    version: int


@strawberry.type(
    description="What the institution does with a domain and all below it; the nearest rule decides."
)
class DomainPolicy(Node):
    domain: str
    action: DomainAction
    reason: str | None = bound(Column("policy_reason"))
    set_by: User | None
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type(
    description="A server that the institution delivered to; the figures are of its own deliveries."
)
class FederationHost:
    host: str = strawberry.field(description="With its port where it has one.")
    state: FederationHostState
    software: str | None
    software_version: str | None
    delivered: int
    failed: int = strawberry.field(description="Attempts, of which a delivery may take several.")
    success_rate: float | None = strawberry.field(description="Between 0 and 1; null: nothing was tried.")
    latency_ms: float | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    paused_at: datetime | None
    waiting: int = strawberry.field(description="Deliveries that wait for it, counted up to 10,000.")
    oldest_due_age: int | None = strawberry.field(
        description="For how many seconds the oldest delivery exists that may go now; null: there is none."
    )
    updated_at: datetime


@strawberry.type(description="An activity that waits for a server.")
class Delivery(Node):
    host: str
    activity: Activity | None
    sender: Actor | None = strawberry.field(description="Whose key signs it.")
    delivery_class: DeliveryClass
    attempts: int
    not_before: datetime | None = strawberry.field(description="When it is tried next, once it failed.")
    last_status: int | None = strawberry.field(description="Of HTTP.")
    last_error: str | None
    created_at: datetime


@strawberry.type(description="An activity that could not be delivered; kept for 30 days.")
class DeadLetter(Node):
    host: str
    activity: Activity | None
    sender: Actor | None
    delivery_class: DeliveryClass
    attempts: int
    end_reason: DeliveryEnd
    last_status: int | None
    last_error: str | None
    created_at: datetime
    died_at: datetime


@strawberry.type(description="What an operator asked of the queue; a worker carries it out.")
class DeliveryCommand(Node):
    command: DeliveryCommandKind
    subject: str = strawberry.field(description="A host, or numbers of deliveries.")
    requested_by: User | None
    created_at: datetime
    done_at: datetime | None = strawberry.field(description="Null: not yet.")
    affected: int | None = strawberry.field(description="How many deliveries it concerned.")


_NO_SETTINGS = {
    "mode": '"OPEN"',
    "requires_signed_fetch": '"NEVER"',
    "links_of_strangers": "5",
    "version": "1",
}


@strawberry.type
class FederationHostQueries:
    """What operators see."""

    federation_settings: FederationSettings | None = declared(
        FederationSettings | None,
        description="For those who operate the institution's federation, and moderators.",
        bind=Root(Lookup.ONLY, "FederationSettings", otherwise=_NO_SETTINGS),
    )
    domain_policies = connection(
        DomainPolicy,
        filter=DomainPolicyFilter,
        order=DomainPolicyOrder,
        bind=Root(Lookup.CONNECTION, "DomainPolicy", "DOMAIN"),
    )
    federation_hosts = connection(
        FederationHost,
        filter=FederationHostFilter,
        description="Servers that the institution delivered to, by name.",
        bind=Root(Lookup.CONNECTION, "FederationHost", "HOST"),
    )
    deliveries = connection(
        Delivery,
        filter=DeliveryFilter,
        description="What waits, the oldest first.",
        bind=Root(Lookup.CONNECTION, "Delivery", "ID"),
    )
    dead_letters = connection(
        DeadLetter,
        filter=DeadLetterFilter,
        description="What could not be delivered, the newest first.",
        bind=Root(Lookup.CONNECTION, "DeadLetter", "ID"),
    )
    delivery_commands = connection(
        DeliveryCommand,
        description="What was asked of the queue, the newest first.",
        bind=Root(Lookup.CONNECTION, "DeliveryCommand", "ID"),
    )
