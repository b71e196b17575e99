"""The frame of the benchmarks: medians, targets, alternation, the table, and the command."""

import json
import subprocess

import pytest
from typer.testing import CliRunner

import clfer
from benchmarks.frame import Measurement, alternate, ratios
from benchmarks.registry import NAMES
from benchmarks.table import lines
from clfer.cli import app


def measurement(kind, values, target, **more):
    return Measurement("row", kind, values, target, **more)


def test_json_gives_the_median_under_the_name_of_its_kind():
    row = measurement("ratio", [1.2, 1.0, 1.1], 1.15).as_json()
    assert (row["name"], row["ratio"], row["min"], row["max"]) == ("row", 1.1, 1.0, 1.2)
    assert row["threads"] >= 1
    assert row["device"]
    assert row["met"] is True
    json.dumps(row, allow_nan=False)


@pytest.mark.parametrize(
    ("kind", "value", "met"),
    [
        ("speedup", 29.9, False),
        ("speedup", 30.0, True),
        ("ratio", 30.0, True),
        ("ratio", 30.1, False),
    ],
)
def test_a_speedup_must_reach_its_target_and_all_else_must_not_exceed_it(kind, value, met):
    assert measurement(kind, [value], 30.0).met is met


def test_a_row_is_met_only_with_all_that_it_measures_besides():
    other = Measurement("inertia", "ratio", [1.02], 1.01)
    row = measurement("speedup", [40.0], 30.0, also=(other,))
    assert not row.met
    shown = lines(row.as_json())
    assert "yes" in shown[0]
    assert shown[1].startswith("  inertia")
    assert "no" in shown[1]


def test_alternation_warms_up_and_calls_both_in_turn():
    calls = []
    pairs = alternate(lambda: calls.append("a"), lambda: calls.append("b"), repeats=3, warmup=2)
    assert calls == ["a", "b"] * 5
    assert len(ratios(pairs)) == 3


def test_every_row_has_a_module(repository):
    for name in NAMES:
        module = "import_" if name == "import" else name.replace("-", "_")
        assert (repository / "benchmarks" / f"{module}.py").is_file(), name


def test_the_command_prints_the_json_of_a_row(monkeypatch):
    monkeypatch.setattr(
        "benchmarks.registry.measure",
        lambda name, repeats: measurement("ratio", [1.0] * repeats, 2),
    )
    result = CliRunner().invoke(app, ["bench", "step", "--json", "--repeats", "3"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["repeats"] == 3


def test_all_goes_on_after_a_row_that_cannot_run(monkeypatch):
    def started(command, **_):
        name = command[command.index("bench") + 1]
        if name == "evaluate":
            return subprocess.CompletedProcess(command, 2, "", "Error: No root: name one.\n")
        row = Measurement(name, "ratio", [1.0], None).as_json()
        return subprocess.CompletedProcess(command, 0, json.dumps(row), "")

    monkeypatch.setattr(subprocess, "run", started)
    result = CliRunner().invoke(app, ["bench", "all"])
    assert result.exit_code == 1
    assert "No root: name one." in result.stdout
    assert NAMES[-1] in result.stdout


def test_an_unknown_name_is_refused_with_the_known_ones():
    result = CliRunner().invoke(app, ["bench", "walk"])
    assert result.exit_code == 2
    assert "walk" in result.stderr
    assert "kmeans" in result.stderr


def test_without_the_source_checkout_one_sentence_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(clfer, "__file__", str(tmp_path / "clfer" / "__init__.py"))
    result = CliRunner().invoke(app, ["bench", "all"])
    assert result.exit_code == 2
    assert "source checkout" in result.stderr
