"""The root fields that change: each runs one operation, all of a document in one transaction."""

import strawberry

from api.schema.changing_catalogue import CatalogueMutations
from api.schema.changing_enrollments import EnrollmentMutations
from api.schema.changing_people import PeopleMutations


@strawberry.type
class Mutation(CatalogueMutations, EnrollmentMutations, PeopleMutations):
    """Everything that changes."""
