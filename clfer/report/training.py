"""How both models learned: loss and accuracy by epoch, and the learning intensity (Fig. 5, 12)."""

import pandas as pd

from clfer.analysis.curves import checkpoint_curve
from clfer.analysis.histories import History, compared
from clfer.analysis.intensity_summary import IntensitySummary, summarise
from clfer.analysis.shallow_gain import ShallowGain, shallow_gain
from clfer.figures.epoch_axis import EpochMarks
from clfer.figures.intensity_distribution import block_distribution
from clfer.figures.intensity_history import block_history, ratio_history
from clfer.figures.learning_curves import learning_curves
from clfer.report.blocks import Block, Prose, Section, Subject, Table
from clfer.sides import Side


def training(subject: Subject) -> Section:
    """Histories of the trainings, and gradient norms over the epochs and over the faces."""
    curves = {side: checkpoint_curve(m.folder, m.card) for side, m in subject.models.items()}
    histories = compared(curves["A"], curves["B"])
    blocks: list[Block] = [
        Prose(f"No history was published with model {side}.")
        for side, curve in curves.items()
        if curve is None
    ]
    if histories:
        blocks += _over_epochs(subject, histories)
    summaries = summarise(subject.scores, "cls")
    if summaries:
        blocks.append(block_distribution(summaries, "cls", subject.theme))
        blocks.append(Table("Gradient norm of L_cls over the faces", _norms(summaries)))
    return Section("intensity", "Learning intensity", tuple(blocks))


def _over_epochs(subject: Subject, histories: tuple[History, ...]) -> list[Block]:
    epochs = {side: scored.epoch for side, scored in subject.scores.items()}
    marks = EpochMarks({h.letter: epochs[h.letter] for h in histories if h.letter in epochs})
    both = {history.letter: history for history in histories}
    gain = None
    if {"A", "B"} <= both.keys():
        gain = shallow_gain(both["A"], both["B"], "grad_cls")
    blocks: list[Block] = [
        learning_curves(histories, marks, subject.theme),
        block_history(histories, gain, "grad", "cls", marks, subject.theme),
        ratio_history(histories, gain, "grad", "cls", marks, subject.theme),
    ]
    if gain is not None:
        blocks.append(Table("Gradient norm of L_cls: B relative to A", _gain(gain)))
    return blocks


def _gain(gain: ShallowGain) -> pd.DataFrame:
    rows = [
        (f"Block {j + 1}: mean factor B ÷ A", f"{factor:.3f}", f"{wins} of {gain.epochs}")
        for j, (factor, wins) in enumerate(zip(gain.factor, gain.larger, strict=True))
    ]
    rows.append(("Block 1 ÷ block 4 in A", f"{gain.ratio_a:.3f}", ""))
    rows.append(("Block 1 ÷ block 4 in B", f"{gain.ratio_b:.3f}", ""))
    return pd.DataFrame(rows, columns=["Ratio", "Geometric mean", "Epochs with a larger B"])


def _norms(summaries: dict[Side, IntensitySummary]) -> pd.DataFrame:
    rows = []
    for side, found in summaries.items():
        row = {"Model": f"{side}: median (quartiles), n = {found.count:,}"}
        for j in range(4):
            _, low, middle, high, _ = found.quantiles[j]
            row[f"Block {j + 1}"] = f"{middle:.3g} ({low:.3g} to {high:.3g})"
        rows.append(row)
    return pd.DataFrame(rows)
