"""Mutations of enrollments: every step of the state machine."""

from typing import Any

import strawberry

from academic.enrollments.acting import approve, deny, reinstate, resume, suspend, withdraw
from academic.enrollments.completing import NewResult, complete
from academic.enrollments.entering import NewEnrollment, accept, decline, enrol, invite
from academic.enrollments.moving import move_section
from academic.entities.catalogue import OFFERING, SECTION
from academic.entities.enrollments import ENROLLMENT
from academic.entities.people import USER
from academic.model.states import EnrollmentRole as Role
from api.schema.enrollments import Enrollment
from api.schema.enums import EnrollmentRole
from api.schema.inputs import (
    OPTIONAL,
    ChangeInput,
    CreditInput,
    credit_list,
    filled,
    given_or,
    id_of,
    optional_id_of,
    optional_text_of,
    row,
)
from api.schema.mutation_fields import Changed, mutation
from api.schema.runs import acts, creates
from kernel.errors import below
from tenants.door import Transaction
from tenants.model import Scope


@strawberry.input(description="Without `userId` the viewer enrols.")
class EnrolInput:
    offering_id: strawberry.ID
    user_id: strawberry.ID | None = OPTIONAL
    role: EnrollmentRole | None = OPTIONAL
    section_id: strawberry.ID | None = OPTIONAL
    reason: str | None = OPTIONAL
    idempotency_key: str | None = OPTIONAL


@strawberry.input
class StepInput(ChangeInput):
    reason: str | None = OPTIONAL


@strawberry.input
class MoveSectionInput(ChangeInput):
    section_id: strawberry.ID | None = strawberry.field(
        default=OPTIONAL, description="Null or absent: out of every section."
    )


@strawberry.input
class ResultInput:
    scheme: str
    value: str
    is_passed: bool
    credits: list[CreditInput] | None = OPTIONAL


@strawberry.input
class CompleteInput(ChangeInput):
    result: ResultInput | None = OPTIONAL
    reason: str | None = OPTIONAL


def _role(value: Any) -> Role:
    return Role.STUDENT if value is None else Role(value.value)


_CONVERTERS: dict[str, Any] = {
    "offering_id": row(OFFERING),
    "user_id": row(USER),
    "section_id": row(SECTION),
    "role": _role,
}


def _result(given: ResultInput | None) -> NewResult | None:
    with below("result"):
        return None if given is None else filled(NewResult, given, {"credits": credit_list})


async def _complete(tx: Transaction, given: CompleteInput, services: Any, address: str) -> Changed:
    changed = await complete(
        tx,
        enrollment_id=id_of(given, ENROLLMENT),
        result=_result(given_or(given.result)),
        reason=optional_text_of(given, "reason"),
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


async def _move(tx: Transaction, given: MoveSectionInput, services: Any, address: str) -> Changed:
    changed = await move_section(
        tx,
        enrollment_id=id_of(given, ENROLLMENT),
        section_id=optional_id_of(given, SECTION, "section_id"),
        expected_version=given_or(given.expected_version),
    )
    return Changed(changed)


def _mutation(name: str, run: Any, input_: Any, description: str) -> Any:
    return mutation(
        name,
        run,
        input=input_,
        objects={"enrollment": Enrollment},
        scope=Scope.ENROLLMENTS_WRITE,
        description=description,
    )


def _step(name: str, operation: Any, description: str) -> Any:
    return _mutation(name, acts(operation, "enrollment_id", ENROLLMENT, "reason"), StepInput, description)


@strawberry.type
class EnrollmentMutations:
    enrol = _mutation(
        "enrol",
        creates(enrol, "enrollment", NewEnrollment, _CONVERTERS),
        EnrolInput,
        "Takes a seat, or a place on the waitlist where none is free, or asks for approval where it is needed.",
    )
    invite = _mutation(
        "invite", creates(invite, "enrollment", NewEnrollment, _CONVERTERS), EnrolInput, "Invites a person."
    )
    accept_enrollment = _mutation(
        "acceptEnrollment",
        acts(accept, "enrollment_id", ENROLLMENT),
        ChangeInput,
        "Accepts an invitation or offer.",
    )
    decline_enrollment = _step("declineEnrollment", decline, "Declines an invitation or an offered seat.")
    approve_enrollment = _step("approveEnrollment", approve, "Grants what was requested.")
    deny_enrollment = _step("denyEnrollment", deny, "Refuses what was requested.")
    withdraw_enrollment = _step(
        "withdrawEnrollment",
        withdraw,
        "Leaves; the first on the waitlist gets the seat in the same transaction.",
    )
    suspend_enrollment = _step("suspendEnrollment", suspend, "Interrupts it; the seat stays taken.")
    resume_enrollment = _step("resumeEnrollment", resume, "Ends an interruption.")
    reinstate_enrollment = _step("reinstateEnrollment", reinstate, "Takes back a completion or a denial.")
    complete_enrollment = _mutation(
        "completeEnrollment", _complete, CompleteInput, "Ends it with a result, or without one."
    )
    move_section = _mutation(
        "moveSection", _move, MoveSectionInput, "Moves it to another section of its offering."
    )
