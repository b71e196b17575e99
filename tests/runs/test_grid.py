"""Grids of runs: what a file expands to, in which order, and which files are refused."""

import itertools
import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import load_preset
from clfer.errors import ConfigError
from clfer.runs.grid import parse_grid, read_grid
from clfer.runs.launch import Launch, config_hash

FILE = """
preset: smoke
set: {data: {count: 56}, train.batch: 28}
grid:
  model.fd: [16, 8]
  clfm: {enabled: [true, false]}
seeds: [3, 1]
device: cpu
devices: 2
precision: bf16-mixed
threads: 2
"""


def test_expansion_by_hand() -> None:
    grid = parse_grid(FILE, "my.yaml")
    assert grid.keys == ("clfm.enabled", "model.fd")
    assert grid.launch == Launch("cpu", "bf16-mixed", 2, 2)
    expected = [
        (seed, enabled, fd) for seed in (3, 1) for enabled in (True, False) for fd in (16, 8)
    ]
    found = [(r.config.seed, r.config.clfm.enabled, r.config.model.fd) for r in grid.runs]
    assert found == expected
    assert [tuple(run.choice.values()) for run in grid.runs] == [e[1:] for e in expected]
    for run, (seed, enabled, fd) in zip(grid.runs, expected, strict=True):
        overrides = ["data.count=56", "train.batch=28", f"seed={seed}", f"model.fd={fd}"]
        by_hand = load_preset("smoke", [*overrides, f"clfm.enabled={json.dumps(enabled)}"])
        assert run.config == by_hand
        assert run.identity == config_hash(by_hand)


def test_nested_settings_keep_the_rest_of_the_preset() -> None:
    (run,) = parse_grid("preset: scratch\nset: {clfm: {clusters: 8}}", "my.yaml").runs
    assert run.config == load_preset("scratch", ["clfm.clusters=8"])
    assert run.config.clfm.stop_gradient is True  # set by the preset


def test_what_does_not_vary_is_no_column() -> None:
    grid = parse_grid("preset: smoke\ngrid: {model.fd: [8], clfm.clusters: [2, 3]}", "my.yaml")
    assert grid.keys == ("clfm.clusters",)
    assert [run.label for run in grid.runs] == [
        "clfm.clusters=2, seed=0",
        "clfm.clusters=3, seed=0",
    ]
    assert {run.config.model.fd for run in grid.runs} == {8}


def test_numbers_that_yaml_takes_for_text() -> None:
    (run,) = parse_grid("preset: smoke\ngrid: {train.learning_rate: [1e-3]}", "my.yaml").runs
    assert run.config.train.learning_rate == 0.001
    rates = parse_grid("preset: smoke\ngrid: {train.learning_rate: [1e-3, 2e-3]}", "my.yaml").runs
    assert [run.choice["train.learning_rate"] for run in rates] == [0.001, 0.002]


AXES = {
    "model.fd": [8, 16],
    "clfm.clusters": [2, 4],
    "clfm.alpha": [[0.0, 0.1, 0.0], [0.1, 0.1, 0.1]],
    "train.learning_rate": [0.001],
}
FIXED = {"data.count": 28, "train.batch": 14, "augment.flip": 0.0}


@settings(max_examples=15)
@given(st.permutations(list(AXES)), st.permutations(list(FIXED)), st.booleans())
def test_order_of_the_keys_does_not_matter(axes: list[str], fixed: list[str], nested: bool) -> None:
    def write(axes: list[str], fixed: list[str], nested: bool) -> str:
        known: dict[str, object] = {key: AXES[key] for key in axes}
        if nested:  # the section comes where its first key came
            known = {}
            for key in axes:
                section, own = key.split(".")
                known.setdefault(section, {})[own] = AXES[key]  # type: ignore[index]
        content = {"set": {key: FIXED[key] for key in fixed}, "grid": known, "preset": "smoke"}
        return yaml.safe_dump(content, sort_keys=False)

    expected = parse_grid(write(list(AXES), list(FIXED), False), "a.yaml")
    found = parse_grid(write(axes, fixed, nested), "b.yaml")
    assert [run.identity for run in found.runs] == [run.identity for run in expected.runs]
    assert found.keys == expected.keys
    assert len({run.identity for run in found.runs}) == 8
    order = list(itertools.product(*(AXES[key] for key in found.keys)))
    assert [tuple(run.choice.values()) for run in found.runs] == order


def test_where_the_data_lie_is_no_part_of_a_run() -> None:
    one, other = (
        parse_grid(f"preset: smoke\nset: {{data: {{name: folder, root: /{name}}}}}", "x").runs[0]
        for name in "ab"
    )
    assert one.config != other.config
    assert one.identity == other.identity


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("preset: [", "is not valid YAML"),
        ("- 1", "must be a mapping"),
        ("seeds: [1]", "preset is missing"),
        ("preset: no-such", "There is no preset or configuration file 'no-such'"),
        ("preset: smoke\ngird: {}", "gird is not a key of a grid"),
        ("preset: smoke\nseeds: []", "seeds is refused"),
        ("preset: smoke\nseeds: [0, -1]", "seeds.1 is refused"),
        ("preset: smoke\ndevice: tpu", "device is refused"),
        ("preset: smoke\nthreads: 0", "threads is refused"),
        ("preset: smoke\ngrid: {seed: [1]}", "grid.seed belongs to the top"),
        ("preset: smoke\nset: {preset: x}", "set.preset belongs to the top"),
        ("preset: smoke\ngrid: {model.fd: 8}", "grid.model.fd must be a list"),
        ("preset: smoke\ngrid: {model.fd: []}", "grid.model.fd must be a list"),
        ("preset: smoke\ngrid: {clfm: [{clusters: 2}]}", "grid.clfm lists a section"),
        ("preset: smoke\nset: {model: {fd: 8}}\ngrid: {model.fd: [8]}", "model.fd stands in both"),
        ("preset: smoke\ngrid: {model.fd: [8, 8]}", "holds the run model.fd=8, seed=0 twice"),
        ("preset: smoke\nseeds: [1, 1]", "holds the run seed=1 twice"),
        ("preset: smoke\nset: {model.depth: 8}", "model.depth is not a known key"),
        (
            "preset: smoke\ngrid: {clfm.clusters: [4, 1]}\nseeds: [7]",
            "run clfm.clusters=1, seed=7: .*clfm.clusters = 1 is refused",
        ),
    ],
)
def test_refused_files_name_the_key(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        parse_grid(text, "my.yaml")
    sentence = str(caught.value)
    assert sentence.startswith("my.yaml")
    assert re.search(r"[^.]\.$", sentence)
    assert "\n" not in sentence


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yaml cannot be read"):
        read_grid(tmp_path / "gone.yaml")
    (tmp_path / "photo.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"photo\.yaml cannot be read"):
        read_grid(tmp_path / "photo.yaml")
