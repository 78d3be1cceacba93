"""Mutations of org units and academic sessions."""

from datetime import date
from typing import Any

import strawberry

from academic.entities.catalogue import ACADEMIC_SESSION
from academic.structure.academic_sessions import (
    AcademicSessionChanges,
    NewAcademicSession,
    archive_academic_session,
    create_academic_session,
    update_academic_session,
)
from academic.structure.org_units import (
    NewOrgUnit,
    OrgUnitChanges,
    archive_org_unit,
    create_org_unit,
    update_org_unit,
)
from api.schema.courses import AcademicSession
from api.schema.enums import AcademicSessionKind, OrgUnitKind
from api.schema.inputs import (
    OPTIONAL,
    AttributeInput,
    ChangeInput,
    LocalizedTextInput,
    external_id_list,
    row,
    texts,
)
from api.schema.mutation_fields import mutation
from api.schema.people import OrgUnit
from api.schema.runs import acts, attribute_texts, creates, updates
from api.schema.shared import ExternalIdInput
from tenants.entities import ORG_UNIT
from tenants.model import Scope


@strawberry.input
class CreateOrgUnitInput:
    code: str
    name: list[LocalizedTextInput]
    kind: OrgUnitKind | None = OPTIONAL
    parent_id: strawberry.ID | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateOrgUnitInput(ChangeInput):
    code: str | None = OPTIONAL
    name: list[LocalizedTextInput] | None = OPTIONAL
    kind: OrgUnitKind | None = OPTIONAL
    parent_id: strawberry.ID | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    attributes: list[AttributeInput] | None = OPTIONAL


@strawberry.input
class CreateAcademicSessionInput:
    code: str
    title: list[LocalizedTextInput]
    starts_on: date
    ends_on: date
    kind: AcademicSessionKind | None = OPTIONAL
    parent_id: strawberry.ID | None = OPTIONAL
    teaching_starts_on: date | None = OPTIONAL
    teaching_ends_on: date | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class UpdateAcademicSessionInput(ChangeInput):
    code: str | None = OPTIONAL
    title: list[LocalizedTextInput] | None = OPTIONAL
    starts_on: date | None = OPTIONAL
    ends_on: date | None = OPTIONAL
    kind: AcademicSessionKind | None = OPTIONAL
    parent_id: strawberry.ID | None = OPTIONAL
    teaching_starts_on: date | None = OPTIONAL
    teaching_ends_on: date | None = OPTIONAL
    external_ids: list[ExternalIdInput] | None = OPTIONAL


_CONVERTERS: dict[str, Any] = {
    "name": texts,
    "title": texts,
    "external_ids": external_id_list,
    "attributes": attribute_texts,
}
_IN_UNIT = {**_CONVERTERS, "parent_id": row(ORG_UNIT)}
_IN_SESSION = {**_CONVERTERS, "parent_id": row(ACADEMIC_SESSION)}


def _unit(name: str, run: Any, input_: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"org_unit": OrgUnit},
        scope=Scope.ORG_UNITS_WRITE,
        description=description,
    )


def _session(name: str, run: Any, input_: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"academic_session": AcademicSession},
        scope=Scope.COURSES_WRITE,
        description=description,
    )


@strawberry.type
class StructureMutations:
    create_org_unit = _unit(
        "createOrgUnit",
        creates(create_org_unit, "org_unit", NewOrgUnit, _IN_UNIT),
        CreateOrgUnitInput,
        "Adds a part of the institution.",
    )
    update_org_unit = _unit(
        "updateOrgUnit",
        updates(update_org_unit, "org_unit_id", ORG_UNIT, OrgUnitChanges, _IN_UNIT),
        UpdateOrgUnitInput,
        "Changes or moves a part of the institution.",
    )
    archive_org_unit = _unit(
        "archiveOrgUnit", acts(archive_org_unit, "org_unit_id", ORG_UNIT), ChangeInput, "Takes it out of use."
    )
    create_academic_session = _session(
        "createAcademicSession",
        creates(create_academic_session, "academic_session", NewAcademicSession, _IN_SESSION),
        CreateAcademicSessionInput,
        "Adds a year, term or teaching period.",
    )
    update_academic_session = _session(
        "updateAcademicSession",
        updates(
            update_academic_session,
            "academic_session_id",
            ACADEMIC_SESSION,
            AcademicSessionChanges,
            _IN_SESSION,
        ),
        UpdateAcademicSessionInput,
        "Changes a term; offerings and sections that inherit its dates follow.",
    )
    archive_academic_session = _session(
        "archiveAcademicSession",
        acts(archive_academic_session, "academic_session_id", ACADEMIC_SESSION),
        ChangeInput,
        "Takes it out of use.",
    )
