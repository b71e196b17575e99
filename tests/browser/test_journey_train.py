"""Started from the page, a run outlives the browser and the app, and ends as B beside model A."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages import fresh_page
from playwright.sync_api import Browser, Page, expect
from running_app import RunningApp, start_app

from clfer.runs.control import stop
from clfer.runs.record import Run, list_runs
from clfer.runs.status import read_status

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

MODEL_A = "ferplus-baseline"
EPOCHS = 2
TINY = (
    ("spinbutton", "Training faces", "28", "count: 28"),
    ("spinbutton", "Batch", "14", "batch: 14"),
    ("textbox", "Image sizes", f"64 x {EPOCHS}", f"sizes: [[64, {EPOCHS}]]"),
)
"""Fields of the form, what is entered, and what config.yaml says then."""

POINTS = """() => {
  const plot = document.querySelector(".st-key-chart-run-curves .js-plotly-plot");
  const traces = (plot && plot._fullData) || [];
  return traces.length > 0 && traces.every((trace) => trace._length === %d);
}"""


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Empty folders for runs and for what they are promoted to; nothing trains afterwards."""
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("CLFER_OWN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    yield tmp_path / "runs"
    for run in list_runs()[0]:
        stop(run.path)


@pytest.fixture
def start(runs: Path, pair_folder: Path, tmp_path: Path) -> Iterator[Callable[[], RunningApp]]:
    """Starts the app with a tiny pair of models; each is killed in the end."""
    apps: list[RunningApp] = []

    def begin() -> RunningApp:
        apps.append(start_app(tmp_path / "log", CLFER_CHECKPOINTS=str(pair_folder)))
        return apps[-1]

    yield begin
    for app in apps:
        app.kill()


def train(page: Page, address: str) -> Run:
    """Choose the quick preset, make it tiny, and press Start."""
    page.goto(f"{address}/train")
    quick = page.get_by_role("radio", name="quick")
    expect(quick).to_be_visible()
    quick.click()
    file = page.locator(".st-key-card-train-file")
    for role, label, value, line in TINY:
        field = page.get_by_role(role, name=re.compile(f"^{label}"))
        field.fill(value)
        field.blur()
        # Whoever goes on typing before the page has answered may lose what was typed.
        expect(file).to_contain_text(line)
    expect(file).to_contain_text("name: synthetic")
    expect(page.locator(".st-key-card-train-run")).to_contain_text("2 steps of 14 faces")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("button", name="Open it in Runs")).to_be_visible()
    (run,) = list_runs()[0]
    return run


def watch(page: Page, address: str, run: Run) -> None:
    """Follow the run until it is done; its curves are complete without a reload."""
    page.goto(f"{address}/runs?run={run.name}")
    card = page.locator(".st-key-card-run")
    expect(card.get_by_role("heading", name=run.name)).to_be_visible()
    expect(card).to_contain_text(f"done, {EPOCHS} of {EPOCHS} epochs")
    page.wait_for_function(POINTS % EPOCHS)


def open_as_b(page: Page, run: Run) -> None:
    """Make it a checkpoint, then model B, and go to the Confusion view."""
    page.get_by_role("button", name="Promote to a checkpoint").click()
    page.get_by_role("button", name="Open as B").click()
    expect(page.get_by_role("combobox", name="Model A")).to_have_value(MODEL_A)
    expect(page.get_by_role("combobox", name="Model B")).to_have_value(run.name)
    page.locator(".st-key-card-run-result").get_by_role("link", name="Confusion").click()


def test_from_the_preset_to_model_b(browser: Browser, start: Callable[[], RunningApp]) -> None:
    first = start()
    with fresh_page(browser) as page:
        run = train(page, first.address)
    first.kill()
    assert read_status(run.path).state in ("queued", "running", "done")

    with fresh_page(browser) as page:
        watch(page, start().address, run)
        (found,) = list_runs()[0]
        assert [row["epoch"] for row in found.history] == [1, 2]
        open_as_b(page, run)
        # The scores of the run ride with its checkpoint; those of A are computed.
        page.get_by_role("button", name="Score with A").click()
        chart = page.locator(".st-key-chart-confusion")
        expect(chart).to_contain_text("700 in all")
        matrices = chart.locator(".js-plotly-plot")
        expect(matrices).to_contain_text("Surprise")
        # Seven expressions are shared; A's eighth, contempt, is among no synthetic face.
        expect(matrices).not_to_contain_text("Contempt")
        shown = rf"a={MODEL_A}.*b={run.name}.*data=synthetic.*split=valid"
        expect(page).to_have_url(re.compile(shown))
