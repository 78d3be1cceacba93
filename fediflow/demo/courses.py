"""Courses: every topic of every department from the foundations on, in both languages."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from academic.tables import (
    course_attributes,
    course_external_ids,
    course_languages,
    courses,
)
from fediflow.demo.moments import DAY, as_datetime
from fediflow.demo.rows import TableRows, as_json, table_rows
from fediflow.demo.setting import Setting
from fediflow.demo.structure import Structure
from fediflow.demo.words.vocabulary import Aspect, Department, Text

_EQF = {"bachelor": 6, "master": 7}
_HOURS_PER_CREDIT = {"ects": 30, "jp-credit": 45}


@dataclass(frozen=True, slots=True)
class Course:
    """A course as its offerings need it."""

    id: int
    code: str
    title: Text
    department: str
    aspect: Aspect
    credits: str
    languages: tuple[str, ...]
    delivery: tuple[str, ...]
    visibility: str


def catalogue(setting: Setting, structure: Structure) -> tuple[list[Course], tuple[TableRows, ...]]:
    """Three courses a topic, 324 in all, department by department."""
    random = setting.chance("courses")
    rows = table_rows(
        courses,
        "id org_unit_id code title description sort_title credits teaching_languages delivery_modes eqf_level isced_f"
        " visibility created_at updated_at",
    )
    languages = table_rows(course_languages, "language course_id")
    external = table_rows(course_external_ids, "type value course_id")
    values = table_rows(course_attributes, "course_id definition_id value")
    made = []
    for department, topic, code, aspect in _planned(setting):
        entered = setting.founded + int(random.random() * 100 * DAY)
        title = _filled(aspect.title, topic)
        course = Course(
            setting.ids.at(entered),
            code,
            title,
            department.code,
            aspect,
            _credits(setting, aspect),
            _languages(setting, random),
            random.choices(
                (("on_campus",), ("hybrid",), ("online",), ("on_campus", "online")), (70, 14, 9, 7)
            )[0],
            random.choices(("public", "federation", "tenant", "private"), (58, 14, 24, 4))[0],
        )
        made.append(course)
        at = as_datetime(entered)
        rows.rows.append(
            (
                course.id,
                structure.units[department.code],
                code,
                setting.texts(title),
                setting.texts(_filled(aspect.description, topic)),
                title[0],
                course.credits,
                course.languages,
                course.delivery,
                _EQF[aspect.level],
                department.isced_f,
                course.visibility,
                at,
                at,
            )
        )
        languages.rows.extend([(language, course.id) for language in course.languages])
        external.rows.append(("sisId", f"course-{code.lower()}", course.id))
        hours = aspect.credits * _HOURS_PER_CREDIT[setting.university.credit_scheme] // 100
        values.rows.append((course.id, structure.fields["workloadHours"], str(hours)))
    return made, (rows, languages, external, values)


def _planned(setting: Setting) -> Iterator[tuple[Department, Text, str, Aspect]]:
    words = setting.university.words
    for department in words.departments:
        for number, topic in enumerate(department.topics):
            applied = words.applied[number % len(words.applied)]
            for aspect in (words.foundations, words.advanced, applied):
                yield department, topic, f"{department.code}-{number + 1:02}{aspect.suffix}", aspect


def _filled(pattern: Text, topic: Text) -> Text:
    return pattern[0].format(topic=topic[0]), pattern[1].format(topic=topic[1])


def _credits(setting: Setting, aspect: Aspect) -> str:
    scheme = setting.university.credit_scheme
    return as_json([{"scheme": scheme, "value": aspect.credits, "level": aspect.level}])


def _languages(setting: Setting, random: Random) -> tuple[str, ...]:
    first, second = setting.university.languages
    return random.choices(((first,), (second,), (first, second)), (68, 20, 12))[0]
