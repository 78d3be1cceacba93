"""The explorer in a real browser, against the demo behind a served gateway."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import Watched
from tests.e2e.explorer import (
    UNIVERSITIES,
    answer,
    opened_explorer,
    over,
    ready,
    run,
    sign_in,
    write,
)
from tests.e2e.judges import node_packages

EXAMPLES = json.loads(
    (Path(__file__).parents[2] / "api" / "explorer" / "page" / "examples.json").read_text(encoding="utf-8")
)
ROLES = {
    "student": "Student",
    "instructor": "Instructor",
    "registrar": "Registrar",
    "tenant_admin": "Administrator",
}
NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1600, "height": 900}


@pytest.mark.parametrize("university", UNIVERSITIES)
async def test_every_example_answers_without_errors(explorer: Watched, university: str) -> None:
    page = explorer.page
    await sign_in(page, "Nobody the public catalogue", at=university)
    for example in EXAMPLES:
        if example["query"].lstrip().startswith("subscription"):
            continue  # they end when they are stopped
        role = example.get("as")
        if role:
            await sign_in(page, ROLES[role], at=university)
        await page.locator(".example-title").get_by_text(example["title"], exact=True).click()
        await expect(page.locator("#hint")).to_be_hidden()
        operations = page.locator("#operation")
        names = await operations.locator("option").all_inner_texts() if await operations.is_visible() else []
        for name in names or [None]:
            if name:
                await operations.select_option(name)
            await run(page)
            shown = (example["title"], name, await page.locator("#answer").inner_text())
            assert "200 OK" in shown[2], shown
            assert await page.locator("#troubles").is_hidden(), shown


async def test_changes_are_heard_as_they_happen(explorer: Watched, browser: Browser, address: str) -> None:
    page, told = explorer.page, explorer.page.locator("#told")
    await sign_in(page, "Registrar")
    await page.locator(".example-title").get_by_text("Seats as they are taken", exact=True).click()
    await page.locator("#run").click()
    await expect(told).to_contain_text("Listening")
    async with opened_explorer(browser, address) as other:
        await sign_in(other.page, "Registrar")
        await other.page.locator(".example-title").get_by_text("Enrol somebody", exact=False).click()
        for operation in ["Enrol", "Withdraw"] * 10:
            await other.page.locator("#operation").select_option(operation)
            await run(other.page)
            if "event" in await told.inner_text():
                break
    await expect(told).to_contain_text("event")
    await expect(page.locator("#answer-view .cm-content")).to_contain_text("offeringSeatsChanged")

    await page.locator("#run").click()
    await expect(told).to_contain_text("Stopped")


async def test_completion_offers_the_fields_of_the_type(explorer: Watched) -> None:
    page = explorer.page
    await write(page, "{ viewer { } }")
    editor = page.locator("#document-editor .cm-content")
    await editor.press("Control+Home")
    for _ in range(len("{ viewer { ")):
        await editor.press("ArrowRight")
    await page.keyboard.type("disp")
    await page.get_by_role("option", name="displayName").click()

    await expect(editor).to_have_text("{ viewer { displayName} }")


async def test_variables_are_completed_and_checked_by_what_the_operation_declares(explorer: Watched) -> None:
    page = explorer.page
    await write(page, "query Q($filter: CourseFilter!) { courses(filter: $filter) { totalCount } }")
    variables = page.locator("#variables .cm-content")
    await variables.click()
    for typed, offered in (('{"', '"filter"'), ('{"s', '"status"'), ('"', '"ARCHIVED"')):
        await page.keyboard.type(typed)
        await page.locator("#variables").get_by_role("option", name=offered).click()
    await expect(variables).to_have_text('{"filter": {"status": "ARCHIVED"}}')
    await variables.fill('{"filter": {"status": "GONE"}}')
    wrong = page.locator("#variables .cm-lintRange-error")
    await expect(wrong).to_have_text('"status": "GONE"')
    await variables.fill('{"filter": {"status": "ACTIVE"}}')
    await expect(wrong).to_have_count(0)
    await run(page)

    assert (await answer(page))["data"]["courses"]["totalCount"] > 100


async def test_what_was_selected_this_moment_is_typed_over(explorer: Watched) -> None:
    """Before the editor heard of the selection: the browser must not do it, it would write style attributes."""
    page = explorer.page
    await write(page, "{ viewer { handle } }")
    is_done_here = await page.locator("#document-editor .cm-content").evaluate(
        """(content) => {
          content.getRootNode().getSelection().selectAllChildren(content);
          const typed = { inputType: "insertText", data: "{ ok }", bubbles: true, cancelable: true };
          return !content.dispatchEvent(new InputEvent("beforeinput", typed));
        }"""
    )
    assert is_done_here
    await expect(page.locator("#document-editor .cm-content")).to_have_text("{ ok }")


async def test_what_is_wrong_is_marked_where_it_is(browser: Browser, address: str) -> None:
    async with opened_explorer(browser, address) as explorer:
        page = explorer.page
        await write(page, "{\n  viewer { handel }\n}")
        await run(page)

        await expect(page.locator("#told .status")).to_have_text("400")
        await expect(page.locator("#troubles")).to_contain_text("GRAPHQL_VALIDATION_FAILED")
        await expect(page.locator("#document-editor .cm-lintRange-error")).to_have_text("handel")
        await page.get_by_role("button", name="line 2, column 12").click()
        await expect(page.locator("#document-editor .cm-content")).to_be_focused()


async def test_what_a_mutation_refuses_or_still_needs_is_said(explorer: Watched) -> None:
    page = explorer.page
    await sign_in(page, "Registrar", at="aoihama")
    await page.locator(".example-title").get_by_text("Enrol somebody", exact=False).click()
    await page.locator("#operation").select_option("Withdraw")
    await run(page)
    await expect(page.locator("#told")).to_have_text("Not sent")
    await expect(page.locator("#troubles")).to_contain_text("run Enrol first")

    await write(
        page, 'mutation { withdrawEnrollment(input: {id: "enrollment_1"}) { userErrors { code message } } }'
    )
    await run(page)
    await expect(page.locator("#told")).to_contain_text("200 OK")
    await expect(page.locator("#troubles.is-mild")).to_contain_text("NOT_FOUND")


async def test_the_documentation_is_searched_and_leads_on(explorer: Watched) -> None:
    page = explorer.page
    await page.get_by_role("tab", name="Docs").click()
    docs = page.locator("#docs")
    await docs.get_by_role("searchbox").fill("waitlistLength")
    await docs.get_by_role("button", name="waitlistLength").click()
    await expect(docs.get_by_role("heading", level=2)).to_have_text("Offering")
    await expect(docs.locator(".is-found")).to_contain_text("waitlistLength")
    await docs.get_by_role("button", name="AcademicSession", exact=True).click()
    await expect(docs.get_by_role("heading", level=2)).to_have_text("AcademicSession")
    await docs.get_by_role("button", name="Back").click()
    await expect(docs.get_by_role("heading", level=2)).to_have_text("Offering")


async def test_a_field_of_the_documentation_can_be_tried(explorer: Watched) -> None:
    page = explorer.page
    await page.get_by_role("tab", name="Docs").click()
    await page.locator("#docs").get_by_role("button", name="Query", exact=True).click()
    await page.get_by_role("button", name="Try offerings").click()
    await run(page)

    assert len((await answer(page))["data"]["offerings"]["nodes"]) == 10


async def test_every_root_field_makes_a_document_that_the_schema_knows(explorer: Watched) -> None:
    made, faults = await explorer.page.evaluate(_SAMPLES)
    assert made > 60
    assert faults == []


_SAMPLES = """async () => {
  const here = document.querySelector("script[type=module]").src;
  const { INTROSPECTION, faultsOf, schemaOf } = await import(new URL("assets/editor.js", here));
  const { sampleOf } = await import(new URL("sample.js", here));
  const asked = { method: "POST", headers: { "content-type": "application/json", "fediflow-tenant": "auenfels" } };
  const answer = await fetch("/graphql", { ...asked, body: JSON.stringify({ query: INTROSPECTION }) });
  const schema = schemaOf((await answer.json()).data);
  const roots = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() };
  const documents = Object.entries(roots).flatMap(([root, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => sampleOf(root, field).query));
  return [documents.length, documents.flatMap((one) => faultsOf(schema, one).map((fault) => `${fault} ${one}`))];
}"""


async def test_the_schema_read_again_takes_no_example_from_under_a_click(explorer: Watched) -> None:
    assert await explorer.page.evaluate(_SCHEMAS_OF_EXAMPLES) == [1, 2, 2, 1]


# How many examples stand there, and whether the first is still the same one.
_SCHEMAS_OF_EXAMPLES = """async () => {
  const here = document.querySelector("script[type=module]").src;
  const { Examples } = await import(new URL("examples.js", here));
  const place = document.createElement("div");
  const shipped = ["query { a }", "subscription { b }"].map((query) => ({ group: "All", title: query, note: "", query }));
  const examples = new Examples({ place, shipped, onOpen() {} });
  const seen = [];
  for (const offers of [false, true, true, false]) {
    const before = place.querySelector("button"), had = place.querySelectorAll("li.example").length;
    examples.set({ getSubscriptionType: () => offers });
    const count = place.querySelectorAll("li.example").length;
    seen.push(count === had && place.querySelector("button") !== before ? "drawn for nothing" : count);
  }
  return seen;
}"""


async def test_saved_documents_stay_in_the_browser_without_their_headers(explorer: Watched) -> None:
    page = explorer.page
    await write(page, "{ tenant { slug } }")
    await page.get_by_role("tab", name="Headers").click()
    await page.locator("#headers .cm-content").fill('{"accept-language": "fr"}')
    await page.locator("#save").click()
    await page.get_by_label("Name", exact=True).fill("Which one?")
    await page.locator("#naming").get_by_role("button", name="Save").click()
    await page.evaluate("sessionStorage.clear()")
    await page.reload()
    await ready(page)
    await page.get_by_role("button", name="Which one?", exact=True).click()

    await expect(page.locator("#document-editor .cm-content")).to_have_text("{ tenant { slug } }")
    assert "accept-language" not in await page.evaluate("JSON.stringify(localStorage)")
    await page.get_by_role("button", name="Remove Which one?").click()
    assert await page.evaluate("localStorage['fediflow.explorer.saved']") == "[]"


async def test_texts_from_right_to_left_read_so(explorer: Watched) -> None:
    page = explorer.page
    await sign_in(page, "Student", at="zitoun")
    await run(page)

    name = page.locator("#answer-view .cm-text[dir=auto]").first
    assert await name.evaluate("element => getComputedStyle(element).direction") == "rtl"


async def test_a_new_document_is_written_at_once_and_shows_no_old_answer(explorer: Watched) -> None:
    page = explorer.page
    await page.locator(".example-title").first.click()
    await page.locator("#document-editor .cm-content").press("Control+Enter")
    await over(page)
    await expect(page.locator("#told")).to_contain_text("200 OK")
    await page.locator("#new-document").click()
    await page.keyboard.type("query Mine ")
    await expect(page.locator("#document-editor .cm-content")).to_contain_text("query Mine")
    await expect(page.locator("#told")).to_be_empty()
    await expect(page.locator("#documents li[data-open]")).to_have_count(1)


async def test_the_keyboard_reaches_everything_and_leaves_the_editor(explorer: Watched) -> None:
    page = explorer.page
    seen = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate("document.activeElement.id || document.activeElement.className"))
    for place in ("theme", "who", "tab-examples", "run", "save", "document-editor", "variables"):
        assert place in seen
    assert seen.index("document-editor") < seen.index("tab-variables") < seen.index("variables")


@pytest.mark.parametrize(("size", "colours"), [(NARROW, "dark"), (WIDE, "light")])
async def test_axe_finds_nothing_serious(
    browser: Browser, address: str, size: dict[str, int], colours: str
) -> None:
    script = (node_packages() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    # only the judge is let past the page's policy
    shown = {"viewport": size, "color_scheme": colours, "bypass_csp": True}
    async with opened_explorer(browser, address, **shown) as explorer:
        page = explorer.page
        await page.evaluate(script)
        found = await _violations(page)
        await page.locator("#who").click()
        found += await _violations(page)
        await page.keyboard.press("Escape")
        await sign_in(page, "Registrar")
        await write(page, "{ courses(first: 3) { nodes { code } } viewr }")
        await run(page)
        for pane in ("side", "answer"):
            if size is NARROW:
                await page.locator(f".switch [data-pane={pane}]").click()
            if pane == "side":
                await page.get_by_role("tab", name="Docs").click()
                await page.get_by_role("searchbox").fill("course")
            if size is NARROW or pane == "answer":
                found += await _violations(page)
        assert found == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


async def _violations(page: Page) -> list[str]:
    found = await page.evaluate("axe.run()")
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
