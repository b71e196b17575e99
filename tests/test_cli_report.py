"""``clfer report``: published scores, computed scores, and what it refuses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_pair import write_faces, write_pair
from typer.testing import CliRunner, Result

from clfer.cli import app


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("faces") / "FERPlus")


@pytest.fixture(scope="module", autouse=True)
def pair(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Path]:
    """The tiny pair, found by name."""
    folder = write_pair(tmp_path_factory.mktemp("pair"), root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLFER_CHECKPOINTS", str(folder))
        yield folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments), "--device", "cpu"])


def numbers(page: Path) -> dict[str, Any]:
    """The numbers that a report holds for programs."""
    text = page.read_text("utf-8")
    found = text.partition('id="numbers">')[2].partition("</script>")[0]
    return dict(json.loads(found))


def test_published_scores_need_no_root(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = run("--a", "ferplus-baseline", "--b", "ferplus-ours", "--out", out, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said == {"out": str(out), "bytes": out.stat().st_size, "n": 56}
    found = numbers(out)
    assert [found["models"][side]["name"] for side in "AB"] == ["ferplus-baseline", "ferplus-ours"]
    assert found["split"] == "valid"


def test_a_root_scores_every_face_to_the_same_result(tmp_path: Path, root: Path) -> None:
    published, computed = tmp_path / "published.html", tmp_path / "computed.html"
    assert run("--out", published).exit_code == 0
    result = run("--out", computed, "--root", root, "--theme", "dark")
    assert result.exit_code == 0, result.output
    assert "56 faces of ferplus valid" in result.stdout
    for side in "AB":
        first, second = (numbers(page)["models"][side] for page in (published, computed))
        assert first["confusion"] == second["confusion"]
        assert first["ece"] == pytest.approx(second["ece"], abs=1e-5)
    # Scored before: read from the cache, and the other split is scored anew.
    assert run("--out", computed, "--root", root, "--split", "train").exit_code == 0
    assert numbers(computed)["models"]["A"]["n"] == 14


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dataset", "rafdb"], "--root"),
        (["--split", "test"], "No scores on ferplus test"),
        (["--a", "nobody"], "nobody"),
        (["--root", "/nowhere"], "/nowhere"),
        (["--dataset", "imagenet"], "imagenet"),
        (["--theme", "blue"], "light or dark"),
    ],
)
def test_refusals_are_one_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    out = tmp_path / "report.html"
    result = run("--out", out, *arguments)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert words in line
    assert not out.exists()


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    result = run("--out", tmp_path / "nowhere" / "report.html")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
    assert "its folder does not exist" in result.stderr


def test_help_names_every_option() -> None:
    text = CliRunner().invoke(app, ["report", "--help"], env={"COLUMNS": "200"}).stdout
    for option in ("--a", "--b", "--out", "--dataset", "--root", "--split", "--theme", "--json"):
        assert option in text
