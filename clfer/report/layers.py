"""What the layers of each model with a multi-scale head contribute (Eq. 8, 9)."""

import numpy as np
import pandas as pd

from clfer.analysis.attention_statistics import (
    attention_entropy,
    entropy_histogram,
    grouped_weights,
    weights_of,
)
from clfer.analysis.layer_ablation import LayerAblation, expression_shares, layer_ablation
from clfer.analysis.scored import ScoredFaces
from clfer.figures.attention_distribution import attention_ridges
from clfer.figures.attention_entropy import entropy_bars
from clfer.figures.layer_ablation import ablation_bars, accuracy_limits
from clfer.figures.layer_shares import layer_shares
from clfer.report.blocks import Block, Prose, Section, Subject, Table
from clfer.sides import Side


def layers(subject: Subject) -> Section:
    """Distribution of the attention, shares of the logits, and decisions without a layer."""
    known = {s: v for s, v in subject.scores.items() if v.contributions is not None}
    lacking = [side for side in subject.scores if side not in known]
    blocks: list[Block] = [Prose(_why(subject, side)) for side in lacking]
    if known:
        blocks += _shown(subject, known)
    return Section("attention", "Attention over the layers", tuple(blocks))


def _shown(subject: Subject, known: dict[Side, ScoredFaces]) -> list[Block]:
    faces, theme = f"faces of {subject.faces}", subject.theme
    groups = {s: grouped_weights(v, "attention", "expression") for s, v in known.items()}
    entropies = [attention_entropy(weights_of(v)) for v in known.values()]
    shares = {s: expression_shares(v) for s, v in known.items()}
    ends = [found.extent for found in shares.values()]
    extent = 1.06 * min(low for low, _ in ends), 1.06 * max(high for _, high in ends)
    ablations = {s: layer_ablation(v) for s, v in known.items()}
    limits = accuracy_limits(list(ablations.values()))
    blocks: list[Block] = [Table("Attention and its length over all faces", _weights(known))]
    for side, found in groups.items():
        blocks.append(attention_ridges(found, faces, theme, side, 1.0))
    blocks.append(entropy_bars(entropy_histogram(entropies), list(known), faces, theme))
    for side, share in shares.items():
        blocks.append(layer_shares(share, faces, theme, side, extent))
    for side, ablation in ablations.items():
        blocks.append(ablation_bars(ablation, faces, theme, side, limits))
        blocks.append(Table(f"Model {side} without one layer", _ablation(ablation)))
    return blocks


def _why(subject: Subject, side: Side) -> str:
    if not subject.models[side].card.config.model.msr:
        return f"Model {side} has no multi-scale head, hence no attention over its layers."
    return (
        f"Model {side} is shown at epoch {subject.scores[side].epoch}, of which only logits and "
        "embedding were kept."
    )


def _weights(known: dict[Side, ScoredFaces]) -> pd.DataFrame:
    rows = []
    for side, scored in known.items():
        for symbol, values in (
            ("μ", weights_of(scored)),
            ("μ‖f′‖", weights_of(scored, "attention_norm")),
        ):
            quartiles = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
            row = {"Quantity": f"{symbol} of model {side}: median (quartiles)"}
            for j in range(4):
                low, middle, high = quartiles[:, j]
                row[f"Block {j + 1}"] = f"{middle:.3f} ({low:.3f} to {high:.3f})"
            rows.append(row)
    return pd.DataFrame(rows)


def _ablation(ablation: LayerAblation) -> pd.DataFrame:
    names = ["Nothing", *(f"Block {j}" for j in range(1, 5))]
    flips = [0, *ablation.flipped.sum(axis=1).tolist()]
    outcomes = {
        kind: [0, *ablation.outcome(kind).sum(axis=1).tolist()]
        for kind in ("broken", "fixed", "other")
    }
    return pd.DataFrame(
        {
            "Left out": names,
            "Accuracy (%)": [
                f"{100 * a.value:.2f} ({100 * a.low:.2f} to {100 * a.high:.2f})"
                for a in ablation.accuracy()
            ],
            "Decisions that flip": [f"{n:,}" for n in flips],
            "Right to wrong": [f"{n:,}" for n in outcomes["broken"]],
            "Wrong to right": [f"{n:,}" for n in outcomes["fixed"]],
            "Wrong to wrong": [f"{n:,}" for n in outcomes["other"]],
        }
    )
