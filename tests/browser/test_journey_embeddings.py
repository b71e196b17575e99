"""Around points with the pointer to their faces; the epoch slider; thumbnails on and off."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from running_app import AT_REST

from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.scoring import published_scores
from clfer.analysis.subset import subset_accuracy
from clfer.figures.embedding_words import subset_line
from clfer.models.checkpoint import load_checkpoint

pytestmark = pytest.mark.browser

ATTEMPTS = 12

# Where the points of a chart are on the page; null while it is not drawn.
_POINTS = """
(key) => {
  const chart = document.querySelector(`.st-key-chart-${key} .js-plotly-plot`);
  const layout = chart?._fullLayout, points = chart?._fullData?.[0];
  const area = chart?.querySelector(".nsewdrag")?.getBoundingClientRect();
  if (!layout?.xaxis?.d2p || !points?.x?.length || !area) return null;
  return Array.from(points.x, (x, i) => ({
    name: points.customdata[i],
    x: area.left + layout.xaxis.d2p(x),
    y: area.top + layout.yaxis.d2p(points.y[i]),
  }));
}
"""


@pytest.fixture(scope="module")
def comparison(pair_folder: Path) -> Comparison:
    """The scores that the page shows."""
    models = [load_checkpoint(pair_folder / f"ferplus-{name}") for name in ("baseline", "ours")]
    a, b = (published_scores(model) for model in models)
    assert a is not None
    assert b is not None
    return compare(a, b)


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/embeddings?projection=PCA")
    for key in ("embedding-A", "embedding-B"):
        page.wait_for_function(f"(key) => ({_POINTS})(key) !== null", arg=key)
    expect(page.locator(AT_REST)).to_be_attached()


def _points(page: Page, key: str) -> list[dict[str, Any]]:
    page.locator(f".st-key-chart-{key}").scroll_into_view_if_needed()
    found: list[dict[str, Any]] = page.evaluate(_POINTS, key)
    return found


def _draw_around(page: Page, key: str, count: int) -> set[str]:
    """Draw around the leftmost points of a chart; returns the names inside."""
    points = sorted(_points(page, key), key=lambda point: point["x"])
    edge = (points[count - 1]["x"] + points[count]["x"]) / 2
    top = min(point["y"] for point in points) - 6
    bottom = max(point["y"] for point in points) + 6
    left = points[0]["x"] - 6
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((edge, top), (edge, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=6)
    page.mouse.up()
    return {point["name"] for point in points if point["x"] < edge}


def test_points_inside_a_lasso_become_the_subset(
    page: Page, app_address: str, comparison: Comparison
) -> None:
    _open(page, app_address)
    card = page.locator(".st-key-card-subset")
    heading = card.get_by_role("heading", name="20 faces picked")
    names: set[str] = set()
    for _ in range(ATTEMPTS):  # a chart that is just being drawn does not see the pointer
        names = _draw_around(page, "embedding-A", 20)
        try:
            expect(heading).to_be_visible(timeout=5000)
            break
        except AssertionError:
            continue
    expect(heading).to_be_visible()
    assert len(names) == 20
    indices = comparison.indices_of(sorted(names))
    for side, scores in (("A", comparison.a), ("B", comparison.b)):
        expect(card).to_contain_text(subset_line(side, subset_accuracy(scores, indices)))  # type: ignore[arg-type]
    faces = card.locator(".face")
    expect(faces).to_have_count(20)
    assert {faces.nth(i).get_attribute("data-name") for i in range(20)} == names
    card.get_by_role("button", name="Clear").click()
    expect(card.get_by_role("heading", name="Faces behind the points")).to_be_visible()


def test_the_picture_follows_the_epoch(page: Page, app_address: str) -> None:
    _open(page, app_address)
    expect(page.get_by_text("(512 and 128 dimensions)")).to_be_visible()
    before = {point["name"]: point["x"] for point in _points(page, "embedding-A")}
    slider = page.get_by_role("slider").first
    slider.focus()
    slider.press("ArrowLeft")
    expect(page.get_by_text("(50 dimensions)")).to_be_visible()
    page.wait_for_function(
        f"""([key, before]) => ({_POINTS})(key)?.some(
            (point) => Math.abs(point.x - before[point.name]) > 3)""",
        arg=["embedding-A", before],
    )
    page.wait_for_url("**epoch=3**")


def test_a_thumbnail_follows_the_pointer_until_it_is_switched_off(
    page: Page, app_address: str
) -> None:
    _open(page, app_address)
    thumbnail = page.locator(".clfer-hover")
    sentence = page.locator(".st-key-chart-embedding-B .hoverlayer .hovertext")
    expect(thumbnail).to_be_attached()

    def hover() -> None:
        for _ in range(ATTEMPTS):
            point = _points(page, "embedding-B")[0]
            page.mouse.move(point["x"] - 9, point["y"] - 9)
            page.mouse.move(point["x"], point["y"], steps=4)
            try:
                expect(sentence.first).to_contain_text("B says", timeout=2500)
                return
            except AssertionError:
                continue
        pytest.fail("No point answers the pointer.")

    hover()
    expect(thumbnail).to_be_visible()
    name = thumbnail.get_attribute("data-name")
    assert name is not None
    expect(sentence.first).to_contain_text(name)
    page.mouse.move(5, 5)
    expect(thumbnail).to_be_hidden()
    page.get_by_text("Thumbnails", exact=True).click()
    expect(thumbnail).to_have_count(0)
    hover()
    expect(thumbnail).to_have_count(0)
