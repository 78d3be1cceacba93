"""How enrollments and results are seen."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, func, literal_column, select

from academic.entities.catalogue import BY_ID, BY_OFFERING, BY_UPDATE, IN_SESSION
from academic.tables import enrollment_external_ids, enrollment_transitions, enrollments, results
from academic.visibility import enrollment_visible, enrollments_of_viewer
from kernel.entities import (
    TENANT,
    Cardinality,
    Entity,
    Fact,
    Kind,
    Relation,
    equals,
    has_external_id,
    to_list,
    to_many,
    to_one,
    updated_since,
)
from tenants.entities import everyone, external_ids_of
from tenants.model import Scope


def _waitlist_position(row: FromClause) -> ColumnElement[Any]:
    ahead = enrollments.alias()
    position = (
        select(func.count() + literal_column("1"))
        .select_from(ahead)
        .where(
            ahead.c.tenant_id == TENANT,
            ahead.c.offering_id == row.c["offering_id"],
            ahead.c.state == literal_column("'waitlisted'"),
            ahead.c.waitlist_rank < row.c["waitlist_rank"],
        )
        .correlate_except(ahead)
        .scalar_subquery()
    )
    return case((row.c["state"] == literal_column("'waitlisted'"), position))


ENROLLMENT = Entity(
    name="Enrollment",
    table=enrollments,
    prefix="enrollment",
    visible_to=enrollment_visible,
    narrowed=enrollments_of_viewer,
    scope=Scope.ENROLLMENTS_READ,
    relations=(
        to_one("offering", "Offering", "offering_id"),
        to_one("user", "User", "user_id"),
        to_one("section", "Section", "section_id"),
        Relation("result", "Result", (("id", "enrollment_id"),), Cardinality.ONE),
        to_many("transitions", "EnrollmentTransition", "enrollment_id", order="ID", few=True),
        to_list("external_ids", "EnrollmentExternalId", "enrollment_id"),
    ),
    facts=(Fact("waitlist_position", Kind.INTEGER, _waitlist_position),),
    orders=(BY_ID, BY_UPDATE, BY_OFFERING),
    filters=(
        equals("state", Kind.ENUM),
        equals("role", Kind.ENUM),
        equals("section_id", Kind.ID, name="section", entity="Section", few=True),
        equals("offering_id", Kind.ID, name="offering", entity="Offering"),
        equals("user_id", Kind.ID, name="user", entity="User", few=True),
        IN_SESSION,
        updated_since(),
        has_external_id(enrollment_external_ids, "enrollment"),
    ),
)
ENROLLMENT_EXTERNAL_ID = external_ids_of("Enrollment", enrollment_external_ids)
ENROLLMENT_TRANSITION = Entity(
    name="EnrollmentTransition",
    table=enrollment_transitions,
    visible_to=everyone,  # only reached through an enrollment, which decides
    orders=(BY_ID,),
    relations=(to_one("actor", "User", "actor_id"), to_one("on_behalf_of", "User", "on_behalf_of_id")),
)
RESULT = Entity(
    name="Result",
    table=results,
    key=("enrollment_id",),
    visible_to=everyone,  # only reached through an enrollment, which decides
    relations=(to_one("recorded_by", "User", "recorded_by_id"),),
)

ENTITIES = (ENROLLMENT, ENROLLMENT_EXTERNAL_ID, ENROLLMENT_TRANSITION, RESULT)
