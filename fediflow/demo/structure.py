"""Org units, the calendar and the university's own fields."""

from collections.abc import Mapping
from dataclasses import dataclass

from academic.tables import academic_session_external_ids, academic_sessions
from fediflow.demo.moments import HOUR
from fediflow.demo.rows import TableRows, table_rows
from fediflow.demo.setting import Setting
from fediflow.demo.words.vocabulary import Text
from tenants.tables import (
    attribute_definitions,
    org_unit_ancestors,
    org_unit_attributes,
    org_unit_external_ids,
    org_units,
)

PROGRAMMES = ("bachelor", "master", "doctorate")
EXAM_FORMS = ("written", "oral", "project")


@dataclass(frozen=True, slots=True)
class Structure:
    """The ids of units and sessions by code and of fields by name, and the rows."""

    units: Mapping[str, int]
    sessions: Mapping[str, int]
    fields: Mapping[str, int]
    rows: tuple[TableRows, ...]


@dataclass(frozen=True, slots=True)
class _Field:
    owner: str
    name: str
    value_type: str
    readable_by: tuple[str, ...]
    choices: tuple[str, ...] | None = None
    is_filterable: bool = False


_STAFF = ("tenant_admin", "registrar")
_FIELDS = (
    _Field("user", "programme", "choice", ("owner", *_STAFF, "analyst"), PROGRAMMES, is_filterable=True),
    _Field("user", "entryYear", "integer", ("owner", *_STAFF), is_filterable=True),
    _Field("org_unit", "building", "text", ("everyone",)),
    _Field("course", "workloadHours", "integer", ("everyone",), is_filterable=True),
    _Field("offering", "examForm", "choice", ("everyone",), EXAM_FORMS, is_filterable=True),
    _Field("offering", "recorded", "boolean", ("everyone",), is_filterable=True),
)


@dataclass(frozen=True, slots=True)
class _Unit:
    code: str
    name: Text
    kind: str
    above: tuple[str, ...]  # nearest first


def structure(setting: Setting) -> Structure:
    """The university > faculties > departments, the calendar's sessions, the declared fields."""
    declared, fields = _fields(setting)
    units, unit_rows = _units(setting, fields["building"])
    sessions, session_rows = _sessions(setting)
    return Structure(units, sessions, fields, (declared, *unit_rows, *session_rows))


def _fields(setting: Setting) -> tuple[TableRows, dict[str, int]]:
    declared = table_rows(
        attribute_definitions,
        "id owner name value_type choices label readable_by writable_by is_filterable created_at",
    )
    ids: dict[str, int] = {}
    for one in _FIELDS:
        ids[one.name] = setting.ids.at(setting.founded)
        declared.rows.append(
            (
                ids[one.name],
                one.owner,
                one.name,
                one.value_type,
                one.choices,
                setting.texts(setting.university.words.labels[one.name]),
                one.readable_by,
                _STAFF,
                one.is_filterable,
                setting.founded_at,
            )
        )
    return declared, ids


def _units(setting: Setting, building: int) -> tuple[dict[str, int], tuple[TableRows, ...]]:
    rows = table_rows(org_units, "id parent_id code name kind created_at updated_at")
    links = table_rows(org_unit_ancestors, "ancestor_id descendant_id depth")
    external = table_rows(org_unit_external_ids, "type value org_unit_id")
    values = table_rows(org_unit_attributes, "org_unit_id definition_id value")
    ids: dict[str, int] = {}
    places = setting.university.places
    for number, unit in enumerate(_tree(setting)):
        ids[unit.code] = own = setting.ids.at(setting.founded + HOUR)
        parent = ids[unit.above[0]] if unit.above else None
        at = setting.founded_at
        rows.rows.append((own, parent, unit.code, setting.texts(unit.name), unit.kind, at, at))
        links.rows.extend([(ids[code], own, depth) for depth, code in enumerate((unit.code, *unit.above))])
        external.rows.append(("sisId", f"org-{unit.code.lower()}", own))
        values.rows.append((own, building, places[number % len(places)].name))
    return ids, (rows, links, external, values)


def _tree(setting: Setting) -> list[_Unit]:
    words = setting.university.words
    root = _Unit(setting.university.slug.upper(), words.university, "university", ())
    units = [root]
    for faculty in words.faculties:
        code = f"{root.code}-{faculty.code}"
        units.append(_Unit(code, faculty.name, "faculty", (root.code,)))
        units += [
            _Unit(department.code, department.name, "department", (code, root.code))
            for department in faculty.departments
        ]
    return units


def _sessions(setting: Setting) -> tuple[dict[str, int], tuple[TableRows, ...]]:
    rows = table_rows(
        academic_sessions,
        "id parent_id code title kind starts_on ends_on teaching_starts_on teaching_ends_on created_at updated_at",
    )
    external = table_rows(academic_session_external_ids, "type value academic_session_id")
    ids: dict[str, int] = {}
    at = setting.founded_at
    for session in setting.calendar.sessions:
        ids[session.code] = own = setting.ids.at(setting.founded + 2 * HOUR)
        parent = ids[session.parent] if session.parent else None
        title = setting.texts(session.title)
        teaching = session.teaching or (None, None)
        rows.rows.append(
            (
                own,
                parent,
                session.code,
                title,
                session.kind,
                session.starts_on,
                session.ends_on,
                *teaching,
                at,
                at,
            )
        )
        external.rows.append(("sisId", f"term-{session.code.lower()}", own))
    return ids, (rows, external)
