"""Learning intensity over the epochs: per block, shallow against deep, per semantic group."""

from collections.abc import Sequence

from clfer.analysis.histories import History
from clfer.analysis.shallow_gain import LEVEL, ShallowGain
from clfer.figures.chart import Chart
from clfer.figures.epoch_axis import EpochMarks, EpochPanels
from clfer.figures.epoch_lines import Stroke
from clfer.figures.history_table import band_words, history_table, log_axis, span_of
from clfer.figures.model_lines import model_colour
from clfer.figures.theme import Theme, palette, spoken

LOSSES = {"cls": "the classification loss", "joint": "the joint loss"}
MEASURES = {"grad": "Norm", "rms": "Root mean square per element"}
PROBE = "mean over 256 validation faces after each epoch"
KEPT = "Filled points: a snapshot was kept."


def block_history(
    histories: Sequence[History],
    gain: ShallowGain | None,
    measure: str,
    loss: str,
    marks: EpochMarks,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """Intensity at each block over the epochs, a panel per history, on one logarithmic scale.

    Args:
        histories: A, B and further ones.
        gain: B against A; None where one of the two is missing.
        measure: ``grad`` for the norm, ``rms`` for the root mean square per element.
        loss: ``cls`` or ``joint``.
        marks: Chosen and kept epochs.
        theme: Light or dark.
        narrow: One panel a row.
    """
    columns = [f"{measure}_{loss}_{j}" for j in range(1, 5)]
    colours = palette(theme).blocks
    panels = panel_grid(histories, marks, theme, 250, narrow)
    axis = log_axis(histories, columns)
    for history in histories:
        strokes = [
            Stroke(column, f"Block {j}", colours[j - 1], f"Model {history.letter}, block {j}")
            for j, column in enumerate(columns, start=1)
        ]
        panels.panel(history.title, [history], [(history, s) for s in strokes], axis)
    what = f"{MEASURES[measure].lower()} of the gradient"
    return Chart(
        panels.figure(),
        history_table(histories, {f"{what}, block {j}": c for j, c in enumerate(columns, 1)}),
        f"{MEASURES[measure]} of the gradient of {LOSSES[loss]} at the output of each block, "
        f"{PROBE} (logarithmic; Fig. 1a, 5a). {KEPT}{band_words(histories)}",
        _block_finding(histories, gain, columns, LOSSES[loss]),
        f"learning-intensity-epochs-{measure}-{loss}",
    )


def ratio_history(
    histories: Sequence[History],
    gain: ShallowGain | None,
    measure: str,
    loss: str,
    marks: EpochMarks,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """Intensity of the shallow blocks divided by that of block 4, over the epochs.

    Args:
        histories: A, B and further ones.
        gain: B against A; None where one of the two is missing.
        measure: ``grad`` or ``rms``.
        loss: ``cls`` or ``joint``.
        marks: Chosen and kept epochs.
        theme: Light or dark.
        narrow: Laid out for 390 px.
    """
    first, both = (f"ratio_{measure}_{loss}_{shallow}" for shallow in ("1", "12"))
    panels = EpochPanels(theme, span_of(histories), marks, [266], narrow=narrow)
    lines = []
    for history in histories:
        letter, colour = history.letter, model_colour(history.letter, theme)
        words = f"Model {letter}, block 1 over block 4"
        lines.append((history, Stroke(first, f"{letter} block 1", colour, words)))
        words = f"Model {letter}, mean of blocks 1 and 2 over block 4"
        lines.append((history, Stroke(both, f"{letter} 1 and 2", colour, words, "dot")))
    panels.panel("Shallow / deep", histories, lines, log_axis(histories, (first, both)))
    return Chart(
        panels.figure(),
        history_table(histories, {"block 1 / block 4": first, "mean of 1 and 2 / block 4": both}),
        f"{MEASURES[measure]} of the gradient of {LOSSES[loss]} at block 1, and its mean at blocks "
        f"1 and 2, divided by that at block 4 (logarithmic). {KEPT}{band_words(histories)}",
        _ratio_finding(histories, gain, first),
        f"learning-intensity-ratio-{measure}-{loss}",
    )


def panel_grid(
    histories: Sequence[History], marks: EpochMarks, theme: Theme, height: int, narrow: bool
) -> EpochPanels:
    """Panels for one history each, two in a row where there is room."""
    columns = 1 if narrow or len(histories) == 1 else 2
    rows = -(-len(histories) // columns)
    return EpochPanels(theme, span_of(histories), marks, [height] * rows, columns, narrow=narrow)


def _block_finding(
    histories: Sequence[History], gain: ShallowGain | None, columns: Sequence[str], loss: str
) -> str:
    if gain is None:
        parts = []
        for history in histories:
            last = history.mean[list(columns)].iloc[-1]
            top = max(range(4), key=lambda j: float(last.iloc[j]))
            parts.append(f"block {top + 1} in {history.letter} ({last.iloc[top]:.3g})")
        return f"After its last epoch the gradient of {loss} is largest at {spoken(parts)}."
    factor = gain.factor[0]
    if factor > 1 + LEVEL:
        verdict = "the shallow block learns harder, as in Fig. 5a"
    elif factor < 1 - LEVEL:
        verdict = "the shallow block does not learn harder, unlike in Fig. 5a"
    else:
        verdict = "the shallow block learns about as hard in both, unlike in Fig. 5a"
    return (
        f"At block 1, B's gradient of {loss} is {factor:.2f} times A's (geometric mean of "
        f"{gain.epochs} epochs, larger in {gain.larger[0]}): {verdict}. "
        f"At block 4 it is {gain.factor[3]:.2g} times A's."
    )


def _ratio_finding(histories: Sequence[History], gain: ShallowGain | None, column: str) -> str:
    if gain is None:
        parts = [f"{h.letter} {h.mean[column].iloc[-1]:.3g}" for h in histories]
        return f"Block 1 over block 4 after the last epoch: {spoken(parts)}."
    more = "higher" if gain.ratio_b > gain.ratio_a else "lower"
    return (
        f"Block 1 over block 4 is {more} in B: {gain.ratio_b:.3g} against {gain.ratio_a:.3g} "
        f"in A, with {gain.factor[0]:.2g} times A's gradient at block 1 and {gain.factor[3]:.2g} "
        "times at block 4."
    )
