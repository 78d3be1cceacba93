"""Credits, levels, fields of study, delivery modes, places and time zones."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academic.model.catalogue import (
    Credit,
    DeliveryMode,
    Point,
    delivery_modes,
    eqf_level,
    isced_f,
    time_zone,
)
from kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("value", "hundredths"), [("5", 500), ("2.50", 250), ("0.01", 1), (0, 0), (Decimal("7.5"), 750)]
)
def test_credits_are_kept_in_hundredths(value: str | int | Decimal, hundredths: int) -> None:
    credit = Credit.of(scheme="ECTS", value=value, level="master")
    assert credit == Credit("ects", hundredths, "master")
    assert credit.value == Decimal(value)


@pytest.mark.parametrize(
    "wrong", ["", "five", "NaN", "Infinity", "-1", "1.005", "1e999999", "1e-999999", "100000.01"]
)
def test_credits_that_are_no_amount_of_two_places_are_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput):
        Credit.of(scheme="ects", value=wrong)


@given(st.decimals(min_value=0, max_value=100_000, places=2))
def test_an_amount_of_two_places_survives(value: Decimal) -> None:
    assert Credit.of(scheme="ects", value=value).value == value


@pytest.mark.parametrize(("scheme", "level"), [("", None), ("e c", None), ("ects", " "), ("ects", "x" * 65)])
def test_a_credit_names_its_scheme_and_no_blank_level(scheme: str, level: str | None) -> None:
    with pytest.raises(InvalidInput):
        Credit.of(scheme=scheme, value=1, level=level)


def test_eqf_levels_go_from_one_to_eight() -> None:
    assert [eqf_level(level) for level in range(1, 9)] == list(range(1, 9))
    for wrong in (0, 9):
        with pytest.raises(InvalidInput):
            eqf_level(wrong)


@pytest.mark.parametrize("code", ["05", "053", "0533", "10", "1088", "9999"])
def test_fields_of_study_have_two_to_four_digits(code: str) -> None:
    assert isced_f(code) == code


@pytest.mark.parametrize("wrong", ["", "5", "11", "05333", "05a", "٠٥", "05\n"])
def test_what_is_no_field_of_study_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput):
        isced_f(wrong)


def test_delivery_modes_are_understood_in_both_spellings_and_kept_once() -> None:
    modes = delivery_modes(["on campus", "distance-learning", "online", "on_campus"])
    assert modes == (DeliveryMode.ON_CAMPUS, DeliveryMode.DISTANCE_LEARNING, DeliveryMode.ONLINE)
    assert [mode.ooapi for mode in modes] == ["on campus", "distance-learning", "online"]
    with pytest.raises(InvalidInput, match="carrier pigeon"):
        delivery_modes(["carrier pigeon"])


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(90.01, 0.0), (-90.01, 0.0), (0.0, 180.01), (0.0, -180.01), (float("nan"), 0.0), (0.0, float("inf"))],
)
def test_a_point_lies_on_earth(latitude: float, longitude: float) -> None:
    assert Point(-90.0, 180.0) == Point(-90.0, 180.0)
    with pytest.raises(InvalidInput):
        Point(latitude, longitude)


def test_time_zones_are_those_of_the_iana_database() -> None:
    assert [time_zone(name) for name in ("Asia/Tokyo", "UTC")] == ["Asia/Tokyo", "UTC"]
    for wrong in ("asia/tokyo", "Mars/Base", "../etc/passwd", "", "posixrules", "localtime", "UTC+1"):
        with pytest.raises(InvalidInput):
            time_zone(wrong)
