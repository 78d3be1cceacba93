"""Mutations of offerings and their sections."""

from datetime import date
from typing import Any

import strawberry

from academic.courses.lifecycle import archive_offering, cancel_offering, change_capacity, publish_offering
from academic.courses.offerings import (
    NewOffering,
    OfferingChanges,
    Place,
    create_offering,
    update_offering,
)
from academic.courses.sections import (
    NewSection,
    SectionChanges,
    archive_section,
    create_section,
    update_section,
)
from academic.entities.catalogue import ACADEMIC_SESSION, COURSE, OFFERING, SECTION
from academic.model.catalogue import Point
from api.schema.courses import Offering, Section
from api.schema.enums import Visibility
from api.schema.inputs import (
    OPTIONAL,
    AttributeInput,
    ChangeInput,
    EnrollmentWindowInput,
    LocalizedTextInput,
    TakesNull,
    external_id_list,
    given_or,
    id_of,
    optional_text_of,
    row,
    texts,
    windows,
)
from api.schema.mutation_fields import Changed, mutation
from api.schema.runs import acts, attribute_texts, creates, updates
from api.schema.shared import ExternalIdInput
from kernel.errors import InvalidInput
from kernel.unset import UNSET
from tenants.door import Transaction
from tenants.model import Scope


@strawberry.input(description="Where it is; give latitude and longitude together or not at all.")
class PlaceInput:
    name: str | None = OPTIONAL
    latitude: float | None = OPTIONAL
    longitude: float | None = OPTIONAL


@strawberry.input
class CreateOfferingInput:
    course_id: strawberry.ID
    academic_session_id: strawberry.ID
    code: str
    title: list[LocalizedTextInput] | None = OPTIONAL
    description: list[LocalizedTextInput] | None = OPTIONAL
    teaching_languages: list[str] | None = OPTIONAL
    delivery_modes: list[str] | None = OPTIONAL
    visibility: Visibility | None = OPTIONAL
    approval_required: bool | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    place: PlaceInput | None = OPTIONAL
    capacity: int | None = OPTIONAL
    waitlist_capacity: int | None = OPTIONAL
    enrollment_windows: list[EnrollmentWindowInput] | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateOfferingInput(ChangeInput):
    code: str | None = OPTIONAL
    title: list[LocalizedTextInput] | None = OPTIONAL
    description: list[LocalizedTextInput] | None = OPTIONAL
    teaching_languages: list[str] | None = OPTIONAL
    delivery_modes: list[str] | None = OPTIONAL
    visibility: Visibility | None = OPTIONAL
    approval_required: bool | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    place: PlaceInput | None = OPTIONAL
    enrollment_windows: list[EnrollmentWindowInput] | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL


@strawberry.input(description="How many seats; null: no limit; absent: as it is.")
class ChangeCapacityInput(ChangeInput):
    capacity: int | None = OPTIONAL
    waitlist_capacity: int | None = OPTIONAL


@strawberry.input
class CreateSectionInput:
    offering_id: strawberry.ID
    code: str
    title: list[LocalizedTextInput] | None = OPTIONAL
    capacity: int | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateSectionInput(ChangeInput):
    code: str | None = OPTIONAL
    title: list[LocalizedTextInput] | None = OPTIONAL
    capacity: int | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL


def _place(given: PlaceInput | None) -> Place:
    if given is None:
        return Place()
    latitude, longitude = given_or(given.latitude), given_or(given.longitude)
    if (latitude is None) != (longitude is None):
        raise InvalidInput("a place has latitude and longitude, or neither")
    point = Point(latitude, longitude) if latitude is not None and longitude is not None else None
    return Place(optional_text_of(given, "name"), point)


_CONVERTERS: dict[str, Any] = {
    "title": texts,
    "description": texts,
    "external_ids": external_id_list,
    "attributes": attribute_texts,
    "windows": windows,
    "place": TakesNull(_place),
    "course_id": row(COURSE),
    "academic_session_id": row(ACADEMIC_SESSION),
    "offering_id": row(OFFERING),
}
_RENAMED = {"windows": "enrollment_windows"}


async def _change_capacity(
    tx: Transaction, given: ChangeCapacityInput, services: Any, address: str
) -> Changed:
    changed = await change_capacity(
        tx,
        offering_id=id_of(given, OFFERING),
        capacity=given_or(given.capacity, UNSET),
        waitlist_capacity=given_or(given.waitlist_capacity, UNSET),
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


def _offering(name: str, run: Any, input_: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"offering": Offering},
        scope=Scope.COURSES_WRITE,
        description=description,
    )


def _section(name: str, run: Any, input_: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"section": Section},
        scope=Scope.COURSES_WRITE,
        description=description,
    )


@strawberry.type
class OfferingMutations:
    create_offering = _offering(
        "createOffering",
        creates(
            create_offering,
            "offering",
            NewOffering,
            _CONVERTERS,
            renamed=_RENAMED,
        ),
        CreateOfferingInput,
        "Gives a course in a term, as a draft.",
    )
    update_offering = _offering(
        "updateOffering",
        updates(
            update_offering,
            "offering_id",
            OFFERING,
            OfferingChanges,
            _CONVERTERS,
            renamed=_RENAMED,
        ),
        UpdateOfferingInput,
        "Changes an offering.",
    )
    publish_offering = _offering(
        "publishOffering",
        acts(publish_offering, "offering_id", OFFERING),
        ChangeInput,
        "Shows a draft to those its visibility names.",
    )
    cancel_offering = _offering(
        "cancelOffering", acts(cancel_offering, "offering_id", OFFERING), ChangeInput, "Calls it off."
    )
    archive_offering = _offering(
        "archiveOffering",
        acts(archive_offering, "offering_id", OFFERING),
        ChangeInput,
        "Takes it out of use.",
    )
    change_capacity = _offering(
        "changeCapacity",
        _change_capacity,
        ChangeCapacityInput,
        "Changes the number of seats; new seats go to the waitlist in its order.",
    )
    create_section = _section(
        "createSection",
        creates(create_section, "section", NewSection, _CONVERTERS),
        CreateSectionInput,
        "Adds a group to an offering.",
    )
    update_section = _section(
        "updateSection",
        updates(update_section, "section_id", SECTION, SectionChanges, _CONVERTERS),
        UpdateSectionInput,
        "Changes a group of an offering.",
    )
    archive_section = _section(
        "archiveSection", acts(archive_section, "section_id", SECTION), ChangeInput, "Takes it out of use."
    )
