"""Mutations of courses."""

from typing import Any

import strawberry

from academic.courses.courses import CourseChanges, NewCourse, archive_course, create_course, update_course
from academic.entities.catalogue import COURSE
from api.schema.courses import Course
from api.schema.enums import Visibility
from api.schema.inputs import (
    OPTIONAL,
    AttributeInput,
    ChangeInput,
    CreditInput,
    LocalizedTextInput,
    credit_list,
    external_id_list,
    row,
    texts,
)
from api.schema.mutation_fields import mutation
from api.schema.runs import acts, attribute_texts, creates, updates
from api.schema.shared import ExternalIdInput
from tenants.entities import ORG_UNIT
from tenants.model import Scope


@strawberry.input
class CreateCourseInput:
    org_unit_id: strawberry.ID
    code: str
    title: list[LocalizedTextInput]
    description: list[LocalizedTextInput] | None = OPTIONAL
    credits: list[CreditInput] | None = OPTIONAL
    teaching_languages: list[str] | None = OPTIONAL
    delivery_modes: list[str] | None = OPTIONAL
    eqf_level: int | None = OPTIONAL
    isced_f: str | None = OPTIONAL
    visibility: Visibility | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateCourseInput(ChangeInput):
    org_unit_id: strawberry.ID | None = OPTIONAL
    code: str | None = OPTIONAL
    title: list[LocalizedTextInput] | None = OPTIONAL
    description: list[LocalizedTextInput] | None = OPTIONAL
    credits: list[CreditInput] | None = OPTIONAL
    teaching_languages: list[str] | None = OPTIONAL
    delivery_modes: list[str] | None = OPTIONAL
    eqf_level: int | None = OPTIONAL
    isced_f: str | None = OPTIONAL
    visibility: Visibility | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL


_CONVERTERS: dict[str, Any] = {
    "title": texts,
    "description": texts,
    "credits": credit_list,
    "external_ids": external_id_list,
    "attributes": attribute_texts,
    "org_unit_id": row(ORG_UNIT),
}


def _course(name: str, run: Any, input_: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"course": Course},
        scope=Scope.COURSES_WRITE,
        description=description,
    )


@strawberry.type
class CourseMutations:
    create_course = _course(
        "createCourse",
        creates(create_course, "course", NewCourse, _CONVERTERS),
        CreateCourseInput,
        "Adds a course to the catalogue.",
    )
    update_course = _course(
        "updateCourse",
        updates(update_course, "course_id", COURSE, CourseChanges, _CONVERTERS),
        UpdateCourseInput,
        "Changes a course.",
    )
    archive_course = _course(
        "archiveCourse", acts(archive_course, "course_id", COURSE), ChangeInput, "Takes it out of use."
    )
