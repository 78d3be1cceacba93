"""Which form is answered, and how often somebody may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.federation_http.allowance import Allowance
from api.federation_http.forms import Form, form_of

LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Form.PAGE),
        ("application/activity+json", Form.ACTIVITY),
        ("Application/Activity+JSON", Form.ACTIVITY),
        (LD, Form.LD),
        ("application/ld+json", Form.LD),
        ('application/ld+json; profile="https://schema.org"', None),
        ("text/html,application/activity+json;q=0.9", Form.PAGE),
        ("image/*", None),
        ("text/html;q=0", None),
        ("text/*;q=0.1, */*;q=0.2", Form.PAGE),
    ],
)
def test_the_form_is_the_preferred_one(accept: str | None, form: Form | None) -> None:
    assert form_of(accept, has_page=True) is form


def test_without_a_page_anything_is_the_document() -> None:
    assert form_of("*/*", has_page=False) is Form.ACTIVITY
    assert form_of("text/html", has_page=False) is None
    assert form_of("text/html, */*;q=0.1", has_page=False) is Form.ACTIVITY


@given(st.text(max_size=80), st.booleans())
def test_no_header_breaks_it(accept: str, has_page: bool) -> None:
    form = form_of(accept, has_page=has_page)
    assert form is None or has_page or form.is_document


def test_whoever_asks_too_often_waits_and_others_do_not() -> None:
    now = 0.0
    allowance = Allowance(capacity=2, a_second=0.5, now=lambda: now)
    assert [allowance.take("192.0.2.1") for _ in range(3)] == [0, 0, 2]
    assert allowance.take("192.0.2.2") == 0
    now = 2.0
    assert allowance.take("192.0.2.1") == 0
    assert allowance.take("192.0.2.1") == 2


def test_an_ipv6_network_is_one_client() -> None:
    allowance = Allowance(capacity=1, a_second=1, now=lambda: 0.0)
    assert allowance.take("2001:db8::1") == 0
    assert allowance.take("2001:db8::2") > 0
    assert allowance.take("2001:db8:0:1::1") == 0
