"""A foreign model in a real browser: uploaded, picked, compared, removed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from schemes import dark_then_light

from clfer.models.card import CARD
from clfer.models.library import WEIGHTS, fingerprint
from clfer.paths import imported_dir

pytestmark = pytest.mark.browser


@pytest.fixture
def foreign(pair_folder: Path, tmp_path: Path) -> Iterator[Path]:
    """A checkpoint folder that is not installed; what the app keeps of it goes in the end."""
    folder = Path(shutil.copytree(pair_folder / "ferplus-ours", tmp_path / "theirs"))
    card = (folder / CARD).read_text("utf-8").replace("Untrained, ours", "From elsewhere")
    (folder / CARD).write_text(card, "utf-8")
    yield folder
    shutil.rmtree(imported_dir(), ignore_errors=True)
    shutil.rmtree(folder)


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/models")
    expect(page.locator(".st-key-chart-latency .js-plotly-plot")).to_be_attached()
    expect(page.locator(".st-key-card-installed input[type=file]")).to_be_attached()


def test_an_uploaded_model_appears_in_the_pickers(
    page: Page, app_address: str, foreign: Path
) -> None:
    _open(page, app_address)
    field = page.locator(".st-key-card-installed input[type=file]")
    field.set_input_files(foreign / WEIGHTS)
    installed = page.locator(".st-key-card-installed")
    expect(installed).to_contain_text("came without card.json")

    field = page.locator(".st-key-card-installed input[type=file]")
    field.set_input_files(foreign / CARD)
    name = f"ferplus-ours-{fingerprint(foreign)[:6]}"
    expect(installed).to_contain_text(f"{name} is installed.")

    page.get_by_role("button", name="Pick as B").click()
    expect(page.locator(".st-key-card-b")).to_contain_text("From elsewhere")
    expect(page.get_by_role("combobox", name="Model B")).to_have_value(name)
    page.wait_for_url(f"**b={name}*")

    page.get_by_role("combobox", name="Model A").click()
    expect(page.get_by_role("option", name=name)).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".st-key-card-b")).to_contain_text("Untrained, ours")
    expect(page.get_by_role("combobox", name="Model B")).to_have_value("ferplus-ours")


def test_nothing_scrolls_sideways_on_a_phone(page: Page, app_address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, app_address)
    for _ in dark_then_light(page):
        page.wait_for_function(
            "() => [...document.querySelectorAll('[class*=st-key-card-]')].every(e =>"
            " e.getBoundingClientRect().right <= innerWidth + 1)"
            " && document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth + 1"
        )
