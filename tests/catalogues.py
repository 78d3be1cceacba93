"""Real catalogues, loaded through the public operations: what the tests of many languages are played on.

The files lie beside the repository and are not part of it; a test that wants one is skipped where it is absent.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from academic.courses.courses import NewCourse, create_course
from academic.courses.lifecycle import publish_offering
from academic.courses.offerings import NewOffering, Place, create_offering
from academic.model.catalogue import Credit, Point
from academic.structure.academic_sessions import NewAcademicSession, create_academic_session
from academic.structure.org_units import NewOrgUnit, create_org_unit
from tenants.authority import system_principal
from tenants.door import Door, Transaction
from tenants.external_ids import ExternalId
from tenants.model import Tenant

JAPANESE, BILINGUAL, UNIVERSITIES = "courses-ja-tsukuba", "courses-zh-en-ntut", "universities-ror"
_DATA = Path(__file__).resolve().parents[2] / "shared/data"
_BATCH = 250  # in one transaction
_AT_ONCE = 4  # transactions
_NTUT_LANGUAGES = {"英語": ("en",), "中英雙語": ("zh-Hant", "en")}

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Ids by what the source calls its things."""

    org_units: dict[str, int]
    academic_sessions: dict[str, int]
    courses: dict[str, int]
    offerings: dict[str, int]


def records(catalogue: str, file: str = "courses.jsonl") -> list[Record]:
    """The lines of a catalogue."""
    path = _DATA / catalogue / file
    if not path.is_file():
        pytest.skip(f"{catalogue} is not on this machine")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def load_japanese(door: Door, tenant: Tenant) -> Loaded:
    """6,804 courses of one university, in Japanese; some 400 are described in English."""
    async with door.write(system_principal(tenant)) as tx:
        unit = await create_org_unit(
            tx, org_unit=NewOrgUnit("kdb", {"ja": "筑波大学", "en": "University of Tsukuba"}, "university")
        )

    async def add(tx: Transaction, one: Record) -> int:
        return await create_course(
            tx,
            course=NewCourse(
                org_unit_id=unit,
                code=one["code"],
                title={"ja": one["name"]},
                description=_description(one["description"]),
                credits=_credits("jp-credit", one["credits"]),
                teaching_languages=("ja",),
                visibility="public",
                external_ids=(ExternalId("kdb", one["code"]),),
            ),
        )

    courses = await _in_batches(door, tenant, records(JAPANESE), add)
    return Loaded({"kdb": unit}, {}, {one["code"]: id_ for one, id_ in courses}, {})


async def load_bilingual(door: Door, tenant: Tenant) -> Loaded:
    """1,208 courses with 2,257 published offerings in one term, all in Traditional Chinese and English."""
    lines = records(BILINGUAL)
    async with door.write(system_principal(tenant)) as tx:
        unit = await create_org_unit(
            tx,
            org_unit=NewOrgUnit(
                "ntut",
                {"zh-Hant": "國立臺北科技大學", "en": "National Taipei University of Technology"},
                "university",
            ),
        )
        term = await create_academic_session(
            tx,
            academic_session=NewAcademicSession(
                "109-1",
                {"zh-Hant": "109學年度第1學期", "en": "Autumn 2020"},
                date(2020, 8, 1),
                date(2021, 1, 31),
            ),
        )

    async def add_course(tx: Transaction, one: Record) -> int:
        return await create_course(
            tx,
            course=NewCourse(
                org_unit_id=unit,
                code=one["code"],
                title={"zh-Hant": one["name_zh"], "en": one["name_en"]},
                description=_texts({"zh-Hant": one["description_zh"], "en": one["description_en"]}),
                credits=_credits("tw-credit", one["credits"]),
                teaching_languages=_NTUT_LANGUAGES.get(one["language"], ("zh-Hant",)),
                visibility="public",
                external_ids=(ExternalId("ntut", one["code"]),),
            ),
        )

    by_code = {one["code"]: one for one in reversed(lines)}
    courses = {one["code"]: id_ for one, id_ in await _in_batches(door, tenant, by_code.values(), add_course)}

    async def add_offering(tx: Transaction, one: Record) -> int:
        offering = NewOffering(
            course_id=courses[one["code"]],
            academic_session_id=term,
            code=one["section_id"],
            title={"zh-Hant": one["name_zh"], "en": one["name_en"]},
            teaching_languages=_NTUT_LANGUAGES.get(one["language"], ("zh-Hant",)),
            visibility="public",
            place=Place(", ".join(one["rooms"]) or None),
            external_ids=(ExternalId("ntut", one["section_id"]),),
        )
        offering_id = await create_offering(tx, offering=offering)
        return await publish_offering(tx, offering_id=offering_id)

    offerings = await _in_batches(door, tenant, lines, add_offering)
    return Loaded(
        {"ntut": unit}, {"109-1": term}, courses, {one["section_id"]: id_ for one, id_ in offerings}
    )


async def load_universities(door: Door, tenant: Tenant, *, most: int) -> Loaded:
    """So many universities with names in several languages, each with an open day where it stands."""
    chosen = [one for one in records(UNIVERSITIES, "universities.jsonl") if len(names_of(one)) > 1][:most]
    async with door.write(system_principal(tenant)) as tx:
        root = await create_org_unit(tx, org_unit=NewOrgUnit("all", {"en": "Universities"}, "other"))
        course = await create_course(
            tx, course=NewCourse(org_unit_id=root, code="OPEN", title={"en": "Open day"}, visibility="public")
        )
        year = await create_academic_session(
            tx,
            academic_session=NewAcademicSession(
                "2026", {"en": "2026"}, date(2026, 1, 1), date(2026, 12, 31), "academic_year"
            ),
        )

    async def add_unit(tx: Transaction, one: Record) -> int:
        unit = NewOrgUnit(one["ror"], names_of(one), "university", root, (ExternalId("ror", one["ror"]),))
        return await create_org_unit(tx, org_unit=unit)

    async def add_offering(tx: Transaction, one: Record) -> int:
        offering = NewOffering(
            course_id=course,
            academic_session_id=year,
            code=one["ror"],
            title=names_of(one),
            visibility="public",
            place=Place(one["city"], Point(one["lat"], one["lng"])),
        )
        return await create_offering(tx, offering=offering)

    units = await _in_batches(
        door, tenant, chosen, add_unit, at_once=1
    )  # the tree is changed by one at a time
    offerings = await _in_batches(door, tenant, chosen, add_offering)
    return Loaded(
        {"all": root, **{one["ror"]: id_ for one, id_ in units}},
        {"2026": year},
        {"OPEN": course},
        {one["ror"]: id_ for one, id_ in offerings},
    )


def names_of(university: Record) -> dict[str, str]:
    """A university's label in each language that has one."""
    labels = [name for name in university["names"] if "label" in name["t"] and name.get("lang")]
    return {name["lang"]: name["v"] for name in reversed(labels)}


async def _in_batches(
    door: Door,
    tenant: Tenant,
    things: Iterable[Record],
    add: Callable[[Transaction, Record], Awaitable[int]],
    *,
    at_once: int = _AT_ONCE,
) -> list[tuple[Record, int]]:
    every = list(things)
    slots = asyncio.Semaphore(at_once)

    async def batch(some: Sequence[Record]) -> list[tuple[Record, int]]:
        async with slots, door.write(system_principal(tenant)) as tx:
            return [(one, await add(tx, one)) for one in some]

    parts = (every[start : start + _BATCH] for start in range(0, len(every), _BATCH))
    return [pair for done in await asyncio.gather(*map(batch, parts)) for pair in done]


def _description(text: str) -> dict[str, str] | None:
    return _texts({"en" if text.isascii() else "ja": text})


def _texts(texts: dict[str, str]) -> dict[str, str] | None:
    return {language: text for language, text in texts.items() if text.strip()} or None


def _credits(scheme: str, amount: str) -> tuple[Credit, ...]:
    """None where the catalogue says "?"."""
    return (Credit(scheme, int(Decimal(amount) * 100)),) if amount.replace(".", "").isdecimal() else ()
