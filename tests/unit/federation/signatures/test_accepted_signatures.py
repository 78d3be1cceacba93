"""What real servers send and may send: all of it is accepted."""

from datetime import timedelta

import pytest
from signed_requests import (
    BODY,
    CREATED,
    DATE,
    ED25519,
    KEY_ID,
    METHOD,
    NOW,
    RSA,
    TARGET,
    accept,
    adding,
    by_cavage,
    by_message,
    content_line,
    get,
    ours,
    request,
    without,
)

from federation.signatures import (
    Algorithm,
    Kind,
    SignedRequest,
    generate_ed25519,
    is_signed,
    parse_signatures,
    verify,
)
from federation.signatures.digests import content_digest, digest

FULL = f'"date": {DATE}'
QUERY = "/inbox?page=2&q=a%20b+c&empty=&%C3%A9=%7e"


def lower_case_digest() -> SignedRequest:
    return request(digest=digest(BODY).replace("SHA-256", "sha-256"))


@pytest.mark.parametrize(
    "received",
    [
        pytest.param(by_cavage(request(), algorithm="hs2019"), id="hs2019"),
        pytest.param(by_cavage(request(), algorithm="rsa-sha256"), id="rsa-sha256"),
        pytest.param(by_cavage(request(), algorithm="RSA-SHA256"), id="algorithm in capitals"),
        pytest.param(by_cavage(request(), algorithm=None), id="no algorithm"),
        pytest.param(by_cavage(lower_case_digest()), id="lower-case sha-256="),
        pytest.param(
            by_cavage(request(digest=f"{digest(BODY)},unixsum=30637,SHA=x")), id="more digests than we know"
        ),
        pytest.param(
            by_cavage(
                request(),
                "(request-target) host (created) digest",
                more=f"created={CREATED},",
                created=str(CREATED),
            ),
            id="(created) instead of date",
        ),
        pytest.param(
            by_cavage(
                request(),
                "(request-target) host (created) (expires) digest",
                more=f'created="{CREATED}",expires={CREATED + 60}.5,',
                created=str(CREATED),
                expires=f"{CREATED + 60}.5",
            ),
            id="(created) and (expires)",
        ),
        pytest.param(
            by_cavage(request(), "host date (request-target) digest content-type"), id="another order"
        ),
        pytest.param(
            by_cavage(request(), "(request-target) Host Date Digest"), id="header names in capitals"
        ),
        pytest.param(
            by_cavage(
                request(accept="*/*", user_agent="x", content_length="17"),
                "(request-target) accept content-length content-type date digest host user-agent",
            ),
            id="every header",
        ),
        pytest.param(
            by_cavage(request(), more='opaque="a\\"b,c",'), id="an unknown parameter with an escape"
        ),
        pytest.param(
            by_cavage(request(x_odd="caf\xe9"), "(request-target) host date digest x-odd"), id="latin-1"
        ),
        pytest.param(by_cavage(get("/actors/1"), "(request-target) host date"), id="GET"),
        pytest.param(by_cavage(get("/outbox?"), "(request-target) host date"), id="GET with an empty query"),
        pytest.param(by_cavage(get(QUERY), "(request-target) host date"), id="GET with an escaped query"),
        pytest.param(
            by_cavage(get("/a?b?c=/&d"), "(request-target) host date"), id="GET with a second question mark"
        ),
    ],
)
def test_cavage_is_accepted(received: SignedRequest) -> None:
    verified = accept(received)
    assert (verified.kind, verified.key_id, verified.signed_at) == (Kind.CAVAGE, KEY_ID, NOW)
    assert verified.algorithm is Algorithm.RSA_V1_5_SHA256


def message(*lines: str, base: SignedRequest | None = None, **given: str) -> SignedRequest:
    base = base or request()
    digests = (content_line(base),) if base.body else ()
    return by_message(base, (*lines, *digests), **given)


def get_message(target: str, *lines: str) -> SignedRequest:
    return message('"@method": GET', *lines, base=get(target))


@pytest.mark.parametrize(
    "received",
    [
        pytest.param(message(METHOD, TARGET), id="@target-uri"),
        pytest.param(
            message(METHOD, '"@authority": uni.example', '"@path": /inbox'), id="@authority and @path"
        ),
        pytest.param(
            message(METHOD, '"@authority": uni.example', '"@request-target": /inbox'), id="@request-target"
        ),
        pytest.param(
            message(METHOD, TARGET, '"@authority": uni.example', '"host": uni.example', FULL),
            id="host and date beside them",
        ),
        pytest.param(
            message(METHOD, TARGET, parameters=f';alg="rsa-v1_5-sha256";keyid="{KEY_ID}";created={CREATED}'),
            id="alg first",
        ),
        pytest.param(
            message(
                METHOD,
                TARGET,
                parameters=f';created={CREATED};expires={CREATED + 60};nonce="n";keyid="{KEY_ID}";tag="t";x;y=?0;z=1.5',
            ),
            id="every parameter, and unknown ones",
        ),
        pytest.param(message(METHOD, TARGET, '"@scheme": https'), id="@scheme"),
        pytest.param(message(METHOD, TARGET, label="*my-label_2.x"), id="an odd label"),
        pytest.param(
            get_message("/a", '"@authority": uni.example', '"@path": /a', '"@query": ?'), id="no query"
        ),
        pytest.param(
            get_message("/a?", '"@authority": uni.example', '"@path": /a', '"@query": ?'), id="an empty query"
        ),
        pytest.param(
            get_message(
                QUERY, '"@authority": uni.example', '"@path": /inbox', f'"@query": ?{QUERY.partition("?")[2]}'
            ),
            id="an escaped @query",
        ),
        pytest.param(
            get_message(QUERY, f'"@target-uri": https://uni.example{QUERY}'), id="@target-uri with a query"
        ),
        pytest.param(
            get_message(QUERY, '"@authority": uni.example', f'"@request-target": {QUERY}'),
            id="@request-target with a query",
        ),
        pytest.param(
            get_message(
                QUERY,
                '"@authority": uni.example',
                '"@path": /inbox',
                '"@query-param";name="page": 2',
                '"@query-param";name="q": a%20b%20c',
                '"@query-param";name="empty": ',
                '"@query-param";name="%C3%A9": %7E',
            ),
            id="every @query-param",
        ),
    ],
)
def test_message_signature_is_accepted(received: SignedRequest) -> None:
    verified = accept(received)
    assert (verified.kind, verified.key_id, verified.signed_at) == (Kind.RFC9421, KEY_ID, NOW)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("key", [pytest.param(RSA, id="RSA"), pytest.param(ED25519, id="Ed25519")])
@pytest.mark.parametrize("base", [request(), get("/actors/1?page=2"), get("/actors/1?")])
def test_what_we_sign_is_accepted(kind: Kind, key: object, base: SignedRequest) -> None:
    private = ED25519 if key is ED25519 else RSA
    assert accept(ours(kind, base, private), private).algorithm is private.algorithm


def test_our_cavage_signature_covers_what_old_servers_look_for() -> None:
    headers = dict(ours(Kind.CAVAGE).headers)
    assert (
        'algorithm="rsa-sha256",headers="(request-target) host date digest content-type"'
        in headers["signature"]
    )
    assert headers["date"] == DATE
    assert headers["digest"] == digest(BODY)


def test_our_message_signature_has_the_usual_label_and_parameters() -> None:
    headers = dict(ours(Kind.RFC9421).headers)
    assert headers["signature-input"] == (
        'sig1=("@method" "@target-uri" "content-digest" "content-type");'
        f'created={CREATED};keyid="{KEY_ID}";alg="rsa-v1_5-sha256"'
    )
    assert headers["content-digest"] == content_digest(BODY)


def test_a_signed_request_is_known_from_one_that_is_not() -> None:
    assert all(is_signed(ours(kind)) for kind in Kind)
    assert is_signed(adding(request(), authorization='Signature keyId="a"'))
    assert not is_signed(adding(request(), authorization="Bearer a"))
    assert not is_signed(request())


def test_host_with_a_port_is_signed_as_it_is_sent() -> None:
    base = SignedRequest(
        "GET", "/a", "http", "127.0.0.150:8080", (("host", "127.0.0.150:8080"), ("date", DATE))
    )
    assert accept(by_cavage(base, "(request-target) host date"))
    lines = ('"@method": GET', '"@target-uri": http://127.0.0.150:8080/a', '"@authority": 127.0.0.150:8080')
    assert accept(by_message(base, lines))


def test_authority_leaves_out_the_usual_port_and_capitals() -> None:
    base = adding(get("/a"), host="UNI.example:443")
    base = SignedRequest(base.method, base.target, base.scheme, "uni.example", base.headers)
    lines = ('"@method": GET', '"@authority": uni.example', '"@path": /a', '"host": UNI.example:443')
    assert accept(by_message(base, lines))


def test_host_need_not_be_among_the_headers() -> None:
    assert accept(without(by_cavage(request()), "host"))


def test_repeated_headers_are_joined_and_folded_ones_unfolded() -> None:
    base = request(x_list="a, b c, d")
    signed = without(by_cavage(base, "(request-target) host date digest x-list"), "x-list")
    lines = (("x-list", "  a "), ("x-list", "b\r\n   c"), ("x-list", "d\t"))
    assert accept(SignedRequest("POST", "/inbox", "https", "uni.example", (*signed.headers, *lines), BODY))


def test_the_label_that_will_do_is_found_among_several() -> None:
    good = message(METHOD, TARGET, label="mine")
    told = dict(good.headers)
    proxy = adding(
        good,
        signature_input=f'proxy=("@authority");created={CREATED};keyid="p", {told["signature-input"]}, lost=()',
        signature=f"{told['signature']}, proxy=:AAAA:",
    )
    assert accept(proxy).label == "mine"


def test_all_labels_that_will_do_are_told_in_their_order() -> None:
    first = dict(message(METHOD, TARGET, label="a", key=ED25519).headers)
    second = message(METHOD, TARGET, label="b")
    both = adding(
        second,
        signature_input=f"{first['signature-input']}, {dict(second.headers)['signature-input']}",
        signature=f"{first['signature']},{dict(second.headers)['signature']}",
    )
    claims = parse_signatures(both)
    assert [claim.label for claim in claims] == ["a", "b"]
    assert verify(claims[1], both, RSA.public, NOW).label == "b"
    assert verify(claims[0], both, ED25519.public, NOW).label == "a"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("drift", [timedelta(minutes=-5), timedelta(minutes=59), timedelta(hours=1)])
def test_clocks_may_differ_a_little(kind: Kind, drift: timedelta) -> None:
    assert accept(ours(kind), now=NOW + drift).signed_at == NOW


def test_a_signature_that_has_not_yet_expired_is_accepted() -> None:
    parameters = f';created={CREATED};expires={CREATED + 1};keyid="{KEY_ID}"'
    assert accept(message(METHOD, TARGET, parameters=parameters))


def test_ed25519_key_signs_under_hs2019_and_its_own_name() -> None:
    key = generate_ed25519()
    assert accept(by_cavage(request(), key=key), key).algorithm is Algorithm.ED25519
    assert accept(by_cavage(request(), key=key, algorithm="ed25519"), key).algorithm is Algorithm.ED25519
