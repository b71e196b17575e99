"""The figures of the Attention view draw exactly the numbers they are given, in both themes."""

import io

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from clfer.analysis.attention_statistics import (
    attention_entropy,
    entropy_histogram,
    grouped_weights,
)
from clfer.analysis.layer_ablation import expression_shares, layer_ablation
from clfer.analysis.scored import ScoredFaces
from clfer.expressions import EXPRESSIONS
from clfer.figures.attention_distribution import attention_ridges
from clfer.figures.attention_entropy import entropy_bars
from clfer.figures.attention_words import ablation_captions, ablation_sentence, entropy_captions
from clfer.figures.chart import Chart
from clfer.figures.layer_ablation import ablation_bars, accuracy_limits
from clfer.figures.layer_cells import change_limit, layer_cells, recall_cells, worst_cell
from clfer.figures.layer_shares import layer_shares
from clfer.figures.theme import Theme

THEMES: list[Theme] = ["light", "dark"]
FACES = "faces of FER+ valid"
N = 90


def _scores() -> ScoredFaces:
    """Random faces of all expressions but contempt."""
    rng = np.random.default_rng(8)
    shares = rng.normal(size=(N, len(EXPRESSIONS), 4))
    names = tuple(f"{i}.png" for i in range(N))
    return ScoredFaces(
        dataset="ferplus",
        split="valid",
        classes=EXPRESSIONS,
        names=names,
        digests=names,
        labels=np.arange(N) % (len(EXPRESSIONS) - 1),
        logits=shares.sum(axis=2),
        embedding=np.zeros((N, 2), np.float32),
        epoch=1,
        attention=rng.random((N, 4)),
        attention_norm=rng.random((N, 4)) * 7,
        contributions=shares,
    )


def _read(chart: Chart) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(chart.csv()), float_precision="round_trip")


def _named(figure: go.Figure, name: str) -> go.Figure:
    return next(trace for trace in figure.data if trace.name == name)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("narrow", [False, True])
def test_ridges_show_medians_and_have_equal_heights(theme: Theme, narrow: bool) -> None:
    scores = _scores()
    groups = grouped_weights(scores, "attention", "expression")
    chart = attention_ridges(groups, FACES, theme, "B", 1.0, narrow=narrow)
    table = _read(chart)
    for block in range(4):
        median = _named(chart.figure, f"median {block + 1}")
        np.testing.assert_array_equal(median.x, groups.quartiles[:, block, 1])
        own = table[table["block"] == block + 1]
        np.testing.assert_array_equal(own["median"], groups.quartiles[:, block, 1])
        heights = [
            np.ptp(_named(chart.figure, f"{name} {block + 1}").y) for name in EXPRESSIONS[:7]
        ]
        assert max(heights) < 1
        np.testing.assert_allclose(
            [min(_named(chart.figure, f"{n} {block + 1}").y) for n in EXPRESSIONS[:7]],
            np.arange(7) + min(_named(chart.figure, f"neutral {block + 1}").y),
        )
    assert f"over {N} {FACES}" in chart.caption
    assert len(_named(chart.figure, "contempt 1").x) == 0
    assert "contempt" not in chart.alt


def test_correctness_has_two_ridges() -> None:
    groups = grouped_weights(_scores(), "attention_norm", "correctness")
    chart = attention_ridges(groups, FACES, "light", "A", 7.0)
    assert set(_read(chart)["group"]) == {"wrong", "correct"}
    assert "by correctness" in chart.caption
    assert chart.caption.startswith("μ‖f′‖")


@pytest.mark.parametrize("theme", THEMES)
def test_entropy_bars_hold_the_counts(theme: Theme) -> None:
    values = [attention_entropy(_scores().attention), np.full(4, 1.5)]
    histogram = entropy_histogram(values)
    chart = entropy_bars(histogram, ["A", "B"], FACES, theme)
    for row, side in enumerate("AB"):
        np.testing.assert_array_equal(_named(chart.figure, side).y, histogram.counts[row])
        assert _read(chart)[f"faces_{side}"].sum() == len(values[row])
    assert "1.50 bits in model B" in chart.alt


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("narrow", [False, True])
def test_shares_are_stacked_to_their_sum(theme: Theme, narrow: bool) -> None:
    shares = expression_shares(_scores())
    chart = layer_shares(shares, FACES, theme, "B", shares.extent, narrow=narrow)
    bars = [_named(chart.figure, n).x for n in ("Block 1", "Block 2", "Block 3", "Block 4", "Bias")]
    np.testing.assert_allclose(np.sum(bars, axis=0), _named(chart.figure, "Sum").x)
    table = _read(chart)
    np.testing.assert_allclose(table["block_2"], shares.layers[:, 1])
    parts = np.column_stack(bars)
    for ends, bound in zip(
        (np.minimum(parts, 0).sum(axis=1).min(), np.maximum(parts, 0).sum(axis=1).max()),
        shares.extent,
        strict=True,
    ):
        assert ends == pytest.approx(bound)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("narrow", [False, True])
def test_ablation_figures_show_accuracy_flips_and_cells(theme: Theme, narrow: bool) -> None:
    found = layer_ablation(_scores())
    limits = accuracy_limits([found])
    bars = ablation_bars(found, FACES, theme, "B", limits, narrow=narrow)
    values = [100 * v.value for v in found.accuracy()]
    np.testing.assert_allclose(_named(bars.figure, "accuracy").x, values)
    assert limits[0] < min(values) < max(values) < limits[1]
    flips = sum(_named(bars.figure, kind).x for kind in ("broken", "fixed", "other"))
    np.testing.assert_array_equal(flips, found.flipped.sum(axis=1))
    cell = worst_cell(found, "B")
    cells = recall_cells(found, theme, "B", change_limit([found]), cell, narrow=narrow)
    drawn = _named(cells.figure, "numbers").z
    np.testing.assert_allclose(drawn.T if narrow else drawn, 100 * found.recall_change())
    targets = _named(cells.figure, "cells")
    assert list(targets.customdata) == [c.address for c in layer_cells(found, "B")]
    place = (cell.layer - 1, EXPRESSIONS.index(cell.expression))
    at = list(targets.customdata).index(cell.address)
    assert (targets.x[at], targets.y[at]) == (place if narrow else place[::-1])
    assert targets.selectedpoints == (at,)
    other = recall_cells(found, theme, "A", 1.0, cell, narrow=narrow)
    assert _named(other.figure, "cells").selectedpoints is None
    assert np.nanmin(found.recall_change()) == found.recall_change()[place]
    assert f"the recall of {cell.expression} falls most" in cells.alt


def test_captions_say_what_is_true_and_what_is_said() -> None:
    scores = _scores()
    entropy = attention_entropy(scores.attention)
    for i, caption in enumerate(entropy_captions(scores, scores.attention, entropy)):
        lines = caption.split("\n")
        assert lines[0] == EXPRESSIONS[scores.labels[i]]
        assert (f"says {EXPRESSIONS[scores.logits[i].argmax()]}" in lines) == (
            not scores.correct[i]
        )
        assert f"{entropy[i]:.2f} bits" in lines
    found = layer_ablation(scores)
    behind = found.faces(1, 0).tolist()
    captions = ablation_captions(found, 1, behind)
    ends = [caption.rsplit("\n", 1)[1] for caption in captions]
    said = ablation_sentence(found, 1, 0)
    assert said.startswith(f"{len(behind)} of {int(found.support()[0])} decisions flip")
    assert f"{ends.count('broken')} broken, {ends.count('fixed')} fixed" in said
    assert ends.count("both wrong") == len(ends) - ends.count("broken") - ends.count("fixed")
