"""A browser and pages that remember what went wrong in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from tests.e2e.judges import chromium

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_PATIENCE_MS = 60_000
expect.set_options(timeout=_PATIENCE_MS)  # five seconds by themselves
_LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass(slots=True)
class Watched:
    """A page, and what it complained of."""

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    async def complaints(self) -> list[str]:
        """Errors in the console, uncaught exceptions, breaches of the content policy, requests to other hosts."""
        violations: list[str] = await self.page.evaluate("window.violations")
        return [*self.errors, *violations, *self.foreign]

    def heard(self, message: ConsoleMessage) -> None:
        """Keeps what is more than a remark."""
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def requested(self, request: Request) -> None:
        """Keeps what went elsewhere."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.base).netloc:
            self.foreign.append(request.url)


@asynccontextmanager
async def opened_browser() -> AsyncIterator[Browser]:
    """The machine's Chromium without anything of its user; skips where there is none."""
    program = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        yield browser
        await browser.close()


@asynccontextmanager
async def opened_page(browser: Browser, base: str, **options: Any) -> AsyncIterator[Watched]:
    """A page in a profile of its own at `base`; `options` are those of a browser context."""
    context = await browser.new_context(base_url=base, **options)
    await context.add_init_script(_LISTEN)
    page = await context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    watched = Watched(page, base)
    page.on("console", lambda message: watched.heard(message))
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("request", lambda request: watched.requested(request))
    yield watched
    await context.close()
