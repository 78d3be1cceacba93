"""Real catalogues in many languages go in through the public operations and come out through GraphQL as they were."""

from collections import Counter

from tests.catalogues import BILINGUAL, JAPANESE, UNIVERSITIES, names_of, records
from tests.integration.catalogues.conftest import Catalogue


async def test_every_japanese_course_is_as_it_was_written(japanese: Catalogue) -> None:
    fields = "code title { text language } description { text language } credits { scheme value }"
    unit = f"unit_{japanese.loaded.org_units['kdb']}"
    stored = {course["code"]: course async for course in japanese.courses(unit, fields)}
    assert len(stored) == 6804
    for line in records(JAPANESE):
        course = stored[line["code"]]
        assert course["title"] == {"text": line["name"], "language": "ja"}
        assert (course["description"] or {"text": ""})["text"] == line["description"]
    # descriptions in English say so
    languages = Counter(
        course["description"]["language"] for course in stored.values() if course["description"]
    )
    assert languages == {"ja": 6305, "en": 409}
    half_credits = [
        course
        for course in stored.values()
        if course["credits"] == [{"scheme": "jp-credit", "value": "0.50"}]
    ]
    assert len(half_credits) == 284


async def test_the_bilingual_catalogue_answers_in_both_languages(bilingual: Catalogue) -> None:
    fields = """code state course { code }
      zh: title(languages: ["zh-Hant"]) { text language } en: title(languages: ["en-GB"]) { text language }"""
    term = f"session_{bilingual.loaded.academic_sessions['109-1']}"
    stored = {offering["code"]: offering async for offering in bilingual.offerings(term, fields)}
    assert len(stored) == 2257
    for line in records(BILINGUAL):
        assert stored[line["section_id"]] == {
            "code": line["section_id"],
            "state": "PUBLISHED",
            "course": {"code": line["code"]},
            "zh": {"text": line["name_zh"], "language": "zh-Hant"},
            "en": {"text": line["name_en"], "language": "en"},
        }


async def test_courses_taught_in_english_are_found_by_language(bilingual: Catalogue) -> None:
    document = """query($u: ID!) { all: courses(filter: {orgUnit: $u}) { totalCount }
      english: courses(filter: {orgUnit: $u, language: "en"}) { totalCount } }"""
    counted = await bilingual.data(document, u=f"unit_{bilingual.loaded.org_units['ntut']}")
    lines = {line["code"]: line["language"] for line in reversed(records(BILINGUAL))}
    in_english = sum(language in ("英語", "中英雙語") for language in lines.values())
    assert in_english > 0
    assert counted == {"all": {"totalCount": 1208}, "english": {"totalCount": in_english}}


async def test_universities_keep_their_names_in_every_script(universities: Catalogue) -> None:
    lines = {line["ror"]: line for line in records(UNIVERSITIES, "universities.jsonl")}
    languages = sorted({language for line in lines.values() for language in names_of(line)})
    root = f"unit_{universities.loaded.org_units['all']}"
    seen = 0
    for language in ("ja", "ar", "ru", "zh", "el", "en"):
        assert language in languages
        fields = f'code name(languages: ["{language}"]) {{ text language }}'
        async for unit in universities.children(root, fields):
            names = names_of(lines[unit["code"]])
            if language in names:
                seen += 1
                assert unit["name"] == {"text": names[language], "language": language}
            else:
                assert names[unit["name"]["language"]] == unit["name"]["text"]
    assert seen > 500


async def test_universities_stand_where_they_stand(universities: Catalogue) -> None:
    lines = {line["ror"]: line for line in records(UNIVERSITIES, "universities.jsonl")}
    year = f"session_{universities.loaded.academic_sessions['2026']}"
    stored = {
        one["code"]: one["place"]
        async for one in universities.offerings(year, "code place { name latitude longitude }")
    }
    assert len(stored) == 1000
    for ror, place in stored.items():
        line = lines[ror]
        assert place == {"name": line["city"], "latitude": line["lat"], "longitude": line["lng"]}
