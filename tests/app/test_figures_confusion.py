"""The figures of the Confusion view draw exactly the numbers they are given."""

import io

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from clfer.analysis.calibration import Reliability
from clfer.analysis.confusion import MATRICES, Cell, Confusions, cells
from clfer.analysis.mcnemar import McNemar
from clfer.analysis.per_class import ModelScores, PerClass, Score
from clfer.analysis.threshold import ThresholdEffect
from clfer.figures.calibration import reliability_diagrams
from clfer.figures.chart import Chart
from clfer.figures.confusion import confusion_matrices
from clfer.figures.confusion_flips import flip_bars
from clfer.figures.confusion_heat import number
from clfer.figures.confusion_threshold import threshold_curves
from clfer.figures.confusion_words import cell_sentence, mcnemar_sentence
from clfer.figures.per_class import per_class_dots, per_class_table
from clfer.figures.theme import Theme

THEMES: list[Theme] = ["light", "dark"]
CLASSES = ("neutral", "happiness", "sadness")
A = np.array([[50, 10, 40], [3, 7, 0], [0, 0, 0]])
B = np.array([[70, 10, 20], [0, 10, 0], [0, 0, 0]])
MATRICES_AB = Confusions(CLASSES, A, B)


def _read(chart: Chart) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(chart.csv()), float_precision="round_trip")


def _named(figure: go.Figure, name: str) -> go.Figure:
    return next(trace for trace in figure.data if trace.name == name)


def _texts(figure: go.Figure, matrix: str) -> np.ndarray:
    """The numbers of both heat maps of a matrix; a cell is written in one of them alone."""
    dark, light = (_named(figure, f"{matrix} {kind}") for kind in ("numbers", "inverse numbers"))
    one, other = np.array(dark.text), np.array(light.text)
    assert not ((one != "") & (other != "")).any()
    return np.where(one != "", one, other)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("narrow", [False, True])
def test_matrices_show_counts_and_every_cell_carries_its_address(
    theme: Theme, narrow: bool
) -> None:
    chart = confusion_matrices(MATRICES_AB, "counts", theme, narrow=narrow)
    assert _texts(chart.figure, "A").tolist() == [[str(n) for n in row] for row in A]
    assert _texts(chart.figure, "diff")[0].tolist() == ["+20", "0", "−20"]
    addresses = [a for m in MATRICES for a in _named(chart.figure, f"{m} cells").customdata]
    assert addresses == list(cells(CLASSES))
    targets = _named(chart.figure, "B cells")
    at = list(targets.customdata).index("B-neutral-sadness")
    assert (targets.x[at], targets.y[at]) == (2, 0)
    table = _read(chart)
    counted = table[table["matrix"] == "B"].pivot(index="true", columns="predicted", values="faces")
    np.testing.assert_array_equal(counted.loc[list(CLASSES), list(CLASSES)], B)
    assert "110 in all" in chart.caption
    assert "A most often mistakes neutral for sadness (40 faces)" in chart.alt


def test_percentages_are_blank_where_nothing_is_to_be_divided() -> None:
    chart = confusion_matrices(MATRICES_AB, "rows", "light")
    drawn = _texts(chart.figure, "A")
    assert drawn[0].tolist() == ["50.0", "10.0", "40.0"]
    assert drawn[2].tolist() == ["", "", ""]
    assert _texts(chart.figure, "diff")[0].tolist() == ["+20.0", "0", "−20.0"]


def test_equal_models_differ_nowhere() -> None:
    chart = confusion_matrices(Confusions(CLASSES, A, A), "columns", "light")
    drawn = _texts(chart.figure, "diff")
    assert set(drawn.ravel()) <= {"0", ""}


def test_the_chosen_cell_has_a_frame_in_its_own_matrix() -> None:
    chart = confusion_matrices(MATRICES_AB, "rows", "dark", Cell("B", "neutral", "sadness"))
    frame, matrix = _named(chart.figure, "chosen"), _named(chart.figure, "B cells")
    assert frame.xaxis == matrix.xaxis
    assert (min(frame.x), max(frame.x), min(frame.y), max(frame.y)) == (1.5, 2.5, -0.5, 0.5)


def test_numbers_fit_their_cells() -> None:
    shares = [number(value, "diff", "rows") for value in (0.0, 100.0, -100.0, 99.96, -0.04, 12.34)]
    assert shares == ["0", "+100", "−100", "+100.0", "−0.0", "+12.3"]
    assert number(1048.0, "A", "counts") == "1048"


def test_cells_in_words() -> None:
    said = cell_sentence(MATRICES_AB, Cell("A", "neutral", "sadness"))
    assert said.startswith("True neutral, A says sadness: 40 faces.")
    assert "40.0 % of true neutral, 100.0 % of what A calls sadness" in said
    assert "A 40, B 20 faces (−20)" in cell_sentence(
        MATRICES_AB, Cell("diff", "neutral", "sadness")
    )
    empty = cell_sentence(MATRICES_AB, Cell("A", "sadness", "sadness"))
    assert "0.0 % of what A calls sadness" in empty
    assert "% of true" not in empty


def test_mcnemar_in_words_names_counts_and_verdict() -> None:
    certain = mcnemar_sentence(McNemar(right=2000, fixed=120, broken=40, wrong=300, p_value=1e-9))
    assert "2,460 faces" in certain
    assert "fixes 120" in certain
    assert "breaks 40" in certain
    assert "+3.25 percentage points" in certain
    assert "p < 0.0001, so B is more accurate" in certain
    open_question = mcnemar_sentence(McNemar(right=20, fixed=4, broken=5, wrong=3, p_value=1.0))
    assert "p = 1, so the difference is within what chance explains" in open_question


def _score(*values: float) -> Score:
    value = np.array(values)
    return Score(value, value - 0.1, value + 0.2)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("narrow", [False, True])
def test_scores_per_expression_are_dots_with_intervals(theme: Theme, narrow: bool) -> None:
    a = ModelScores(_score(0.5, 0.6, np.nan), _score(0.4, 0.5, 0.1), _score(0.3, 0.4, 0.2))
    b = ModelScores(_score(0.6, 0.7, 0.3), _score(0.5, 0.6, 0.2), _score(0.4, 0.5, 0.1))
    scores = PerClass(CLASSES, np.array([9, 8, 7]), a, b, _score(0.1, 0.1, -0.101))
    chart = per_class_dots(scores, theme, narrow=narrow)
    dots = _named(chart.figure, "B recall")
    np.testing.assert_array_equal(dots.x, b.recall.value)
    np.testing.assert_allclose(dots.x - dots.error_x.arrayminus, b.recall.low)
    np.testing.assert_allclose(dots.x + dots.error_x.array, b.recall.high)
    table = per_class_table(scores)
    assert table["Recall B"][0] == "0.50 (0.40 to 0.70)"
    assert table["Precision A"][2] == "–"
    assert table["F1, B − A"][2] == "−0.10 (−0.20 to +0.10)"
    assert "sadness (-0.10)" in chart.alt
    assert len(_read(chart)) == 3 * 2 * 3


@pytest.mark.parametrize("narrow", [False, True])
def test_flips_are_counted_to_both_sides(narrow: bool) -> None:
    tests = {"neutral": McNemar(5, 9, 1, 2, 0.02), "fear": McNemar(3, 0, 0, 0, 1.0)}
    chart = flip_bars(tests, "light", narrow=narrow)
    assert list(_named(chart.figure, "fixed").x) == [9, 0]
    assert list(_named(chart.figure, "broken").x) == [-1, 0]
    assert "more than chance for neutral." in chart.alt
    written = [note.text for note in chart.figure.layout.annotations]
    assert "<b>p = 0.02</b>" in written
    assert "p = 1" in written


@pytest.mark.parametrize("narrow", [False, True])
def test_reliability_draws_filled_bins_alone(narrow: bool) -> None:
    bins = Reliability(
        edges=np.array([0, 0.5, 1]),
        count=np.array([0, 10]),
        confidence=np.array([np.nan, 0.9]),
        accuracy=np.array([np.nan, 0.7]),
        low=np.array([np.nan, 0.4]),
        high=np.array([np.nan, 0.9]),
        ece=0.2,
    )
    chart = reliability_diagrams({"A": bins, "B": bins}, "dark", narrow=narrow)
    dots = _named(chart.figure, "B bins")
    assert (list(dots.x), list(dots.y)) == ([0.9], [0.7])
    assert list(_named(chart.figure, "A faces").y) == [0, 10]
    assert "A claims 20.0 points more than its accuracy (ECE 0.200)" in chart.alt


@pytest.mark.parametrize("narrow", [False, True])
def test_threshold_curves_mark_the_chosen_threshold(narrow: bool) -> None:
    def effect(*at: float) -> ThresholdEffect:
        count = len(at)
        answered = np.full(count, 8)
        return ThresholdEffect(np.array(at), 10, answered, answered - 2, answered - 7)

    curves = {"A": effect(0, 0.5, 1), "B": effect(0, 0.5, 1)}
    chosen = {"A": effect(0.4), "B": effect(0.4)}
    chart = threshold_curves(curves, chosen, "light", narrow=narrow)
    np.testing.assert_allclose(_named(chart.figure, "A share").y, 80)
    np.testing.assert_allclose(_named(chart.figure, "B accuracy").y, 75)
    marked = [trace for trace in chart.figure.data if trace.name == "A marked"]
    assert [trace.y[0] for trace in marked] == [80, 75]
    assert [trace.textposition for trace in marked] == ["top right", "top left"]
    assert "At a threshold of 0.40" in chart.alt
