"""The records that ship count as done for the tables that they were made for."""

from pathlib import Path

import pytest

from clfer.experiments.registry import find_item
from clfer.experiments.reproduce import grid_of
from clfer.experiments.scale import load_scale
from clfer.models.card import read_card
from clfer.paths import checkpoints_dir
from clfer.runs.launch import config_hash
from clfer.runs.missing import plan
from clfer.runs.records import import_records

FOLDERS = {
    "table3": ("cpu", "table3"),
    "table4": ("cpu", "table4", "table8"),
    "options": ("cpu", "options"),
    "scratch": ("scratch", "table6", "table8", "literal"),
}
"""The size and the items that the runs of a folder are for."""


@pytest.mark.parametrize("name", FOLDERS)
def test_every_shipped_record_is_a_run_of_its_items(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    size, *items = FOLDERS[name]
    scale = load_scale(size, {"ferplus": str(tmp_path / "FERPlus")})
    imported = import_records(repository / "checkpoints" / "records" / name)
    steps = plan(grid_of(list(map(find_item, items)), scale))
    assert imported
    assert [step.action for step in steps].count("done") == len(imported)


def test_no_other_records_ship(repository: Path) -> None:
    found = sorted(path.name for path in (repository / "checkpoints" / "records").iterdir())
    assert found == sorted(FOLDERS)


@pytest.mark.parametrize(
    ("name", "reading"),
    [("ferplus-baseline", "baseline"), ("ferplus-paper", "literal"), ("ferplus-ours", "ours")],
)
def test_the_shipped_models_are_those_of_item_literal(name: str, reading: str) -> None:
    planned = find_item("literal").plan(load_scale("scratch", {"ferplus": "/nowhere"}))
    (config,) = (one.config for one in planned if one.key[-1] == reading)
    assert config_hash(read_card(checkpoints_dir() / name).config) == config_hash(config)
