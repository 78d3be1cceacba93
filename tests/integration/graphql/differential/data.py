"""An institution with a few hundred rows in every state that the rules tell apart, made from a seed."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, null

from academic.tables import (
    AUDIENCES,
    ENROLLMENT_ROLES,
    ENROLLMENT_STATES,
    OFFERING_STATES,
    VISIBILITIES,
    academic_session_external_ids,
    course_attributes,
    course_external_ids,
    course_languages,
    courses,
    enrollment_external_ids,
    enrollment_transitions,
    enrollment_windows,
    enrollments,
    offering_attributes,
    offering_external_ids,
    offering_seats,
    offerings,
    results,
    section_external_ids,
    sections,
)
from kernel.database.roles import DatabaseRole
from tenants.tables import (
    attribute_definitions,
    org_unit_attributes,
    org_unit_external_ids,
    user_attributes,
    user_emails,
    user_external_ids,
    users,
)
from tests.integration.graphql.differential import identities, moderating, searching, telling
from tests.integration.graphql.differential.social_rows import SocialRows
from tests.integration.graphql.institutions import added
from tests.world import ROLES, Institution, World

_WORDS = [
    "Äpfel",
    "äpfel",
    "Zebra",
    "zebra",
    "Ökologie",
    "数学",
    "الفيزياء",
    "École",
    "éclair",
    "Straße",
    "𝔘",
    "A-1",
    "a_1",
]
_START = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def furnished(world: World, slug: str, *, shard: str, seed: int) -> Institution:
    """The institution; its rows have small ids, those of the people with tokens are as ever."""
    made = await added(world, slug, shard=shard)
    rows = _Rows(made, random.Random(seed)).all()
    async with world.databases.connect(world.databases.shards[shard], DatabaseRole.WORKER) as connection:
        await connection.exec_driver_sql(f"set local app.tenant_id = '{int(made.tenant.id)}'")
        for table, listed in rows:
            # SQL's null and not JSON's, as the operations write it.
            values = [
                {name: null() if value is None else value for name, value in one.items()} for one in listed
            ]
            if values:
                await connection.execute(insert(table).values(values))
        await connection.commit()
    return made


class _Rows:
    def __init__(self, made: Institution, chance: random.Random) -> None:
        self._made = made
        self._chance = chance
        self._tenant = {"tenant_id": made.tenant.id}

    def all(self) -> list[tuple[Any, list[dict[str, Any]]]]:
        """Table by table, in the order of their references."""
        people, given = range(1, 41), range(1, 46)
        offered = [self._offering(n) for n in range(1, 81)]
        parts = [self._section(n, self._chance.choice(offered)["id"]) for n in range(1, 41)]
        taken = [(offer["id"], person) for offer in offered for person in people]
        enrolled = [
            self._enrollment(n, *pair, parts) for n, pair in enumerate(self._chance.sample(taken, 260), 1)
        ]
        enrolled += self._of_those_who_ask(offered, parts, first=300)
        return [
            (users, [self._user(n) for n in people]),
            (user_emails, [self._email(n) for n in people]),
            (courses, [self._course(n) for n in given]),
            (course_languages, [{**self._tenant, "language": ("de", "en", "ja")[n % 3], "course_id": n} for n in given]),
            (course_external_ids, [{**self._tenant, "course_id": n, "type": "sis", "value": f"c{n}"} for n in given]),
            (offerings, offered),
            (offering_seats, [self._seats(one["id"], enrolled) for one in offered]),
            (sections, parts),
            (section_external_ids, [{**self._tenant, "section_id": n, "type": "sis", "value": f"s{n}"} for n in range(1, 41, 2)]),
            (enrollments, enrolled),
            *self._beside(offered, enrolled),
            *SocialRows(self._tenant, people[:25], [self._made.number(f"user:{role}") for role in ROLES], given[:8]).all(),
            *moderating.rows(self._tenant, [self._made.number(f"user:{role}") for role in ROLES], random.Random(3)),
            *telling.rows(self._tenant, [self._made.number(f"user:{role}") for role in ROLES], random.Random(5)),
            *searching.rows(self._tenant, [self._made.number(f"user:{role}") for role in ROLES], random.Random(7)),
            *identities.rows(self._tenant, [*people, *(self._made.number(f"user:{role}") for role in ROLES)], random.Random(1)),
        ]  # fmt: skip

    def _beside(
        self, offered: list[dict[str, Any]], enrolled: list[dict[str, Any]]
    ) -> list[tuple[Any, list[dict[str, Any]]]]:
        """What belongs to those: windows, histories, results, ids elsewhere, the institution's own fields."""
        tables = {
            "user": (user_external_ids, user_attributes),
            "org_unit": (org_unit_external_ids, org_unit_attributes),
            "course": (None, course_attributes),
            "offering": (offering_external_ids, offering_attributes),
        }
        owned = {
            "user": [*range(1, 41), *(self._made.number(f"user:{role}") for role in ROLES)],
            "org_unit": [self._made.number("unit"), self._made.number("faculty")],
            "course": [*range(1, 46)],
            "offering": [one["id"] for one in offered],
        }
        listed: list[tuple[Any, list[dict[str, Any]]]] = [
            (enrollment_windows, [self._window(one["id"]) for one in offered[::2]]),
            (enrollment_transitions, [self._step(n, self._chance.choice(enrolled)["id"]) for n in range(1, 400)]),
            (results, [self._result(one["id"]) for one in enrolled if one["state"] == "completed"]),
            (attribute_definitions, [one for number, owner in enumerate(tables) for one in self._fields(number, owner)]),
            (enrollment_external_ids, self._ids("enrollment", [one["id"] for one in enrolled])),
            (academic_session_external_ids, self._ids("academic_session", [self._made.number("session")])),
        ]  # fmt: skip
        for number, (owner, (ids, values)) in enumerate(tables.items()):
            if ids is not None:
                listed.append((ids, self._ids(owner, owned[owner])))
            of_field = [
                {
                    **self._tenant,
                    f"{owner}_id": one,
                    "definition_id": 10 * number + field,
                    "value": self._value(),
                }
                for one in owned[owner]
                for field in (1, 2, 3)
                if self._chance.random() < 0.5
            ]
            listed.append((values, of_field))
        return listed

    def _value(self) -> str:
        return self._chance.choice(("red", "blue", 'a "green" \\ one'))

    def _ids(self, owner: str, owners: list[int]) -> list[dict[str, Any]]:
        return [
            {**self._tenant, f"{owner}_id": one, "type": type_, "value": f"{owner}-{one}"}
            for one in owners
            for type_ in self._chance.choice(
                ((), ("sis",), ("sis", "lms")) if one != owners[0] else (("sis",),)
            )
        ]

    def _fields(self, number: int, owner: str) -> list[dict[str, Any]]:
        """A field that all read, one of administrators, one that its person reads where it has one."""
        readers = (["everyone"], ["tenant_admin"], ["owner"] if owner == "user" else ["instructor"])
        return [
            {
                **self._tenant,
                "id": 10 * number + field,
                "owner": owner,
                "name": f"{owner}_{field}",
                "value_type": "text" if field < 3 else "choice",
                "choices": None if field < 3 else ["red", "blue"],
                "label": self._text(),
                "readable_by": readable,
                "writable_by": ["registrar"] if field == 2 else [],
                "is_filterable": field == 1,
                "created_at": _START,
            }
            for field, readable in enumerate(readers, 1)
        ]

    def _window(self, offering: int) -> dict[str, Any]:
        opens = self._chance.choice((None, _START))
        return {
            **self._tenant,
            "id": offering,
            "offering_id": offering,
            "audience": self._chance.choice(AUDIENCES),
            "opens_at": opens,
            "closes_at": self._chance.choice((None, _START + timedelta(days=9))),
        }

    def _step(self, number: int, enrollment: int) -> dict[str, Any]:
        return {
            **self._tenant,
            "id": number,
            "enrollment_id": enrollment,
            "from_state": self._chance.choice((None, *ENROLLMENT_STATES)),
            "to_state": self._chance.choice(ENROLLMENT_STATES),
            "action": "enrol",
            "actor_id": self._chance.choice((None, 3, self._made.number("user:instructor"))),
            "on_behalf_of_id": self._chance.choice((None, 5)),
            "reason": self._chance.choice((None, self._chance.choice(_WORDS))),
            "created_at": _START,
        }

    def _result(self, enrollment: int) -> dict[str, Any]:
        return {
            **self._tenant,
            "enrollment_id": enrollment,
            "scheme": "de",
            "value": self._chance.choice(("1.0", "5.0", "bestanden")),
            "is_passed": self._chance.random() < 0.5,
            "credits": [{"scheme": "ects", "value": 750, "level": "master"}],
            "recorded_by_id": self._chance.choice((None, 4)),
            "recorded_at": _START,
        }

    def _stamps(self) -> dict[str, Any]:
        at = _START + timedelta(seconds=self._chance.randint(0, 30), microseconds=self._chance.choice((0, 5)))
        return {"created_at": _START, "updated_at": at}

    def _user(self, number: int) -> dict[str, Any]:
        name = f"{self._chance.choice(_WORDS)} {number % 7}"
        return {
            **self._tenant,
            "id": number,
            "handle": f"person-{number}",
            "given_name": "Given",
            "family_name": "Family",
            "display_name": name,
            "pronouns": self._chance.choice((None, "they", 'a "quoted" \\ one')),
            "status": self._chance.choice(("active", "active", "suspended")),
            "last_sign_in_at": self._chance.choice((None, _START)),
            "is_searchable": number % 3 == 0,
            **self._stamps(),
        }

    def _email(self, number: int) -> dict[str, Any]:
        address = f"p{number}@example.org"
        own = {"id": number, "user_id": number, "address": address, "address_key": address}
        return {**self._tenant, **own, "is_primary": True}

    def _text(self) -> dict[str, str]:
        languages = self._chance.sample(("de", "en", "ja", "en-GB"), self._chance.randint(1, 3))
        return {language: f"{self._chance.choice(_WORDS)} {language}" for language in languages}

    def _course(self, number: int) -> dict[str, Any]:
        title = self._text()
        unit = self._made.number(self._chance.choice(("unit", "faculty")))
        return {
            **self._tenant,
            "id": number,
            "org_unit_id": unit,
            "code": f"{self._chance.choice(_WORDS)[:3]}{number}",
            "title": title,
            "description": self._chance.choice((None, self._text())),
            "sort_title": next(iter(title.values())),
            "credits": [{"scheme": "ects", "value": self._chance.choice((0, 5, 250, 1_000)), "level": None}],
            "teaching_languages": self._chance.choice(([], ["de"], ["de", "en"])),
            "eqf_level": self._chance.choice((None, 6)),
            "visibility": self._chance.choice(VISIBILITIES),
            "status": self._chance.choice(("active", "active", "archived")),
            **self._stamps(),
        }

    def _offering(self, number: int) -> dict[str, Any]:
        starts = date(2026, 1, 1) + timedelta(days=self._chance.randint(0, 20))
        place = self._chance.choice((None, *_WORDS[:2]))
        return {
            **self._tenant,
            "id": number,
            "course_id": self._chance.randint(1, 45),
            "academic_session_id": self._made.number("session"),
            "code": f"{self._chance.choice('XYZ')}{number}",
            "title": self._chance.choice((None, self._text())),
            "description": self._chance.choice((None, self._text())),
            "state": self._chance.choice(OFFERING_STATES),
            "visibility": self._chance.choice(VISIBILITIES),
            "approval_required": self._chance.random() < 0.3,
            "effective_starts_on": starts,
            "effective_ends_on": starts + timedelta(days=90),
            "place_name": place and self._chance.choice((None, place)),
            "latitude": 52.5 if place else None,
            "longitude": 13.25 if place else None,
            **self._stamps(),
        }

    def _seats(self, offering: int, enrolled: list[dict[str, Any]]) -> dict[str, Any]:
        states = [one["state"] for one in enrolled if one["offering_id"] == offering]
        capacity = self._chance.choice((None, 0, 3, 5))
        counts = {"taken": states.count("active"), "waitlisted": states.count("waitlisted")}
        return {**self._tenant, "offering_id": offering, "capacity": capacity, **counts}

    def _section(self, number: int, offering: int) -> dict[str, Any]:
        return {
            **self._tenant,
            "id": number,
            "offering_id": offering,
            "code": f"S{number}",
            "title": self._chance.choice((None, self._text())),
            "capacity": self._chance.choice((None, 4)),
            "effective_starts_on": date(2026, 1, 1),
            "effective_ends_on": date(2026, 4, 1),
            **self._stamps(),
        }

    def _enrollment(
        self, number: int, offering: int, person: int, parts: list[dict[str, Any]], **fixed: Any
    ) -> dict[str, Any]:
        state = self._chance.choice((*ENROLLMENT_STATES, "active", "active", "waitlisted"))
        own = [part["id"] for part in parts if part["offering_id"] == offering]
        row = {
            **self._tenant,
            "id": number,
            "offering_id": offering,
            "user_id": person,
            "section_id": self._chance.choice([None, *own]),
            "role": self._chance.choice((*ENROLLMENT_ROLES, "student", "student")),
            "state": state,
            "state_changed_at": _START,
            **self._stamps(),
            **fixed,
        }
        row["waitlist_rank"] = number if row["state"] == "waitlisted" else None
        row["offered_until"] = _START if row["state"] == "offered" else None
        return row

    def _of_those_who_ask(
        self, offered: list[dict[str, Any]], parts: list[dict[str, Any]], *, first: int
    ) -> list[dict[str, Any]]:
        """The instructor teaches some offerings, the student takes part in others, in every state."""
        listed = []
        for role, roles in (
            ("instructor", ("instructor", "assistant", "student")),
            ("student", ("student", "guest")),
        ):
            for offer in self._chance.sample(offered, 12):
                fixed = {"role": self._chance.choice(roles)}
                person = self._made.number(f"user:{role}")
                listed.append(self._enrollment(first + len(listed), offer["id"], person, parts, **fixed))
        return listed
