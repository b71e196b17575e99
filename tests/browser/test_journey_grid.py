"""A grid of runs is pasted into the Train view, queued, and becomes a table to download."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from grid_runs import small_grid
from noise_faces import write_noise_faces
from playwright.sync_api import Page, expect

from clfer.runs.control import delete, stop
from clfer.runs.grid import parse_grid
from clfer.runs.missing import plan
from clfer.runs.sweeps import end_sweep, find_sweep

pytestmark = pytest.mark.browser


@pytest.fixture
def text(tmp_path: Path) -> Iterator[str]:
    """Two runs of one epoch that take a second each; gone in the end."""
    said = json.loads(small_grid(write_noise_faces(tmp_path / "faces")))
    text = json.dumps(said | {"grid": {"model.fd": [8, 16]}})
    grid = parse_grid(text, "grid")
    yield text
    sweep = find_sweep(grid)
    if sweep is not None:
        end_sweep(sweep)
    for step in plan(grid):
        if step.folder is not None:
            stop(step.folder)
            delete(step.folder)


def test_a_pasted_grid_becomes_a_table(page: Page, app_address: str, text: str) -> None:
    page.goto(f"{app_address}/train")
    grid = page.get_by_role("radio", name="Grid of runs")
    expect(grid).to_be_visible()
    grid.click()
    page.get_by_role("radio", name="File of clfer sweep").click()
    file = page.get_by_role("textbox", name="File of the grid")
    file.fill(text.replace("[8, 16]", "[8, 0]"))
    file.blur()
    expect(page.locator(".st-key-card-train-grid")).to_contain_text("model.fd = 0 is refused")
    file.fill(text)
    file.blur()
    card = page.locator(".st-key-card-train-grid-run")
    expect(card.get_by_role("heading", name="2 runs")).to_be_visible()
    expect(card).to_contain_text("2 not started.")
    page.get_by_role("button", name="Queue 2 runs").click()
    expect(page.get_by_role("button", name="End the queue")).to_be_visible()
    expect(card).to_contain_text("2 done.")
    expect(page.get_by_role("button", name="Nothing is missing")).to_be_disabled()
    with page.expect_download() as download:
        page.locator(".st-key-grid-csv").get_by_role("button").click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert lines[0] == "model.fd,n,mean,std"
    assert [line.split(",")[:2] for line in lines[1:]] == [["8", "1"], ["16", "1"]]
