"""Courses and offerings on the social web: a Group, an Event with its Place, and pages that search engines read."""

import json
import re
from typing import Any

from academic.courses.offerings import Place
from academic.model.catalogue import Point
from tests.integration.federation_http.fetching import BASE, HTML, get, new_course
from tests.world import World

ALPHA = BASE.format(slug="alpha")


def linked_data(page: str) -> dict[str, Any]:
    """The JSON-LD in a page."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


async def test_an_offering_is_an_event_of_its_courses_group(world: World) -> None:
    _, offering = await new_course(world, "EVT1", place=Place("Aula", Point(52.5, 13.4)))
    event = (await get(world, f"/offerings/{offering}")).json
    assert event["type"] == "Event"
    assert event["timezone"] == "Europe/Berlin"
    assert event["startTime"].endswith(("+01:00", "+02:00"))
    assert event["startTime"] < event["endTime"]
    assert (event["maximumAttendeeCapacity"], event["remainingAttendeeCapacity"]) == (30, 30)
    place = event["location"]
    assert (place["name"], place["latitude"], place["longitude"]) == ("Aula", 52.5, 13.4)
    assert not event["isOnline"]
    assert (await get(world, place["id"])).json["name"] == "Aula"
    group = (await get(world, event["attributedTo"])).json
    assert (group["type"], group["preferredUsername"]) == ("Group", "evt1")
    assert group["nameMap"] == {"de": "Kurs EVT1", "en": "Course EVT1"}
    moderators = (await get(world, group["moderators"])).json
    assert moderators["orderedItems"] == []


async def test_what_is_held_online_says_so(world: World) -> None:
    _, offering = await new_course(world, "EVT2", delivery_modes=["online"])
    event = (await get(world, f"/offerings/{offering}")).json
    assert event["isOnline"]
    assert "location" not in event


async def test_an_org_unit_is_a_group_too(world: World) -> None:
    group = (await get(world, "/@f", at="beta")).json
    assert (group["type"], group["preferredUsername"], group["name"]) == ("Group", "f", "Faculty")
    page = await get(world, "/@f", at="beta", accept=HTML)
    assert page.status == 200
    assert (await get(world, group["id"], at="beta")).json["id"] == group["id"]


async def test_what_is_not_public_has_no_group_event_or_page(world: World) -> None:
    for visibility in ("tenant", "private", "federation"):
        course, offering = await new_course(world, f"HID-{visibility}", visibility=visibility)
        for target in (
            f"/courses/{course}",
            f"/offerings/{offering}",
            f"/places/{offering}",
            f"/@hid_{visibility}",
        ):
            for accept in (HTML, "application/activity+json"):
                answer = await get(world, target, accept=accept)
                assert answer.status in (303, 404)
                assert answer.status == 404 or target.startswith("/places/")


async def test_course_pages_tell_search_engines_and_readers(world: World) -> None:
    _, offering = await new_course(world, "PAGE7")
    page = (await get(world, "/@page7", accept=HTML, accept_language="en")).body.decode()
    data = linked_data(page)
    assert (data["@type"], data["name"], data["courseCode"]) == ("Course", "Course PAGE7", "PAGE7")
    assert data["provider"]["name"] == "University of alpha"
    (instance,) = data["hasCourseInstance"]
    assert instance["url"] == f"{ALPHA}/offerings/{offering}"
    assert '<html lang="en" dir="ltr">' in page
    assert '<h1 lang="en" dir="ltr">Course PAGE7</h1>' in page
    assert "<script>alert" not in page
    german = (await get(world, "/@page7", accept=HTML, accept_language="de")).body.decode()
    assert '<html lang="de" dir="ltr">' in german
    assert '<h1 lang="de" dir="ltr">Kurs PAGE7</h1>' in german
    shown = (await get(world, f"/offerings/{offering}", accept=HTML, accept_language="en")).body.decode()
    assert "30 · 30 free" in shown
    assert linked_data(shown)["hasCourseInstance"][0]["maximumAttendeeCapacity"] == 30


async def test_forms_follow_what_the_client_prefers(world: World) -> None:
    await new_course(world, "FORM1")
    ld = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    for accept, media in (
        ("application/activity+json", "application/activity+json"),
        (ld, ld),
        (f"{ld}, application/activity+json", ld),
        ("application/json", "application/activity+json"),
        (HTML, "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("", "text/html; charset=utf-8"),
        ("text/html;q=0.2, application/activity+json;q=0.9", "application/activity+json"),
        ("application/activity+json;q=0, */*;q=0.1", "text/html; charset=utf-8"),
    ):
        answer = await get(world, "/@form1", accept=accept)
        assert (answer.status, answer.headers["content-type"]) == (200, media), accept
    assert (await get(world, "/@form1", accept="image/png")).status == 406
    other = 'application/ld+json; profile="https://schema.org"'
    assert (await get(world, "/@form1", accept=other)).status == 406
