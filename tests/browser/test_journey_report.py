"""The report: exported from a compare view, then opened by a browser without network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from clfer.models.library import fingerprint

pytestmark = pytest.mark.browser


def test_report_is_exported_and_opens_offline(
    page: Page, browser: Browser, app_address: str, pair_folder: Path, tmp_path: Path
) -> None:
    page.goto(f"{app_address}/confusion")
    button = page.get_by_role("button", name="Report")
    expect(button).to_be_visible()
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename.endswith("-ferplus-valid.html")
    file = tmp_path / "report.html"
    download.value.save_as(file)

    asked: list[str] = []
    problems: list[str] = []
    with browser.new_context(offline=True, viewport={"width": 1440, "height": 900}) as context:
        reader = context.new_page()
        reader.on("request", lambda request: asked.append(request.url))
        reader.on("pageerror", lambda error: problems.append(str(error)))
        reader.goto(file.as_uri())
        for name in ("ferplus-baseline", "ferplus-ours"):
            sha256 = fingerprint(pair_folder / name)
            expect(reader.get_by_role("cell", name=sha256)).to_be_visible()
        matrices = reader.locator("#confusion .plot").first
        matrices.scroll_into_view_if_needed()
        for panel in range(3):
            expect(matrices.locator(".heatmaplayer image").nth(panel)).to_be_visible()
        expect(matrices).to_contain_text("B − A")
        reader.get_by_text("Card and full configuration of model B").click()
        card = reader.locator("#models details[open] pre")
        expect(card).to_be_visible()
        expect(card).to_contain_text('"name": "ferplus-ours"')

        reader.evaluate("dispatchEvent(new Event('beforeprint'))")
        drawn = "() => [...document.querySelectorAll('.plot')].every((p) => p.querySelector('svg'))"
        reader.wait_for_function(drawn)
    assert not problems
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_views_of_one_model_offer_no_report(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/data")
    expect(page.get_by_role("heading", name="Faces per expression")).to_be_visible()
    expect(page.get_by_role("button", name="Report")).to_have_count(0)
