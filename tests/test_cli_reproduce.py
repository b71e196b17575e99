"""``clfer reproduce``: what it lists, writes and refuses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner, Result

from clfer.cli import app
from clfer.experiments.item import Item, Product
from clfer.experiments.output import INDEX, PAGE
from clfer.experiments.printed import PrintedFigure
from clfer.experiments.registry import item_names
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable

TABLE = ResultTable("table1", "A table.", (Column("n"),), ((1,),))
FACES = PrintedFigure("faces", "Caption.", "Three faces.", Figure, "folder")
CURVE = PrintedFigure("curve", "Caption.", "A curve.", Figure)


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("CLFER_REPRODUCTION", str(tmp_path / "reproduction"))


def _run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, ["reproduce", *map(str, arguments)], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_the_list_names_every_item_with_its_runs() -> None:
    rows = json.loads(_run("list", "--json").stdout)
    assert [row["name"] for row in rows] == list(item_names())
    assert {row["name"]: row["runs"] for row in rows}["table4"] == 8
    assert not any(row["done"] for row in rows)


def test_a_dry_run_lists_the_runs_and_starts_none(tmp_path: Path) -> None:
    result = _run("table6", "--dry-run")
    assert result.exit_code == 0
    assert "3 runs, 0 of them done." in result.stdout
    assert not (tmp_path / "runs").exists()


def test_the_claims_are_those_of_what_is_written_or_ships() -> None:
    result = _run("claims")
    assert result.exit_code == 0
    assert "No item was written at this size." in result.stdout
    rows = json.loads(_run("claims", "--preset", "cpu", "--json").stdout)
    assert {"Fig. 5", "Table III"} <= {row["item"] for row in rows}
    assert {row["holds"] for row in rows} == {"yes", "no", "open"}
    last = _run("claims", "--preset", "cpu").stdout.strip().splitlines()[-1]
    assert last.startswith(f"Of {len(rows)} claims ")


@pytest.mark.parametrize("left_out", [False, True])
def test_figures_with_faces_are_written_unless_they_are_to_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_out: bool
) -> None:
    product = Product((TABLE,), (FACES, CURVE), "- As it was run.")

    def produce(item: Item, scale: Scale) -> Product:
        assert (item.name, scale.name) == ("table1", "smoke")
        return replace(product)

    monkeypatch.setattr("clfer.experiments.reproduce.produce", produce)
    out = tmp_path / "out"
    result = _run("table1", "--out", out, *(["--no-faces"] if left_out else []))
    assert result.exit_code == 0
    names = {path.name for path in (out / "table1").iterdir()}
    assert {PAGE, INDEX, "table1.csv", "curve.pdf", "curve.png"} <= names
    assert ("faces.png" in names) == ("faces.pdf" in names) == (not left_out)
    said = (out / "table1" / PAGE).read_text()
    assert (
        "Left out, since they show faces of a data set: faces (Three faces)." in said
    ) == left_out
    assert not (tmp_path / "reproduction").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["table99"], "table99"),
        (["table6", "--preset", "huge"], "huge"),
        (["table6", "--root", "ferplus"], "NAME=FOLDER"),
        (["table6", "--root", "faces=/data"], "faces"),
        (["table6", "--preset", "cpu"], "ferplus"),
        (["table6", "--executor", "cloud"], "cloud"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(arguments: list[str], named: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert named in line
