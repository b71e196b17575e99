"""A user's way through the Semantics view: another block, another opacity, an empty group."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from clfer.analysis.scoring import published_scores
from clfer.models.checkpoint import load_checkpoint

pytestmark = pytest.mark.browser

GRID = ".st-key-chart-groups-A"


def _opacity(page: Page, chart: str, wanted: float) -> None:
    page.wait_for_function(
        "([chart, wanted]) => { const maps = [...document.querySelectorAll("
        "chart + ' .heatmaplayer image')]; return maps.length > 0 && maps.every("
        "(map) => Math.abs(getComputedStyle(map).opacity - wanted) < 0.001); }",
        arg=[chart, wanted],
    )


def test_block_and_opacity(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/semantics")
    expect(page.locator(GRID)).to_contain_text("of block 4")
    _opacity(page, GRID, 0.6)
    slider = page.locator(".st-key-card-groups").get_by_label("Opacity")
    slider.fill("25")
    _opacity(page, GRID, 0.25)
    expect(page.locator(".st-key-card-groups output")).to_have_text("25 %")
    _opacity(page, ".st-key-chart-blocks", 0.6)

    blocks = page.locator(".st-key-block")
    blocks.get_by_text("1", exact=True).click()
    expect(page.locator(GRID)).to_contain_text("of block 1")
    expect(page).to_have_url(re.compile("block=1"))
    # The grid that was drawn anew obeys the slider, and so does what is exported.
    _opacity(page, GRID, 0.25)
    page.locator(".st-key-card-groups h2").click()
    page.wait_for_function(
        "(chart) => { const plot = document.querySelector(chart + ' .js-plotly-plot');"
        " return plot?.data?.filter((t) => t.type === 'heatmap')"
        ".every((t) => t.opacity === 0.25); }",
        arg=GRID,
    )


def test_an_empty_group_has_its_reason(page: Page, app_address: str, pair_folder: Path) -> None:
    for name in ("ferplus-baseline", "ferplus-ours"):
        scores = published_scores(load_checkpoint(pair_folder / name))
        assert scores is not None
        assert scores.group_sizes is not None
        empty = np.argwhere(scores.group_sizes == 0)
        if len(empty):
            break
    else:
        pytest.fail("no group of the untrained pair is empty")
    row, block, group = empty[0]
    page.goto(f"{app_address}/semantics?block={block + 1}&face={scores.names[row]}")
    card = page.locator(".st-key-card-groups")
    expect(card).to_contain_text(f"Group {group + 1} is empty on")
    expect(card).to_contain_text(f"is nearest to deep centroid {group + 1}")
