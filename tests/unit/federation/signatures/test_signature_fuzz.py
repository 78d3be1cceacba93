"""Whatever comes in, the answer is yes or a `SignatureRefused`; whatever was signed can be read again, and only that."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_requests import BODY, CREATED, ED25519, KEY_ID, accept, adding, ours, request

from federation.signatures import (
    Kind,
    SignatureRefused,
    SignedRequest,
    multibase,
    public_key_from_multibase,
    public_key_from_pem,
)

NO_DEADLINE = settings(deadline=None)  # other tests use the machine too

anything = st.binary(max_size=200).map(lambda data: data.decode("latin-1")) | st.text(max_size=80)
likely = st.text(
    st.sampled_from('()"\\;:,=? \t\r\n*@-_.0123456789abcdeKIZéı') | st.sampled_from("keyidsignaturecreated"),
    max_size=120,
)
names = st.sampled_from(
    [
        "signature",
        "signature-input",
        "authorization",
        "date",
        "digest",
        "content-digest",
        "host",
        "content-type",
    ]
)
headers = st.lists(st.tuples(names, anything | likely), max_size=8)
kinds = st.sampled_from(list(Kind))

SIGNED = {kind: ours(kind, key=ED25519) for kind in Kind}


def is_refused(received: SignedRequest) -> bool:
    try:
        accept(received, ED25519)
    except SignatureRefused:
        return True
    return False


@NO_DEADLINE
@given(headers, anything, anything, anything, st.binary(max_size=50))
def test_arbitrary_requests_are_refused(
    told: list[tuple[str, str]], method: str, target: str, host: str, body: bytes
) -> None:
    assert is_refused(SignedRequest(method, target, "https", host, tuple(told), body))


@NO_DEADLINE
@given(kinds, names, anything | likely)
def test_arbitrary_headers_in_a_signed_request_crash_nothing(kind: Kind, name: str, value: str) -> None:
    is_refused(adding(SIGNED[kind], **{name.replace("-", "_"): value}))


@NO_DEADLINE
@given(
    kinds, st.sampled_from(["signature", "signature-input"]), st.integers(0, 400), st.integers(0, 3), likely
)
def test_spliced_signature_headers_crash_nothing(kind: Kind, name: str, at: int, cut: int, put: str) -> None:
    value = dict(SIGNED[kind].headers).get(name, "")
    is_refused(adding(SIGNED[kind], **{name.replace("-", "_"): value[:at] + put + value[at + cut :]}))


CAVAGE_NAMES = (
    "(request-target)",
    "(created)",
    "(expires)",
    "host",
    "date",
    "digest",
    "content-type",
    "x-none",
)
CAVAGE_PARAMETERS = (
    *(f"created={CREATED}", "created=999999999999999", f"expires={CREATED + 9}.5"),
    *('algorithm="rsa-sha256"', "x=1"),
)
MESSAGE_NAMES = (
    *('"@method"', '"@target-uri"', '"@authority"', '"@path"', '"@query"', '"@request-target"', '"@scheme"'),
    *(
        '"host"',
        '"date"',
        '"content-digest"',
        '"x-none"',
        '"@query-param";name="a"',
        '"@query-param";name="b"',
    ),
)
MESSAGE_PARAMETERS = (
    *(f"created={CREATED}", "created=-1", f"expires={CREATED + 9}"),
    *('alg="ed25519"', 'alg="rsa-v1_5-sha256"', "x"),
)


def some(of: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Most of them or few of them."""
    few = st.sets(st.sampled_from(of), max_size=4)
    return few.map(sorted) | few.map(lambda left_out: [name for name in of if name not in left_out])


@settings(NO_DEADLINE, max_examples=1000)
@given(some(CAVAGE_NAMES), some(CAVAGE_PARAMETERS))
def test_any_choice_of_cavage_parts_crashes_nothing(covered: list[str], parameters: list[str]) -> None:
    told = [f'keyId="{KEY_ID}"', f'headers="{" ".join(covered)}"', *parameters, 'signature="AAAA"']
    assert is_refused(adding(request(), signature=",".join(told)))


@settings(NO_DEADLINE, max_examples=1000)
@given(some(MESSAGE_NAMES), some(MESSAGE_PARAMETERS), st.sampled_from(["", "?a=1", "?"]))
def test_any_choice_of_message_parts_crashes_nothing(
    covered: list[str], parameters: list[str], query: str
) -> None:
    told = ";".join([f"({' '.join(covered)})", f'keyid="{KEY_ID}"', *parameters])
    assert is_refused(
        adding(request(f"/inbox{query}"), signature_input=f"sig1={told}", signature="sig1=:AAAA:")
    )


paths = st.from_regex(
    r"/[a-zA-Z0-9._~!$&'()*+,;=:@%/-]{0,30}(\?[a-zA-Z0-9._~!$&'()*+,;=:@%/?-]{0,30})?", fullmatch=True
)


@NO_DEADLINE
@given(
    kinds,
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "M-SEARCH"]),
    paths,
    st.binary(max_size=100),
    st.from_regex(r"[a-z]{1,8}\.example(:[0-9]{2,4})?", fullmatch=True),
    st.sampled_from(
        [{}, {"content_type": "application/activity+json; charset=utf-8"}, {"content_type": " \xe9 "}]
    ),
)
def test_what_is_signed_verifies(
    kind: Kind, method: str, target: str, body: bytes, host: str, told: dict[str, str]
) -> None:
    base = replace(adding(request(target, method=method, body=body), host=host, **told), host=host)
    assert accept(ours(kind, base, ED25519), ED25519).key_id == KEY_ID


def _flip(text: str, at: int) -> str:
    at %= len(text)
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


@pytest.mark.parametrize("kind", list(Kind))
@NO_DEADLINE
@given(st.sampled_from(["method", "target", "host"]), st.integers(0, 50))
def test_any_flipped_character_of_what_is_asked_is_refused(kind: Kind, part: str, at: int) -> None:
    flipped = replace(SIGNED[kind], **{part: _flip(getattr(SIGNED[kind], part), at)})
    assert is_refused(adding(flipped, host=flipped.host))


@pytest.mark.parametrize("kind", list(Kind))
@NO_DEADLINE
@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_any_flipped_byte_of_the_body_is_refused(kind: Kind, at: int, mask: int) -> None:
    body = bytearray(BODY)
    body[at] ^= mask
    assert is_refused(replace(SIGNED[kind], body=bytes(body)))


COVERED = {
    Kind.CAVAGE: ["date", "digest", "content-type"],
    Kind.RFC9421: ["signature-input", "content-digest", "content-type"],
}


@pytest.mark.parametrize("kind", list(Kind))
@NO_DEADLINE
@given(st.data())
def test_any_flipped_character_of_a_covered_header_is_refused(kind: Kind, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(COVERED[kind]))
    value = dict(SIGNED[kind].headers)[name]
    at = data.draw(st.integers(0, len(value) - 1))
    assert is_refused(adding(SIGNED[kind], **{name.replace("-", "_"): _flip(value, at)}))


@pytest.mark.parametrize("kind", list(Kind))
@NO_DEADLINE
@given(st.integers(0, 63), st.integers(1, 255))
def test_any_flipped_bit_of_the_signature_is_refused(kind: Kind, at: int, mask: int) -> None:
    claimed = accept(SIGNED[kind], ED25519).signature
    assert is_refused(_resigned(SIGNED[kind], claimed, _masked(claimed, at, mask)))


def _masked(data: bytes, at: int, mask: int) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def _resigned(received: SignedRequest, old: bytes, new: bytes) -> SignedRequest:
    value = dict(received.headers)["signature"]
    return adding(received, signature=value.replace(_base64(old), _base64(new)))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@NO_DEADLINE
@given(anything)
def test_arbitrary_key_texts_are_refused(text: str) -> None:
    with pytest.raises(SignatureRefused):
        public_key_from_pem(text)
    with pytest.raises(SignatureRefused):
        public_key_from_multibase(text)


@NO_DEADLINE
@given(st.binary(max_size=200))
def test_arbitrary_key_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(SignatureRefused):
        public_key_from_multibase(multibase.encode(b"\x85\x24" + data))


@NO_DEADLINE
@given(st.binary(max_size=100))
def test_base58_is_read_as_it_was_written(data: bytes) -> None:
    assert multibase.decode(multibase.encode(data), most=200) == data
