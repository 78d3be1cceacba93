"""The root fields that change: each runs one operation, all of a document in one transaction."""

import strawberry

from api.schema.changing_courses import CourseMutations
from api.schema.changing_enrollments import EnrollmentMutations
from api.schema.changing_offerings import OfferingMutations
from api.schema.changing_people import PeopleMutations
from api.schema.changing_structure import StructureMutations


@strawberry.type
class Mutation(StructureMutations, CourseMutations, OfferingMutations, EnrollmentMutations, PeopleMutations):
    """Everything that changes."""
