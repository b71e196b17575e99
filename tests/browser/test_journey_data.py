"""The Data view in a browser: samples drawn again, ambiguous faces, and the check of all files."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_samples_ambiguity_and_the_check(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/data")
    expect(page.get_by_role("heading", name="Faces per expression")).to_be_visible()
    expect(page.locator(".st-key-chart-class-bars .main-svg").first).to_be_visible()
    expect(page.locator(".st-key-card-balance")).to_contain_text("effective number of classes")

    sample = page.locator(".st-key-card-sample")
    faces = sample.locator("button.face")
    expect(faces.first).to_be_visible()
    first = faces.first.get_attribute("data-name") or ""
    sample.get_by_role("button", name="Draw again").click()
    expect(faces.first).not_to_have_attribute("data-name", first)
    sample.get_by_text("Fear", exact=True).first.click()
    expect(faces).to_have_count(8)
    expect(faces.first).to_contain_text("Fear")

    ambiguous = page.locator(".st-key-card-ambiguity button.face")
    expect(ambiguous.first).to_contain_text(re.compile(r"0\.72 bits\s*\w+ 8, \w+ 2"))

    check = page.locator(".st-key-card-check")
    check.get_by_role("button", name="Check every file").click()
    expect(check).to_contain_text("70 images opened; each can be read")
    expect(check).to_contain_text("0 faces have an identical twin")


def test_a_wrong_folder_gets_its_sentence_below_the_field(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/data?data=rafdb")
    card = page.locator(".st-key-card-data-root")
    expect(card).to_contain_text("EmoLabel/")
    expect(card.get_by_role("textbox")).to_be_visible()
    card.get_by_role("textbox").fill("/nowhere")
    card.get_by_role("textbox").press("Enter")
    expect(page.get_by_text("/nowhere does not exist").first).to_be_visible()
