"""From the entropy gallery to a face in the address, and from a cell to its faces, in Chromium."""

import re
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page, expect

CARD = ".st-key-card-attention-entropy"


def test_a_face_of_the_entropy_gallery_is_picked_for_the_other_views(
    page: Page, app_address: str
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app_address}/attention")
    gallery = page.locator(CARD).get_by_role("group", name=re.compile("of 56 faces")).first
    faces = gallery.get_by_role("button")
    expect(faces).to_have_count(6)
    second = faces.nth(1)
    name = second.get_attribute("data-name")
    assert name is not None
    expect(second).to_have_accessible_name(re.compile(rf"^{re.escape(name)}, .* bits"))
    expect(second.locator("img")).to_have_js_property("naturalWidth", 48)
    second.focus()
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"[?&]face=fer"))
    assert parse_qs(urlparse(page.url).query)["face"] == [name]
    expect(second).to_be_focused()
    page.locator(CARD).get_by_role("button", name="Show more").first.click()
    expect(faces).to_have_count(12)
    expect(second).to_have_attribute("aria-pressed", "true")
    assert errors == []


def test_a_click_on_a_cell_names_its_faces(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/attention")
    card = page.locator(".st-key-card-layer-ablation")
    cells = card.locator(".st-key-chart-layer-cells-B .scatterlayer .trace .point")
    expect(cells).not_to_have_count(0)
    area = card.locator(".st-key-chart-layer-cells-B .nsewdrag")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    # The cell of the fourth expression without the third of four blocks.
    area.click(position={"x": box["width"] * 3.5 / 8, "y": box["height"] * 2.5 / 4})
    title = card.get_by_role("heading", name="True sadness, model B without block 3")
    expect(title).to_be_visible()
