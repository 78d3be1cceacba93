"""Distances, circles and boxes, on all of the globe."""

import math

import pytest

from search.model import Box, Point, Sort
from tests.integration.search.conformance.shelves import Shelf, course, ids, pages

BERLIN = Point(52.5200, 13.4050)
CITIES = {
    1: BERLIN,
    2: Point(48.1372, 11.5755),  # Munich
    3: Point(52.3906, 13.0645),  # Potsdam
    4: Point(35.6812, 139.7671),  # Tokyo
    5: Point(-36.8485, 174.7633),  # Auckland
    6: Point(-17.7134, 178.0650),  # Fiji, west of the antimeridian
    7: Point(-13.7590, -172.1046),  # Samoa, east of it
    8: Point(78.2232, 15.6267),  # Longyearbyen
    9: Point(89.9, 100.0),  # near the pole
    10: Point(-34.6037, -58.3816),  # Buenos Aires
    11: Point(0.0, 0.0),
}
_EVERYWHERE = {"first": 100}


def _metres(one: Point, other: Point) -> float:
    """By the haversine formula on the mean radius of WGS 84."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    root = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(min(1.0, math.sqrt(root)))


async def _put_cities(shelf: Shelf) -> None:
    await shelf.put(
        *(course(n, f"City {n}", point=point) for n, point in CITIES.items()), course(99, "Nowhere")
    )


async def test_distances_are_right_to_one_percent(shelf: Shelf) -> None:
    await _put_cities(shelf)
    for centre in (*CITIES.values(), Point(90, 0), Point(-90, 12), Point(10, 180), Point(10, -180)):
        hits = (await shelf.ask(near=centre, **_EVERYWHERE)).hits
        assert {hit.reference.id for hit in hits} == {*CITIES, 99}
        for hit in hits:
            if hit.reference.id == 99:
                assert hit.distance is None
            else:
                wanted = _metres(centre, CITIES[hit.reference.id])
                assert hit.distance == pytest.approx(wanted, rel=0.01, abs=2.0)


@pytest.mark.parametrize("centre", [BERLIN, CITIES[6], CITIES[9], Point(90, 0), Point(0, 180)])
async def test_a_circle_holds_what_is_within(shelf: Shelf, centre: Point) -> None:
    await _put_cities(shelf)
    for kilometres in (1, 40, 600, 1_300, 5_000, 12_000, 20_020):
        radius = kilometres * 1_000.0
        wanted = {n for n, point in CITIES.items() if _metres(centre, point) <= radius}
        answer = await shelf.ask(near=centre, within=radius, **_EVERYWHERE)
        assert set(ids(answer)) == wanted, radius
        assert answer.total == len(wanted)


async def test_without_a_limit_everything_is_found_and_measured(shelf: Shelf) -> None:
    await _put_cities(shelf)
    assert len((await shelf.ask(near=BERLIN, **_EVERYWHERE)).hits) == len(CITIES) + 1


async def test_without_a_place_nothing_is_measured(shelf: Shelf) -> None:
    await _put_cities(shelf)
    assert {hit.distance for hit in (await shelf.ask("city", **_EVERYWHERE)).hits} == {None}


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        (Box(Point(47, 5), Point(55, 15)), [1, 2, 3]),
        (Box(Point(-40, 170), Point(-10, -170)), [5, 6, 7]),  # across the antimeridian
        (Box(Point(-20, 175), Point(-10, -175)), [6]),
        (Box(Point(70, -180), Point(90, 180)), [8, 9]),
        (Box(Point(-90, -180), Point(90, 180)), list(CITIES)),
        (Box(Point(-90, -180), Point(0, 180)), [5, 6, 7, 10, 11]),
        (Box(Point(0, 0), Point(0, 0)), [11]),
        (Box(Point(48.1372, 11.5755), Point(52.3906, 13.0645)), [2, 3]),  # its edges belong to it
        (Box(Point(20, 30), Point(21, 31)), []),
    ],
)
async def test_a_box_holds_what_is_inside(shelf: Shelf, box: Box, wanted: list[int]) -> None:
    await _put_cities(shelf)
    assert sorted(await shelf.found(within=box, **_EVERYWHERE)) == wanted
    measured = await shelf.ask(within=box, near=BERLIN, sort=Sort.DISTANCE, **_EVERYWHERE)
    assert sorted(ids(measured)) == wanted
    assert all(hit.distance is not None for hit in measured.hits)


async def test_what_is_online_is_anywhere_where_that_is_asked_for(shelf: Shelf) -> None:
    await shelf.put(
        course(1, "A", point=BERLIN),
        course(2, "A", is_online=True),
        course(3, "A", point=CITIES[4], is_online=True),
        course(4, "A", point=CITIES[4]),
        course(5, "A"),
    )
    box = Box(Point(47, 5), Point(55, 15))
    for within in (50_000.0, box):
        asked = {"near": BERLIN, "within": within}
        assert await shelf.found(**asked) == [1]
        assert sorted(await shelf.found(**asked, online_anywhere=True)) == [1, 2, 3]
    assert len(await shelf.found(online_anywhere=True)) == 5


async def test_the_nearest_come_first_and_what_has_no_place_last(shelf: Shelf) -> None:
    await _put_cities(shelf)
    await shelf.put(course(98, "Nowhere else"), course(97, "Berlin too", point=BERLIN))
    wanted = sorted(CITIES, key=lambda n: _metres(BERLIN, CITIES[n]))
    answer = await shelf.ask(near=BERLIN, sort=Sort.DISTANCE, **_EVERYWHERE)
    assert ids(answer) == [97, *wanted, 99, 98]
    distances = [hit.distance for hit in answer.hits if hit.distance is not None]
    assert distances == sorted(distances)
    for first in (1, 4):
        turned = await pages(shelf, near=BERLIN, sort=Sort.DISTANCE, first=first)
        assert [one for page in turned for one in ids(page)] == [97, *wanted, 99, 98]


async def test_place_and_text_are_both_heeded(shelf: Shelf) -> None:
    await _put_cities(shelf)
    await shelf.put(course(50, "Village", point=BERLIN))
    found = await shelf.found("city", near=BERLIN, within=50_000.0, sort=Sort.DISTANCE)
    assert found == [1, 3]
