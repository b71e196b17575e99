"""A page of a browser that shares nothing with another one."""

from collections.abc import Iterator
from contextlib import contextmanager

from patience import PATIENCE_MS
from playwright.sync_api import Browser, Page, expect


@contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A page of 1440 × 900 pixels, closed in the end; no code of it may have failed."""
    failures: list[str] = []
    expect.set_options(timeout=PATIENCE_MS)
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: failures.append(str(error)))
        yield page
        assert failures == []
