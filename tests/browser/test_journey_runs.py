"""A run that outlives the browser: watched, left, found done, promoted, opened as B."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from clfer.config import load_preset
from clfer.paths import own_checkpoints_dir
from clfer.runs.control import delete, stop
from clfer.runs.launch import Launch, start
from clfer.runs.record import Run, open_run
from clfer.runs.status import read_status

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

EPOCHS = 2
SECONDS = 240

POINTS = """() => {
  const plot = document.querySelector(".st-key-chart-run-curves .js-plotly-plot");
  const traces = (plot && plot._fullData) || [];
  return traces.length ? traces.map((trace) => trace._length) : [0];
}"""


@contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A browser of its own, closed in the end."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        yield page


@pytest.fixture
def run() -> Iterator[Run]:
    """A training of seconds, started as the page starts it; gone in the end."""
    config = load_preset(
        "smoke", ["data.count=28", f"train.sizes=[[64, {EPOCHS}]]", "train.batch=14"]
    )
    run = start(config, Launch(device="cpu", threads=1))
    yield run
    stop(run.path)
    wait_until_over(run.path)
    delete(run.path)
    # What it was promoted to must not stand beside the models of other tests.
    shutil.rmtree(own_checkpoints_dir() / run.name, ignore_errors=True)


def wait_until_over(folder: Path) -> str:
    deadline = time.monotonic() + SECONDS
    while (status := read_status(folder)).live and time.monotonic() < deadline:
        time.sleep(0.2)
    return status.state


def look(page: Page, address: str, run: Run) -> None:
    page.goto(f"{address}/runs?run={run.name}")
    expect(page.locator(".st-key-card-run h2")).to_have_text(run.name)


def test_a_run_outlives_the_browser_and_becomes_b(
    browser: Browser, app_address: str, run: Run
) -> None:
    expect.set_options(timeout=SECONDS * 1000)
    with fresh_page(browser) as page:
        look(page, app_address, run)
        expect(page.get_by_role("button", name="Delete this run")).to_be_disabled()
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".st-key-run-progress")).to_be_visible()
        page.wait_for_function(f"() => Math.max(...({POINTS})()) >= 1")
    assert wait_until_over(run.path) == "done"

    with fresh_page(browser) as page:
        look(page, app_address, run)
        expect(page.locator(".st-key-card-run")).to_contain_text(f"done, {EPOCHS} of {EPOCHS}")
        page.wait_for_function(f"() => (({POINTS})()).every((count) => count === {EPOCHS})")
        assert [row["epoch"] for row in open_run(run.path).history] == [1, 2]

        page.get_by_role("button", name="Promote to a checkpoint").click()
        page.get_by_role("button", name="Open as B").click()
        expect(page.get_by_role("combobox", name="Model B")).to_have_value(run.name)
        page.locator(".st-key-card-run-result").get_by_role("link", name="Confusion").click()
        # The run's own scores ride with it; those of the other model are computed.
        page.get_by_role("button", name="Score with A").click()
        matrices = page.locator(".st-key-chart-confusion .js-plotly-plot")
        expect(matrices).to_contain_text("Surprise")
        # Seven expressions are shared; A's eighth, contempt, is among no synthetic face.
        expect(matrices).not_to_contain_text("Contempt")
        expect(page).to_have_url(re.compile(rf"b={run.name}.*data=synthetic.*split=valid"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_phone(page: Page, app_address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app_address}/runs")
    expect(page.locator(".st-key-card-runs")).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth + 1"
    )
