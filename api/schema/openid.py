"""The providers that people of an institution sign in by."""

from datetime import datetime
from enum import Enum

import strawberry

from api.plan.bindings import Lookup, Root
from api.schema.shared import Node, connection


@strawberry.enum(
    description="Who comes in whom nobody here knows by the provider's subject: everybody, as a new person; whoever has an "
    "external id that the provider says; whoever follows an invitation."
)
class OpenidProvisioning(Enum):
    JUST_IN_TIME = "just_in_time"
    EXTERNAL_ID = "external_id"
    INVITATION = "invitation"


@strawberry.type(description="An OpenID provider of the institution. Seen by its administrators.")
class OpenidProvider(Node):
    name: str
    issuer: str
    client_id: str
    has_client_secret: bool = strawberry.field(description="False: a public client, with PKCE alone.")
    requested_scopes: list[str]
    provisioning: OpenidProvisioning
    matching_claim: str | None = strawberry.field(
        description="Of EXTERNAL_ID: which claim is compared with ids of `matchingType`."
    )
    matching_type: str | None
    asserted_scopes: list[str] = strawberry.field(
        description="Domains that it may give out scoped ids in, beside the institution's own."
    )
    never_reassigns: bool = strawberry.field(
        description="No principal name is ever given to a second person, so they may be taken for ids."
    )
    is_enabled: bool
    created_at: datetime
    updated_at: datetime
    version: int


@strawberry.type(description="A way to sign in, for the page that offers it.")
class SignInMethod:
    name: str
    start_path: str = strawberry.field(
        description="Where the browser goes to begin, under the institution's first domain. Add `return_to`, a page of one "
        "of its domains: that gets a `code` in its query for `completeSignIn`. With `code_challenge` (S256 of a verifier "
        "that the page keeps) nobody else can use that code."
    )


@strawberry.type
class OpenidQueries:
    """Which providers there are."""

    openid_providers = connection(
        OpenidProvider,
        bind=Root(Lookup.CONNECTION, "OpenidProvider", "ID"),
        description="For administrators.",
    )
    sign_in_methods = connection(
        SignInMethod,
        bind=Root(Lookup.CONNECTION, "SignInMethod", "ID"),
        description="What a sign-in page offers beside a password; for everybody.",
    )
