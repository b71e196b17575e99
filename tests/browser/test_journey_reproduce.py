"""Table VI is started at smoke size in the Reproduce view, fills, and is exported as LaTeX."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from running_app import start_app

from clfer.experiments.background import is_running, stop
from clfer.experiments.output import INDEX, item_folder

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1500)]

FILLED = """() => {
    const rows = [...document.querySelectorAll('.st-key-card-reproduce-table-table6 [role=row]')];
    const cells = rows.map(row => [...row.children].map(cell => cell.textContent));
    const ours = cells.length ? cells[0].indexOf('ours (%)') : -1;
    return ours < 0 ? 0 : cells.slice(1).filter(row => /[0-9]/.test(row[ours] ?? '')).length;
}"""
"""Rows of the table that have a number of ours."""


@pytest.fixture
def address(pair_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An app with no run and nothing written; what it started is gone in the end."""
    private = {
        "CLFER_RUNS": str(tmp_path / "runs"),
        "CLFER_REPRODUCTION": str(tmp_path / "reproduction"),
    }
    for name, value in private.items():
        monkeypatch.setenv(name, value)
    app = start_app(tmp_path / "log", CLFER_CHECKPOINTS=str(pair_folder), **private)
    yield app.address
    app.kill()
    stop("table6", "smoke")


def test_table_vi_fills_and_is_exported(page: Page, address: str) -> None:
    page.goto(f"{address}/reproduce?preset=smoke")
    items = page.locator(".st-key-card-reproduce-list")
    items.locator("label", has_text="Class centres (Eq. 12)").click()
    card = page.locator(".st-key-card-reproduce-item")
    expect(card.get_by_role("heading")).to_contain_text("Table VI: ")
    expect(page).to_have_url(re.compile("item=table6"))
    page.get_by_role("button", name="Train 3 runs and write").click()
    expect(card.get_by_role("button", name="Stop")).to_be_visible()
    expect(card).to_contain_text("0 of 3 runs done")
    page.wait_for_function(f"() => [1, 2].includes(({FILLED})())", polling=500)
    page.wait_for_function(f"() => ({FILLED})() === 3", polling=500)
    expect(page.get_by_role("button", name="Write again")).to_be_visible()
    assert not is_running("table6", "smoke")
    with page.expect_download() as download:
        written = page.locator(".st-key-card-reproduce-table-table6")
        written.get_by_role("button", name="LaTeX").click()
    assert download.value.suggested_filename == "table6.tex"
    text = Path(download.value.path()).read_text("utf-8")
    assert all(rule in text for rule in (r"\toprule", r"\midrule", r"\bottomrule", "booktabs"))
    index = json.loads((item_folder("smoke", "table6") / INDEX).read_bytes())
    table = next(one for one in index["tables"] if one["name"] == "table6")
    place = [column["title"] for column in table["columns"]].index("ours")
    for row in table["rows"]:
        assert f"{row[place]:.2f}" in text
    assert "92.21" in text  # the paper's clustering on RAF-DB
