"""Dark and light, as the user's system asks for them while a page is open."""

from collections.abc import Iterator

from playwright.sync_api import Page

BACKGROUND = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


def dark_then_light(page: Page) -> Iterator[None]:
    """Once on a page that was opened dark, once when it has turned light."""
    yield
    dark = page.evaluate(BACKGROUND)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"dark => ({BACKGROUND})() !== dark", arg=dark)
    yield
