"""Headers that nobody can have meant, or that forge a line, are refused before anything is verified."""

from dataclasses import replace

import pytest
from signed_requests import (
    METHOD,
    TARGET,
    adding,
    by_cavage,
    content_line,
    input_of,
    message,
    ours,
    refuse,
    request,
    without,
)

from federation.signatures import (
    Kind,
    Why,
)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        pytest.param("", Why.NO_SIGNATURE, id="empty"),
        pytest.param("Signature", Why.MALFORMED, id="a word"),
        pytest.param('keyId="a",signature="AAAA', Why.MALFORMED, id="an open quote"),
        pytest.param('keyId="a" signature="AAAA"', Why.MALFORMED, id="no comma"),
        pytest.param('keyId="a",signature="AAAA",', Why.MALFORMED, id="a comma too many"),
        pytest.param('keyId="a",keyId="b",signature="AAAA"', Why.DUPLICATED, id="two keys"),
        pytest.param('keyId="a",signature="AAAA",Signature="BBBB"', Why.DUPLICATED, id="two signatures"),
        pytest.param('signature="AAAA"', Why.KEY_ID_MISSING, id="no key"),
        pytest.param('keyId="",signature="AAAA"', Why.KEY_ID_MISSING, id="an empty key"),
        pytest.param('keyId="a"', Why.NO_SIGNATURE, id="no signature"),
        pytest.param('keyId="a",signature="A"', Why.MALFORMED, id="no base64"),
        pytest.param('keyId="a",headers="",signature="AAAA"', Why.MALFORMED, id="no headers"),
        pytest.param('keyId="a",headers="host host",signature="AAAA"', Why.DUPLICATED, id="a header twice"),
        pytest.param(
            'keyId="a",headers="host Host",signature="AAAA"', Why.DUPLICATED, id="a header in two cases"
        ),
        pytest.param(
            'keyId="a",headers="(x)",signature="AAAA"', Why.COMPONENT_UNSUPPORTED, id="a pseudo header"
        ),
        pytest.param('keyId="a",created=-1,signature="AAAA"', Why.MALFORMED, id="created before 1970"),
        pytest.param('keyId="a",created=1.5,signature="AAAA"', Why.MALFORMED, id="created in a fraction"),
        pytest.param('keyId="a",expires=1e9,signature="AAAA"', Why.MALFORMED, id="expires in powers of ten"),
        pytest.param('keyId="a",signature="AAAA"', Why.TARGET_NOT_SIGNED, id="the default headers"),
    ],
)
def test_cavage_header_that_cannot_be_meant_is_refused(header: str, why: Why) -> None:
    refuse(adding(request(), signature=header), why)


def test_two_cavage_headers_are_refused() -> None:
    signed = by_cavage(request())
    refuse(replace(signed, headers=(*signed.headers, ("signature", 'opaque="b"'))), Why.DUPLICATED)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", Why.NO_SIGNATURE, id="empty"),
        pytest.param("sig1", Why.MALFORMED, id="no list"),
        pytest.param('sig1="@method"', Why.MALFORMED, id="a string"),
        pytest.param('sig1=("@method"', Why.MALFORMED, id="an open list"),
        pytest.param('sig1=("@method""date")', Why.MALFORMED, id="no space"),
        pytest.param("sig1=(@method)", Why.MALFORMED, id="no quotes"),
        pytest.param("sig1=(method)", Why.KEY_ID_MISSING, id="a token and no key"),
        pytest.param('sig1=(method);keyid="a"', Why.MALFORMED, id="a token"),
        pytest.param('sig1=("@method");keyid=a', Why.MALFORMED, id="the key a token"),
        pytest.param('sig1=("@method");keyid=""', Why.KEY_ID_MISSING, id="an empty key"),
        pytest.param('sig1=("@method");keyid="a";created="1"', Why.MALFORMED, id="created a string"),
        pytest.param('sig1=("@method");keyid="a";created=1.5', Why.MALFORMED, id="created in a fraction"),
        pytest.param('sig1=("@method");keyid="a";created', Why.MALFORMED, id="created true"),
        pytest.param('sig1=("@method");keyid="a";created=1;created=2', Why.DUPLICATED, id="created twice"),
        pytest.param('sig1=("@method" "@method");keyid="a"', Why.DUPLICATED, id="a component twice"),
        pytest.param('sig1=("@method";req);keyid="a"', Why.COMPONENT_UNSUPPORTED, id="of the request"),
        pytest.param('sig1=("date";sf);keyid="a"', Why.COMPONENT_UNSUPPORTED, id="strictly written"),
        pytest.param('sig1=("@query-param");keyid="a"', Why.COMPONENT_UNSUPPORTED, id="a nameless parameter"),
        pytest.param('sig1=("a");keyid="a", sig1=("b");keyid="b"', Why.DUPLICATED, id="a label twice"),
        pytest.param('sig2=("@method");keyid="a"', Why.NO_SIGNATURE, id="a label without bytes"),
        pytest.param(", ".join(f"s{n}=()" for n in range(9)), Why.MALFORMED, id="nine signatures"),
        pytest.param(
            f'sig1=({" ".join(f"{chr(34)}a{n}{chr(34)}" for n in range(65))});keyid="a"',
            Why.MALFORMED,
            id="65",
        ),
    ],
)
def test_signature_input_that_cannot_be_meant_is_refused(text: str, why: Why) -> None:
    refuse(input_of(text), why)


@pytest.mark.parametrize("name", ["@status", "@signature-params", "@unknown", "@", "Date", "a b", ""])
def test_component_that_no_request_has_is_refused(name: str) -> None:
    refuse(message(METHOD, TARGET, content_line(request()), f'"{name}": x'), Why.COMPONENT_UNSUPPORTED)


def test_signature_bytes_that_are_no_bytes_are_refused() -> None:
    refuse(adding(ours(Kind.RFC9421), signature='sig1="AAAA"'), Why.NO_SIGNATURE)
    refuse(adding(ours(Kind.RFC9421), signature="sig1=:A:"), Why.MALFORMED)
    refuse(without(ours(Kind.RFC9421), "signature"), Why.NO_SIGNATURE)


def test_header_that_forges_a_line_is_refused() -> None:
    """Without the check, one header's value could be read as two signed lines."""
    for line_break in ("\n", "\r", "\r\n"):
        forged = request(x=f"a{line_break}date: Thu, 01 Oct 2026 12:00:00 GMT")
        refuse(by_cavage(forged, "(request-target) host date digest x"), Why.MALFORMED)


@pytest.mark.parametrize("part", ["method", "target", "host"])
@pytest.mark.parametrize("sign", ["\r", "\n"])
def test_request_line_that_forges_a_line_is_refused(part: str, sign: str) -> None:
    signed = ours(Kind.CAVAGE)
    refuse(replace(signed, **{part: f"{getattr(signed, part)}{sign}x: y"}), Why.MALFORMED)


def test_header_beyond_bytes_is_refused() -> None:
    refuse(adding(ours(Kind.CAVAGE), content_type="text/\u20ac"), Why.MALFORMED)
    refuse(adding(ours(Kind.RFC9421), content_type="text/\u20ac"), Why.MALFORMED)


def test_two_hosts_are_refused() -> None:
    signed = ours(Kind.CAVAGE)
    refuse(replace(signed, headers=(*signed.headers, ("host", "uni.example"))), Why.DUPLICATED)
