"""From a cell of the confusion matrix to the faces behind it, and the same in another browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import fresh_page
from playwright.sync_api import Browser, Page, expect
from running_app import AT_REST

from clfer.analysis.comparison import compare
from clfer.analysis.confusion import CellFaces, cell_faces, cells
from clfer.analysis.scoring import published_scores
from clfer.expressions import EXPRESSIONS
from clfer.models.checkpoint import load_checkpoint

pytestmark = pytest.mark.browser

CELL = "A-neutral-sadness"
TITLE = "A: true neutral, A says sadness"


@pytest.fixture
def behind(pair_folder: Path) -> CellFaces:
    """The faces of the cell as the analysis finds them."""
    models = [load_checkpoint(pair_folder / f"ferplus-{name}") for name in ("baseline", "ours")]
    a, b = (published_scores(model) for model in models)
    assert a is not None
    assert b is not None
    comparison = compare(a, b)
    return cell_faces(comparison, cells(comparison.classes)[CELL])


@pytest.fixture
def second_page(browser: Browser) -> Iterator[Page]:
    """A page of another browser, which shares nothing with the first."""
    with fresh_page(browser) as page:
        yield page


def _click(page: Page, panel: int, true: str, predicted: str) -> None:
    """Click a cell of the matrices: Plotly selects what the pointer hovers over."""
    idle = page.locator(AT_REST)
    expect(idle).to_be_attached()
    area = page.locator(".st-key-chart-confusion .js-plotly-plot .nsewdrag").nth(panel)
    hover = page.locator(".st-key-chart-confusion .hoverlayer .hovertext")
    for attempt in range(20):
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        if box is None:
            continue
        x = box["x"] + box["width"] * (EXPRESSIONS.index(predicted) + 0.5) / len(EXPRESSIONS)
        y = box["y"] + box["height"] * (EXPRESSIONS.index(true) + 0.5) / len(EXPRESSIONS)
        # A chart that is just being drawn does not see the pointer: it must move again.
        page.mouse.move(x - 3 + attempt % 2, y - 3)
        page.mouse.move(x, y, steps=3)
        try:
            expect(hover).to_contain_text(f"says {predicted}", timeout=2000)
        except AssertionError:
            continue
        if area.bounding_box() != box:  # what is drawn above came in between, and moved it
            continue
        page.mouse.click(x, y)
        return
    pytest.fail("No cell answers the pointer.")


def _expect_cell(page: Page, behind: CellFaces) -> None:
    card = page.locator(".st-key-card-cell")
    expect(card.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(card.locator(".face img")).to_have_count(len(behind))
    expect(card.locator(".face img").first).to_have_attribute("src", re.compile("^data:image/"))


def test_a_cell_leads_to_its_faces_and_its_address_to_the_same(
    page: Page, second_page: Page, app_address: str, behind: CellFaces
) -> None:
    page.goto(f"{app_address}/confusion")
    expect(page.locator(".st-key-chart-threshold .main-svg").first).to_be_attached()
    assert 0 < len(behind) <= 48
    _click(page, 0, "neutral", "sadness")
    _expect_cell(page, behind)
    expect(page).to_have_url(re.compile(f"cell={CELL}"))
    second_page.goto(page.url)
    _expect_cell(second_page, behind)


def test_a_clicked_face_becomes_the_face_of_the_other_views(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/confusion?cell={CELL}")
    face = page.locator(".st-key-card-cell .face").first
    name = face.get_attribute("data-name")
    assert name
    face.click()
    expect(page).to_have_url(re.compile(f"face={re.escape(name)}"))
