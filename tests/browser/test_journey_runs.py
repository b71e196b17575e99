"""The Runs view of a real run that waits for its device: stopped, resumed, removed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from schemes import dark_then_light

from clfer.config import load_preset
from clfer.runs.control import delete, stop
from clfer.runs.launch import Launch, start
from clfer.runs.locks import hand_back, take_ticket
from clfer.runs.record import Run
from clfer.runs.status import read_status

pytestmark = pytest.mark.browser


@pytest.fixture
def waiting() -> Iterator[Run]:
    """A run whose device is taken, so that it costs no computation; gone in the end."""
    slot = take_ticket("cpu")
    try:
        run = start(load_preset("smoke", ["seed=77"]), Launch(device="cpu", threads=1))
        yield run
        if run.path.exists():
            stop(run.path)
            delete(run.path)
    finally:
        hand_back(slot)


def test_a_run_is_stopped_resumed_and_removed(page: Page, app_address: str, waiting: Run) -> None:
    page.goto(f"{app_address}/runs?run={waiting.name}")
    card = page.locator(".st-key-card-run")
    expect(card.get_by_role("heading", name=waiting.name)).to_be_visible()
    expect(card).to_contain_text("Queued behind 1 other run")
    expect(page.get_by_role("button", name="Delete this run")).to_be_disabled()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Resume").click()
    expect(card).to_contain_text("Queued behind 1 other run")
    assert read_status(waiting.path).state == "queued"
    page.get_by_role("button", name="Stop").click()
    expect(card).to_contain_text("stopped, 0 of 5 epochs")
    page.get_by_role("button", name="Delete this run").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(card).to_have_count(0)
    assert not waiting.path.exists()


def test_nothing_scrolls_sideways_on_a_phone(page: Page, app_address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app_address}/runs")
    expect(page.locator(".st-key-card-runs")).to_be_visible()
    for _ in dark_then_light(page):
        page.wait_for_function(
            "() => document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth + 1"
        )
