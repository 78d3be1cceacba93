"""Who signs in to the explorer, and what it keeps of them: in a real browser, against the demo behind a served gateway."""

import json
from datetime import UTC, datetime

from playwright.async_api import expect

from tests.e2e.browser import Watched
from tests.e2e.explorer import answer, over, ready, run, sign_in


async def test_a_student_signs_in_by_one_click_and_reads_their_courses(explorer: Watched) -> None:
    page = explorer.page
    await sign_in(page, "Student")
    await expect(page.locator("#who")).to_contain_text("Student · Universität Auenfels")
    await page.locator(".example-title").get_by_text("My courses", exact=True).click()
    await page.locator("#document-editor .cm-content").press("Control+Enter")
    await over(page)

    await expect(page.locator("#told")).to_contain_text("200 OK")
    assert (await answer(page))["data"]["viewer"]["enrollments"]["totalCount"] == 11
    await expect(page.locator("#cost")).to_contain_text("cost ")
    await expect(page.locator("#cost meter")).to_be_visible()


async def test_tokens_are_never_kept_longer_than_the_browser_tab(explorer: Watched) -> None:
    page = explorer.page
    await sign_in(page, "Student")
    await page.locator("#save").click()
    await page.locator("#naming").get_by_role("button", name="Save").click()

    session = json.loads(await page.evaluate("sessionStorage['fediflow.explorer.session']"))
    kept: str = await page.evaluate("JSON.stringify(localStorage)")
    assert len(session["access"]) > 100
    assert session["access"] not in kept
    assert session["refresh"] not in kept
    assert await page.context.cookies() == []


async def test_a_token_that_ends_is_renewed(explorer: Watched) -> None:
    page = explorer.page
    await sign_in(page, "Student")
    before = json.loads(await page.evaluate("sessionStorage['fediflow.explorer.session']"))
    ended = {**before, "until": "2020-01-01T00:00:00Z"}
    await page.evaluate("text => sessionStorage['fediflow.explorer.session'] = text", json.dumps(ended))
    await page.reload()
    await ready(page)

    after = json.loads(await page.evaluate("sessionStorage['fediflow.explorer.session']"))
    assert after["refresh"] != before["refresh"]  # an access token of the same second is the same
    assert datetime.fromisoformat(after["until"]) > datetime.now(UTC)
    await run(page)
    assert (await answer(page))["data"]["viewer"]["roles"] == [{"role": "STUDENT", "orgUnit": None}]


async def test_a_form_signs_in_says_what_is_wrong_and_signs_out(explorer: Watched) -> None:
    page = explorer.page
    await page.locator("#who").click()
    await page.get_by_text("With another name, or a token").click()
    await page.get_by_label("Institution", exact=True).fill("zitoun")
    await page.get_by_label("Name or e-mail address").fill("student")
    await page.get_by_label("Password").fill("not the password")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_have_text("the name or the password is wrong")

    await page.get_by_label("Password").fill("fediflow-demo")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.locator("#who")).to_contain_text("Student · جامعة مرسى الزيتون")

    await page.locator("#who").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#who")).to_contain_text("Not signed in")
    assert "access" not in await page.evaluate("sessionStorage['fediflow.explorer.session']")


async def test_a_pasted_token_says_itself_whose_it_is(explorer: Watched) -> None:
    page = explorer.page
    await sign_in(page, "Instructor", at="zitoun")
    token = json.loads(await page.evaluate("sessionStorage['fediflow.explorer.session']"))["access"]
    await page.evaluate("sessionStorage.clear()")
    await page.reload()
    await ready(page)
    await page.locator("#who").click()
    await page.get_by_text("With another name, or a token").click()
    await page.get_by_label("Token").fill(token)
    await page.get_by_role("button", name="Use the token").click()

    await expect(page.locator("#who")).to_contain_text("Instructor · جامعة مرسى الزيتون")
