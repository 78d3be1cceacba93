"""The root fields that change: each runs one operation, all of a document in one transaction."""

import strawberry

from api.schema.changing_actors import ActorMutations
from api.schema.changing_courses import CourseMutations
from api.schema.changing_drafts import DraftMutations
from api.schema.changing_enrollments import EnrollmentMutations
from api.schema.changing_federation_hosts import FederationHostMutations
from api.schema.changing_follows import FollowMutations
from api.schema.changing_identities import IdentityMutations
from api.schema.changing_moderation import ModerationMutations
from api.schema.changing_notifications import NotificationMutations
from api.schema.changing_offerings import OfferingMutations
from api.schema.changing_openid import OpenidMutations
from api.schema.changing_people import PeopleMutations
from api.schema.changing_posts import PostMutations
from api.schema.changing_search import SearchMutations
from api.schema.changing_structure import StructureMutations


@strawberry.type
class Mutation(
    StructureMutations,
    CourseMutations,
    OfferingMutations,
    EnrollmentMutations,
    PeopleMutations,
    IdentityMutations,
    OpenidMutations,
    PostMutations,
    DraftMutations,
    FollowMutations,
    ActorMutations,
    ModerationMutations,
    FederationHostMutations,
    NotificationMutations,
    SearchMutations,
):
    """Everything that changes."""
