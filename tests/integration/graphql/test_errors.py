"""What a client does wrong is said clearly; what it stores comes back exactly."""

import json

import pytest

from tests.world import World

ODD_TEXTS = [
    "שלום العالم",
    "𝔘𝔫𝔦 👩🏽‍🎓 🏳️‍🌈",
    'quote " backslash \\ tab \t newline \n cr \r',
    "\u0001\u001f\u007f\u200f\u202e\ufeff end",
    "'; drop table fediflow.courses; -- $1 %s :name {x}",
    "\u2028\u2029</script>",
]

REFUSED = [
    ('{ courses(colour: "red") { nodes { id } } }', None, "GRAPHQL_VALIDATION_FAILED"),
    ("{ courses { nodes { colour } } }", None, "GRAPHQL_VALIDATION_FAILED"),
    ('{ courses(first: "ten") { nodes { id } } }', None, "GRAPHQL_VALIDATION_FAILED"),
    ("{ courses { nodes { id } ", None, "GRAPHQL_PARSE_FAILED"),
    ("query($n: Int) { courses(first: $n) { nodes { id } } }", {"n": "ten"}, "BAD_USER_INPUT"),
    ("query($n: Int) { courses(first: $n) { nodes { id } } }", {"n": 2**40}, "BAD_USER_INPUT"),
    ("query($i: ID!) { course(id: $i) { id } }", {"i": 5}, "BAD_USER_INPUT"),
    ("query($i: ID!) { course(id: $i) { id } }", {"i": "user_5"}, "BAD_USER_INPUT"),
    ("query($i: ID!) { node(id: $i) { id } }", {"i": "course_99999999999999999999"}, "BAD_USER_INPUT"),
    ("query($i: ID!) { node(id: $i) { id } }", {"i": "course_-1"}, "BAD_USER_INPUT"),
    ("query($c: String) { course(code: $c) { id } }", {"c": "a\x00b"}, "BAD_USER_INPUT"),
    ("query($d: Date!) { termAt(date: $d) { id } }", {"d": "tomorrow"}, "BAD_USER_INPUT"),
    ("query A { tenant { slug } } query B { tenant { slug } }", None, "BAD_REQUEST"),
    (
        "query($f: CourseFilter) { courses(filter: $f) { nodes { id } } }",
        {"f": {"colour": 1}},
        "BAD_USER_INPUT",
    ),
]


@pytest.mark.parametrize(("document", "variables", "code"), REFUSED)
async def test_a_wrong_request_gets_a_clear_error_with_code_and_request_id(
    world: World, document: str, variables: dict[str, object] | None, code: str
) -> None:
    answer = await world.ask(document, variables)
    (error, *_) = answer.json["errors"]
    assert error["extensions"]["code"] == code
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert error["message"]
    assert not any(word in error["message"] for word in ("Traceback", "asyncpg", "SELECT", "sqlalchemy"))


@pytest.mark.parametrize("text", ODD_TEXTS)
async def test_any_text_comes_back_exactly_as_it_was_stored(world: World, text: str) -> None:
    number = ODD_TEXTS.index(text)
    made = await world.data(
        "mutation($i: CreateCourseInput!) { createCourse(input: $i) { course { code title { text } } userErrors { message } } }",
        {
            "i": {
                "orgUnitId": world["beta"].ids["faculty"],
                "code": f"TXT-{number}",
                "title": [{"language": "en", "text": text}],
            }
        },
        at="beta",
    )
    assert made["createCourse"]["userErrors"] == []
    assert made["createCourse"]["course"]["title"]["text"] == text
    found = await world.data(
        "query($c: String) { course(code: $c) { title { text } } }", {"c": f"TXT-{number}"}, at="beta"
    )
    assert found["course"]["title"]["text"] == text


async def test_nul_in_an_input_is_an_error_of_the_payload(world: World) -> None:
    made = await world.data(
        "mutation($i: CreateCourseInput!) { createCourse(input: $i) { course { id } userErrors { code message } } }",
        {
            "i": {
                "orgUnitId": world["beta"].ids["faculty"],
                "code": "NUL",
                "title": [{"language": "en", "text": "a\x00b"}],
            }
        },
        at="beta",
    )
    (error,) = made["createCourse"]["userErrors"]
    assert error["code"] == "BAD_USER_INPUT"
    assert "U+0000" in error["message"]


async def test_a_lone_surrogate_is_refused(world: World) -> None:
    body = b'{"query":"query($c:String){course(code:$c){id}}","variables":{"c":"\\ud800"}}'
    answer = await world.request(
        "POST",
        "/graphql",
        body=body,
        headers={
            "content-type": "application/json",
            "authorization": f"Bearer {world['alpha'].tokens['student']}",
        },
    )
    assert answer.status == 400
    assert answer.codes == ["BAD_REQUEST"]


async def test_deep_wide_and_circular_documents_are_refused(world: World) -> None:
    deep = '{ orgUnit(code: "U") ' + "{ parent " * 30 + "{ id }" + " }" * 30 + " }"
    assert (await world.ask(deep)).codes == ["LIMIT_EXCEEDED"]
    wide = "{ " + " ".join(f"a{n}: tenant {{ slug }}" for n in range(40)) + " }"
    assert (await world.ask(wide)).codes == ["LIMIT_EXCEEDED"]
    circular = "query { ...A } fragment A on Query { ...B } fragment B on Query { ...A tenant { slug } }"
    assert "GRAPHQL_VALIDATION_FAILED" in (await world.ask(circular)).codes
    doubling = " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} a{n}: tenant {{ slug }} }}" for n in range(20)
    )
    bomb = "query { ...F0 } " + doubling + " fragment F20 on Query { tenant { slug } }"
    assert set((await world.ask(bomb)).codes) == {"LIMIT_EXCEEDED"}


async def test_an_unexpected_error_is_masked_and_logged_once(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> list[str]:
        raise RuntimeError("secret inner workings of ada@example.org")

    monkeypatch.setattr("api.plan.carrier.WireCarrier.fetch", broken)
    answer = await world.ask("{ viewer { handle } }")
    assert answer.codes == ["INTERNAL"]
    assert "secret" not in answer.body.decode()
    assert "request id" in answer.json["errors"][0]["message"]


async def test_a_forbidden_operation_is_refused_before_any_sql(world: World) -> None:
    answer = await world.ask("{ users { nodes { id } } courses { nodes { id } } }", role=None)
    errors = answer.json["errors"]
    assert [(error["path"], error["extensions"]["code"]) for error in errors] == [
        (["users"], "UNAUTHENTICATED")
    ]
    assert json.loads(answer.body).get("data") is None
