"""People: students and teachers of every department, and the sample persons."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from fediflow.demo.moments import DAY, HOUR, as_datetime
from fediflow.demo.rows import TableRows, table_rows
from fediflow.demo.samples import ADMIN, INSTRUCTOR, SAMPLES, STUDENT, Sample
from fediflow.demo.setting import Setting
from fediflow.demo.structure import PROGRAMMES, Structure
from fediflow.demo.words.vocabulary import Department
from tenants.model import Role
from tenants.tables import (
    credentials,
    role_assignments,
    user_attributes,
    user_emails,
    user_external_ids,
    users,
)

STUDENTS_PER_DEPARTMENT = 166
TEACHERS_PER_DEPARTMENT = 11
_SUSPENDED_EVERY = 400


@dataclass(frozen=True, slots=True)
class People:
    """Who can be enrolled and who teaches, by department; the samples by handle; and the rows."""

    students: Mapping[str, tuple[int, ...]]
    teachers: Mapping[str, tuple[int, ...]]
    samples: Mapping[str, int]
    rows: tuple[TableRows, ...]


@dataclass(frozen=True, slots=True)
class _Planned:
    id: int
    entered: int
    role: Role
    department: Department
    sample: Sample | None = None


def people(setting: Setting, structure: Structure, password_hash: str) -> People:
    """About 2,100 people; only the samples have a password."""
    random = setting.chance("people")
    planned = list(_planned(setting, random))
    students: dict[str, list[int]] = {}
    teachers: dict[str, list[int]] = {}
    for number, one in enumerate(planned):
        if one.sample is None and not _is_suspended(number):
            pool = students if one.role is Role.STUDENT else teachers
            pool.setdefault(one.department.code, []).append(one.id)
    samples = {one.sample.handle: one.id for one in planned if one.sample}
    return People(
        {code: tuple(ids) for code, ids in students.items()},
        {code: tuple(ids) for code, ids in teachers.items()},
        samples,
        (
            *_persons(setting, random, planned),
            _roles(setting, structure, planned, samples),
            *_facts(setting, structure, random, planned),
            _credentials(setting, samples, password_hash),
        ),
    )


def _planned(setting: Setting, random: Random) -> Iterator[_Planned]:
    departments = setting.university.words.departments
    for sample in SAMPLES:
        entered = setting.founded + 3 * HOUR
        yield _Planned(setting.ids.at(entered), entered, sample.role, departments[0], sample)
    for department in departments:
        for role, count in (
            (Role.INSTRUCTOR, TEACHERS_PER_DEPARTMENT),
            (Role.STUDENT, STUDENTS_PER_DEPARTMENT),
        ):
            for _ in range(count):
                entered = setting.founded + 4 * HOUR + int(random.random() * 110 * DAY)
                yield _Planned(setting.ids.at(entered), entered, role, department)


def _is_suspended(number: int) -> bool:
    return number % _SUSPENDED_EVERY == _SUSPENDED_EVERY - 1


def _persons(setting: Setting, random: Random, planned: list[_Planned]) -> tuple[TableRows, ...]:
    persons = table_rows(
        users,
        "id handle given_name family_name display_name preferred_language biography status last_sign_in_at"
        " created_at updated_at",
    )
    emails = table_rows(user_emails, "id user_id address address_key is_primary verified_at")
    university, words = setting.university, setting.university.words
    languages = (*university.languages, None)
    taken: Counter[str] = Counter()
    for number, one in enumerate(planned):
        given, family = random.choice(words.given_names), random.choice(words.family_names)
        handle = one.sample.handle if one.sample else _handle(f"{given.latin}.{family.latin}", taken)
        at = as_datetime(one.entered)
        seen = as_datetime(setting.now - int(random.random() ** 3 * 60 * DAY) - HOUR)
        persons.rows.append(
            (
                one.id,
                handle,
                given.native,
                family.native,
                words.display.format(given=given.native, family=family.native),
                random.choices(languages, (84, 12, 4))[0],
                _biography(setting, random, one),
                "suspended" if _is_suspended(number) else "active",
                seen if random.random() < 0.8 else None,
                at,
                at,
            )
        )
        address = f"{handle}@{university.slug}.example"
        emails.rows.append((setting.ids.at(one.entered), one.id, address, address, True, at))
    return persons, emails


def _handle(wanted: str, taken: Counter[str]) -> str:
    taken[wanted] += 1
    return wanted if taken[wanted] == 1 else f"{wanted}{taken[wanted]}"


def _biography(setting: Setting, random: Random, one: _Planned) -> str | None:
    if one.role is not Role.INSTRUCTOR:
        return None
    topic = random.choice(one.department.topics)
    return setting.university.words.biography.format(topic=topic[0])


def _roles(
    setting: Setting, structure: Structure, planned: list[_Planned], samples: Mapping[str, int]
) -> TableRows:
    rows = table_rows(role_assignments, "id user_id role org_unit_id granted_by_id created_at")
    faculty = f"{setting.university.slug.upper()}-{setting.university.words.faculties[0].code}"
    for one in planned:
        unit = structure.units[faculty] if one.sample and one.sample.in_unit else None
        granted_by = None if one.id == samples[ADMIN.handle] else samples[ADMIN.handle]
        at = as_datetime(one.entered)
        rows.rows.append((setting.ids.at(one.entered), one.id, one.role.value, unit, granted_by, at))
    return rows


def _facts(
    setting: Setting, structure: Structure, random: Random, planned: list[_Planned]
) -> tuple[TableRows, TableRows]:
    external = table_rows(user_external_ids, "type value user_id")
    values = table_rows(user_attributes, "user_id definition_id value")
    programme, entry_year = structure.fields["programme"], structure.fields["entryYear"]
    this_year = setting.calendar.past.starts_on.year
    for number, one in enumerate(planned, start=1):
        if one.role is not Role.STUDENT:
            external.rows.append(("employeeNumber", f"E{number:05}", one.id))
            continue
        external.rows.append(("matriculationNumber", f"{700_000 + number * 7}", one.id))
        values.rows.append((one.id, programme, random.choices(PROGRAMMES, (70, 25, 5))[0]))
        values.rows.append((one.id, entry_year, str(this_year - random.randrange(5))))
    return external, values


def _credentials(setting: Setting, samples: Mapping[str, int], password_hash: str) -> TableRows:
    rows = table_rows(credentials, "user_id password_hash changed_at")
    at = setting.founded_at
    rows.rows.extend([(user_id, password_hash, at) for user_id in samples.values()])
    return rows


def sample_student(people: People) -> int:
    """Who has something of everything on the student's side."""
    return people.samples[STUDENT.handle]


def sample_instructor(people: People) -> int:
    """Who teaches what the sample student takes."""
    return people.samples[INSTRUCTOR.handle]
