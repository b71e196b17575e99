"""What the tables say of the paper's claims follows from the faces that each setting gets right."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from figure_runs import DATASET, labels_of, row, rows_of, write_history, write_predictions
from finished_runs import finish, folder_scale
from numpy.typing import NDArray
from scipy.stats import binomtest

from clfer.experiments.gains import gain_over
from clfer.experiments.item import Key
from clfer.experiments.registry import find_item
from clfer.experiments.reproduce import produce
from clfer.experiments.scale import Scale

OPEN = "open"
CLAIMS = {"table2": 3, "table3": 1, "table4": 2, "table6": 1, "table7": 1}
PROPOSED = {"ours", "clusters", "MSR", "CLFM", "CLBS", "MSR+CLFM+CLBS"}
"""Settings that the paper finds better than another, by the last or first part of their key."""

Floats = NDArray[np.floating]


@pytest.fixture
def scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scale:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    return folder_scale(tmp_path / "faces")


def _verdicts(name: str, scale: Scale) -> list[str]:
    (table,) = (t for t in produce(find_item(name), scale).tables if t.name == f"{name}-claims")
    return [str(found["holds"]) for found in rows_of(table)]


def _write(name: str, scale: Scale, right: Callable[[Key], int]) -> None:
    """Runs that get so many of the 35 faces right, each the same first ones."""
    item, labels = find_item(name), labels_of(scale)

    def predict(key: Key, epoch: int) -> tuple[Floats, Floats]:
        said = np.where(np.arange(35) < right(key), labels, (labels + 1) % 7)
        return 9.0 * np.eye(7)[said], np.zeros((35, 2))

    write_history(item, scale, {one.key: [row(1)] for one in item.plan(scale)})
    write_predictions(item, scale, predict)


def _is_proposed(key: Key) -> bool:
    return bool(PROPOSED & set(key[1:]))


@pytest.mark.parametrize("name", CLAIMS)
def test_without_runs_every_claim_is_open(scale: Scale, name: str) -> None:
    assert _verdicts(name, scale) == [OPEN] * CLAIMS[name]


@pytest.mark.parametrize(("proposed", "others", "verdict"), [(35, 20, "yes"), (20, 35, "no"),
                                                             (33, 30, OPEN)])  # fmt: skip
@pytest.mark.parametrize("name", ["table2", "table3", "table6", "table7"])
def test_a_gain_holds_is_refuted_or_open_by_its_p_value(
    scale: Scale, name: str, proposed: int, others: int, verdict: str
) -> None:
    _write(name, scale, lambda key: proposed if _is_proposed(key) else others)
    assert _verdicts(name, scale) == [verdict] * CLAIMS[name]


@pytest.mark.parametrize(
    ("part", "whole", "verdicts"), [(20, 35, ["yes", "yes"]), (9, 27, [OPEN, OPEN])]
)
def test_each_part_and_all_three_are_judged_apart(
    scale: Scale, part: int, whole: int, verdicts: list[str]
) -> None:
    right = {"baseline": 10, "MSR": 20, "CLFM": 20, "CLBS": part, "MSR+CLFM+CLBS": whole}
    _write("table4", scale, lambda key: right.get(key[-1], 25))
    assert _verdicts("table4", scale) == verdicts


def test_the_words_are_counts_face_by_face(scale: Scale) -> None:
    item = find_item("table6")
    done = finish(item, scale)
    (found,) = rows_of(done.tables(item)["table6-claims"])
    a, b = (done.right((DATASET, name)) for name in ("classes", "clusters"))
    pairs = list(zip(a, b, strict=True))
    fixed, broken = pairs.count((False, True)), pairs.count((True, False))
    gain = f"{100 * (fixed - broken) / 35:+.2f}".replace("-", "−")
    said = str(found["measured here"])
    assert said.startswith(f"clusters over class centres {gain} points (")
    assert f"p = {binomtest(fixed, fixed + broken).pvalue:.2g})" in said
    assert (found["n"], found["seeds"]) == (35, 1)


def test_only_common_seeds_are_compared() -> None:
    right, wrong = np.ones(6, bool), np.zeros(6, bool)
    gain = gain_over("b over a", {0: wrong, 1: right}, {0: right, 2: wrong})
    assert gain is not None
    assert (gain.seeds, gain.test.fixed, gain.test.broken, gain.test.n) == (1, 6, 0, 6)
    assert gain_over("b over a", {0: right}, {1: right}) is None
