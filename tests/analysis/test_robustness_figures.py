"""Curves against strength draw the numbers they are given, labels within the axes."""

import numpy as np
import pytest

from clfer.analysis.perturb import perturbations
from clfer.analysis.robustness import AccuracyCurve, ProbabilityCurve
from clfer.expressions import EXPRESSIONS
from clfer.figures.probabilities import probability_bars
from clfer.figures.robustness import accuracy_curves, probability_curves, with_change

KINDS = perturbations(48)


def _face_curves(name: str) -> dict[str, ProbabilityCurve]:
    rng = np.random.default_rng(0)
    strengths = KINDS[name].fine_strengths
    return {
        side: ProbabilityCurve(
            strengths, EXPRESSIONS, rng.dirichlet(np.ones(len(EXPRESSIONS)), len(strengths))
        )
        for side in "AB"
    }


def _split_curves(name: str, level: float) -> dict[str, AccuracyCurve]:
    strengths = KINDS[name].strengths
    accuracy = np.linspace(level, 0.1, len(strengths))
    return {
        side: AccuracyCurve(
            strengths, 50, accuracy, np.stack([accuracy - 0.05, accuracy + 0.02], axis=1)
        )
        for side in "AB"
    }


@pytest.mark.parametrize("name", list(KINDS))
@pytest.mark.parametrize("narrow", [False, True])
def test_probability_curves_hold_every_probability(name: str, narrow: bool) -> None:
    curves = _face_curves(name)
    chart = probability_curves(curves, KINDS[name], 10, "light", narrow=narrow)
    assert len(chart.table) == sum(curve.probabilities.size for curve in curves.values())
    lines = {trace.name: trace for trace in chart.figure.data if trace.mode == "lines"}
    for side, curve in curves.items():
        for c, expression in enumerate(EXPRESSIONS):
            assert list(lines[f"{side} {expression}"].y) == curve.probabilities[:, c].tolist()
    for labels in (trace for trace in chart.figure.data if trace.mode == "text"):
        heights = sorted(labels.y)
        assert 1 <= len(heights) <= 4
        assert heights[0] >= 0
        assert heights[-1] <= 1
        assert np.diff(heights).min(initial=1) >= 0.075 - 1e-9
    assert chart.figure.layout.height == (620 if narrow else 320)


def test_the_finding_says_from_where_to_where_a_verdict_lasts() -> None:
    strengths = KINDS["blur"].fine_strengths
    held = np.zeros((len(strengths), len(EXPRESSIONS)))
    held[:, 1] = 1
    tipped = held.copy()
    tipped[5:] = np.eye(len(EXPRESSIONS))[0]
    curves = {
        "A": ProbabilityCurve(strengths, EXPRESSIONS, held),
        "B": ProbabilityCurve(strengths, EXPRESSIONS, tipped),
    }
    chart = probability_curves(curves, KINDS["blur"], 0, "dark")
    assert chart.alt == (
        "A says happiness at every strength and B says happiness from 0 to 2 % of the side."
    )


@pytest.mark.parametrize("level", [0.9, 1.0])
def test_accuracy_curves_draw_intervals_and_keep_letters_apart(level: float) -> None:
    kind = KINDS["resolution"]
    curves = _split_curves("resolution", level)
    chart = accuracy_curves(curves, kind, 48, "FER+ valid", "light")
    bands = [trace for trace in chart.figure.data if trace.fill == "toself"]
    assert len(bands) == 2
    low, high = 100 * curves["A"].interval.T
    assert list(bands[0].y) == [*low, *high[::-1]]
    letters = [trace.y[0] for trace in chart.figure.data if trace.mode == "text"]
    assert abs(letters[0] - letters[1]) >= 6 - 1e-9
    assert max(letters) <= 100
    # Resolution falls from left to right: the harder, the further to the right.
    left, right = chart.figure.layout.xaxis.range
    assert left > right
    assert chart.table["accuracy"].tolist() == [*curves["A"].accuracy, *curves["B"].accuracy]


def test_changed_bars_say_by_how_much() -> None:
    now = dict(zip(EXPRESSIONS, (0.6, 0.2, 0.1, 0.05, 0.02, 0.01, 0.01, 0.01), strict=True))
    clean = dict(zip(EXPRESSIONS, (0.3, 0.5, 0.1, 0.05, 0.02, 0.01, 0.01, 0.01), strict=True))
    before = probability_bars(now, EXPRESSIONS, "light", "A")
    chart = with_change(before, clean, "light")
    ghosts, bars = chart.figure.data[:2]
    assert list(ghosts.x) == list(clean.values())
    assert list(bars.x) == list(now.values())
    assert "+0.30" in bars.text[0]
    assert "−0.30" in bars.text[1]
    assert bars.text[2] == "0.10"
    assert chart.table["clean"].tolist() == list(clean.values())
    # The chart of the Face view is left as it was.
    assert "+" not in before.figure.data[0].text[0]
