"""Choosing an epoch in the Learning intensity view and seeing it everywhere."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

MARKED = """(epoch) => ["blocks", "ratio", "groups", "curves"].every((key) => {
  const plot = document.querySelector(`.st-key-chart-${key} .js-plotly-plot`);
  const lines = ((plot && plot.layout && plot.layout.shapes) || [])
    .filter((shape) => shape.name === "chosen epoch");
  return lines.length > 0 && lines.every((shape) => shape.x0 === epoch);
})"""


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/learning-intensity")
    page.wait_for_function(MARKED, arg=6)


def _epoch(number: int) -> "re.Pattern[str]":
    return re.compile(rf"[?&]epoch={number}(&|$)")


def test_a_clicked_epoch_moves_every_chart_and_the_other_views(
    page: Page, app_address: str
) -> None:
    _open(page, app_address)
    # Epoch 5 has no snapshot; of the kept 1, 3 and 6 the nearest is 6, and of 2 the earlier is 1.
    points = page.locator(".st-key-chart-blocks .scatterlayer .trace").first.locator(".point")
    expect(points).to_have_count(6)
    points.nth(1).click(force=True)
    expect(page).to_have_url(_epoch(1))
    page.wait_for_function(MARKED, arg=1)
    expect(page.locator(".st-key-card-trainings")).to_contain_text(
        "No snapshot was kept after epoch 2; the nearest one, epoch 1"
    )
    expect(page.locator(".st-key-card-faces")).to_contain_text("kept at epoch 1; shown:")

    page.get_by_role("link", name="Confusion").click()
    expect(page.locator("h1", has_text="Confusion")).to_be_visible()
    expect(page).to_have_url(_epoch(1))
    page.get_by_role("link", name="Learning intensity").click()
    page.wait_for_function(MARKED, arg=1)


def test_the_slider_moves_the_line_and_the_address(page: Page, app_address: str) -> None:
    _open(page, app_address)
    slider = page.locator(".st-key-card-trainings input[type=range]").first
    slider.focus()
    slider.press("ArrowLeft")
    expect(page).to_have_url(_epoch(3))
    page.wait_for_function(MARKED, arg=3)


def test_nothing_scrolls_sideways_on_a_phone(page: Page, app_address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, app_address)
    # The slider's own input is clipped to nothing by its parent.
    page.wait_for_function(
        "() => ![...document.querySelectorAll('[data-testid=stMain] *')].some(e => e.offsetWidth"
        " && !e.matches('input[type=range]')"
        " && e.getBoundingClientRect().right > innerWidth + 1)"
    )
