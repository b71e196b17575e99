"""A user's way through the What if view in a real browser."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from clfer.faces import load_sample

pytestmark = pytest.mark.browser

CLEAN = re.compile("nothing is perturbed yet")


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/what-if")
    for side in "ab":
        expect(_note(page, side)).to_have_text(CLEAN)
    expect(page.locator(".st-key-chart-what-if-curves .js-plotly-plot")).to_be_attached()


def _note(page: Page, side: str) -> Locator:
    """What became of the verdict on the clean face."""
    return page.locator(f".st-key-card-{side} .clfer-note").nth(1)


def _slider(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-what_if-{name}").get_by_role("slider")


def test_the_blur_slider_is_answered_by_both_models(page: Page, app_address: str) -> None:
    _open(page, app_address)
    thumb = _slider(page, "blur")
    thumb.focus()
    thumb.press("ArrowRight")
    for side in "ab":
        expect(_note(page, side)).to_contain_text("Clean face: ")
        expect(_note(page, side)).not_to_have_text(CLEAN)
    expect(thumb).to_have_value("0.5")
    page.get_by_role("button", name="Reset").click()
    for side in "ab":
        expect(_note(page, side)).to_have_text(CLEAN)
    expect(_slider(page, "blur")).to_have_value("0")


def test_a_click_into_the_face_covers_that_place(page: Page, app_address: str) -> None:
    _open(page, app_address)
    face = page.get_by_role("button", name=re.compile("click a place"))
    box = face.bounding_box()
    assert box is not None
    face.click(position={"x": 0.25 * box["width"], "y": 0.75 * box["height"]})
    expect(_slider(page, "across")).to_have_value("25")
    expect(_slider(page, "down")).to_have_value("75")
    expect(_slider(page, "patch")).to_have_value("25")
    expect(page.get_by_alt_text(re.compile("patch 25 % of the side"))).to_be_visible()
    expect(_note(page, "b")).not_to_have_text(CLEAN)


def test_an_uploaded_face_outlives_a_change_of_view(
    page: Page, app_address: str, tmp_path: Path
) -> None:
    path = tmp_path / "my-face.png"
    Image.fromarray(load_sample("astronaut")[:256, 100:356]).save(path)
    _open(page, app_address)
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_alt_text("my-face.png, clean.")).to_be_visible()

    page.get_by_role("link", name="Confusion").click()
    expect(page.locator(".clfer-title h1")).to_have_text("Confusion")
    page.get_by_role("link", name="What if").click()
    expect(page.get_by_alt_text("my-face.png, clean.")).to_be_visible()
    page.get_by_role("link", name="Face", exact=True).click()
    expect(page.get_by_alt_text("my-face.png: 1 face found.")).to_be_visible()
    assert "my-face" not in page.url
