"""Real catalogues in many languages, through the public operations and back out of the database."""

from sqlalchemy import func, select

from academic.tables import course_languages, courses, offerings
from tenants.tables import org_unit_ancestors, org_units
from tests.catalogues import BILINGUAL, JAPANESE, UNIVERSITIES, names_of, records
from tests.integration.catalogues.conftest import Catalogue


async def test_every_japanese_course_is_as_it_was_written(japanese: Catalogue) -> None:
    rows = await japanese.query(
        select(courses.c.code, courses.c.title, courses.c.sort_title, courses.c.description).where(
            courses.c.tenant_id == japanese.tenant.id
        )
    )
    stored = {row["code"]: row for row in rows}
    assert len(stored) == 6804
    for line in records(JAPANESE):
        row = stored[line["code"]]
        assert row["title"] == {"ja": line["name"]}
        assert row["sort_title"] == line["name"]
        assert list((row["description"] or {}).values()) == [line["description"]] * bool(line["description"])


async def test_japanese_descriptions_in_english_say_so(japanese: Catalogue) -> None:
    language = func.jsonb_object_keys(courses.c.description).label("language")
    query = (
        select(language, func.count().label("n"))
        .where(courses.c.tenant_id == japanese.tenant.id, courses.c.description.is_not(None))
        .group_by(language)
    )
    counted = {row["language"]: row["n"] for row in await japanese.query(query)}
    assert counted == {"ja": 6305, "en": 409}


async def test_credits_are_kept_to_the_hundredth(japanese: Catalogue) -> None:
    half = courses.c.credits == [{"scheme": "jp-credit", "value": 50, "level": None}]
    query = select(func.count().label("n")).where(courses.c.tenant_id == japanese.tenant.id, half)
    assert (await japanese.query(query))[0]["n"] == 284


async def test_the_bilingual_catalogue_has_both_languages(bilingual: Catalogue) -> None:
    rows = await bilingual.query(
        select(offerings.c.code, offerings.c.title, offerings.c.state, courses.c.code.label("course")).where(
            offerings.c.tenant_id == bilingual.tenant.id,
            courses.c.tenant_id == bilingual.tenant.id,
            courses.c.id == offerings.c.course_id,
        )
    )
    stored = {row["code"]: row for row in rows}
    assert len(stored) == 2257
    for line in records(BILINGUAL):
        row = stored[line["section_id"]]
        assert row["title"] == {"zh-Hant": line["name_zh"], "en": line["name_en"]}
        assert (row["course"], row["state"]) == (line["code"], "published")


async def test_bilingual_courses_sort_in_the_language_of_the_university(bilingual: Catalogue) -> None:
    own = select(func.count().label("n")).where(
        courses.c.tenant_id == bilingual.tenant.id,
        courses.c.sort_title == courses.c.title.op("->>")("zh-Hant"),
    )
    assert (await bilingual.query(own))[0]["n"] == len(bilingual.loaded.courses) == 1208


async def test_courses_taught_in_english_are_found_by_language(bilingual: Catalogue) -> None:
    query = select(func.count().label("n")).where(
        course_languages.c.tenant_id == bilingual.tenant.id, course_languages.c.language == "en"
    )
    lines = {line["code"]: line["language"] for line in reversed(records(BILINGUAL))}
    in_english = sum(language in ("英語", "中英雙語") for language in lines.values())
    assert in_english > 0
    assert (await bilingual.query(query))[0]["n"] == in_english


async def test_universities_keep_their_names_in_every_script(universities: Catalogue) -> None:
    query = select(org_units.c.code, org_units.c.name).where(
        org_units.c.tenant_id == universities.tenant.id, org_units.c.kind == "university"
    )
    stored = {row["code"]: row["name"] for row in await universities.query(query)}
    assert len(stored) == 1000
    lines = {line["ror"]: line for line in records(UNIVERSITIES, "universities.jsonl")}
    assert all(name == names_of(lines[ror]) for ror, name in stored.items())
    below = select(func.count().label("n")).where(
        org_unit_ancestors.c.tenant_id == universities.tenant.id,
        org_unit_ancestors.c.ancestor_id == universities.loaded.org_units["all"],
    )
    assert (await universities.query(below))[0]["n"] == 1001


async def test_universities_stand_where_they_stand(universities: Catalogue) -> None:
    query = select(
        offerings.c.code, offerings.c.latitude, offerings.c.longitude, offerings.c.place_name
    ).where(offerings.c.tenant_id == universities.tenant.id)
    lines = {line["ror"]: line for line in records(UNIVERSITIES, "universities.jsonl")}
    rows = await universities.query(query)
    assert len(rows) == 1000
    for row in rows:
        line = lines[row["code"]]
        assert (row["latitude"], row["longitude"], row["place_name"]) == (
            line["lat"],
            line["lng"],
            line["city"],
        )
