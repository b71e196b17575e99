"""The tables and figures that ship say what the shipped records say, and show no face."""

import math
from pathlib import Path
from typing import Any

import pytest

from clfer.experiments.output import INDEX, PAGE, read_index
from clfer.experiments.overview import claims_table, verdict_in_words
from clfer.experiments.registry import find_item, item_names
from clfer.experiments.reproduce import grid_of
from clfer.experiments.scale import load_scale
from clfer.paths import shipped_reproduction_dir
from clfer.runs.launch import config_hash
from clfer.runs.record import open_run
from clfer.training.run_folder import CONFIG

SHIPPED = shipped_reproduction_dir()
FOLDERS = sorted(SHIPPED.glob("*/*"))
EACH = pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: str(one.relative_to(SHIPPED)))
RECORDED = {
    "cpu/table3": "table3",
    "cpu/table4": "table4",
    "cpu/table7": "table4",
    "scratch/table6": "scratch",
    "scratch/table7": "scratch",
    "scratch/literal": "scratch",
}
"""Items that give the accuracy of each of their runs, and the folder of the records."""


@EACH
def test_a_shipped_item_is_whole_and_finished(folder: Path) -> None:
    assert folder.name in item_names()
    index = _index(folder)
    names = [one["name"] for one in index["tables"]]
    pictures = [one["name"] for one in index["figures"]]
    files = {PAGE, INDEX, *(f"{n}.{e}" for n in names for e in ("md", "csv", "tex"))}
    files |= {f"{name}.{ending}" for name in pictures for ending in ("pdf", "png")}
    assert {path.name for path in folder.iterdir()} == files
    assert names
    assert "Not finished" not in index["protocol"]


@EACH
def test_no_photograph_ships(folder: Path) -> None:
    """Items that draw faces name the figure that was left out."""
    left_out = {"fig1": "fig1-maps", "fig7": "fig7-", "fig10": "fig10-", "fig11": "fig11-"}
    stem = left_out.get(folder.name)
    index = _index(folder)
    if stem is None:
        assert "Left out" not in index["protocol"]
    else:
        assert f"show faces of a data set: {stem}" in index["protocol"]
        assert not [one for one in index["figures"] if one["name"].startswith(stem)]


@pytest.mark.parametrize(("place", "records"), RECORDED.items())
def test_shipped_accuracies_are_those_of_the_records(
    repository: Path, place: str, records: str
) -> None:
    size, name = place.split("/")
    scale = load_scale(size, {"ferplus": "/nowhere"})
    needed = {run.identity for run in grid_of([find_item(name)], scale).runs}
    found = _best(repository / "checkpoints" / "records" / records)
    said = _numbers(_index(SHIPPED / place))
    assert needed <= set(found)
    for identity in needed:
        assert any(math.isclose(100 * found[identity], one, abs_tol=1e-4) for one in said)


def test_the_readme_counts_the_claims_of_what_ships(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLFER_REPRODUCTION", str(tmp_path))
    assert verdict_in_words(claims_table("cpu")) in (repository / "README.md").read_text("utf-8")


def _index(folder: Path) -> dict[str, Any]:
    found = read_index(folder)
    assert found is not None
    return found


def _best(records: Path) -> dict[str, float]:
    """Validation accuracy of the best epoch by the identity of the run."""
    runs = [open_run(path.parent) for path in records.glob(f"*/{CONFIG}")]
    return {config_hash(run.config): run.best["valid_accuracy"] for run in runs if run.best}


def _numbers(index: dict[str, Any]) -> list[float]:
    rows = [row for table in index["tables"] for row in table["rows"]]
    return [value for row in rows for value in row if isinstance(value, float)]
