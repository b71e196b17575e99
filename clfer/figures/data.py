"""The classes of a data set, split beside split, and the entropy of the votes on its faces."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from clfer.analysis.data_summary import ClassBalance, VoteAmbiguity
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, spoken, styled
from clfer.figures.titles import key_line, squares

BIN = 0.1
"""Width of a bin of the histogram in bits."""

OPACITY = {"train": 1.0, "valid": 0.62, "test": 0.34}
"""Splits share the colour of the expression and differ in its strength."""


def class_bars(balance: ClassBalance, theme: Theme, *, narrow: bool = False) -> Chart:
    """Share of every expression in each split, with the number of faces at the bar.

    Args:
        balance: Counts per split and expression.
        theme: Light or dark.
        narrow: Horizontal bars for a phone.
    """
    colours = palette(theme)
    names = [name.capitalize() for name in balance.classes]
    figure = go.Figure()
    for split, counts, shares in zip(balance.splits, balance.counts, balance.shares, strict=True):
        fill = [rgba(colours.expression(name), OPACITY[split]) for name in balance.classes]
        value, category = 100 * shares, names
        figure.add_trace(
            go.Bar(
                x=value if narrow else category,
                y=category if narrow else value,
                orientation="h" if narrow else "v",
                name=split,
                customdata=counts,
                text=[f"{count:,}" for count in counts],
                textposition="outside",
                textangle=0,
                textfont={"size": 11, "color": colours.muted},
                cliponaxis=False,
                marker={"color": fill, "cornerradius": 3},
                hovertemplate=_sentence(split, narrow),
            )
        )
    _arrange_bars(figure, balance, theme, narrow)
    return Chart(
        figure, _counts(balance), _bars_caption(balance), _finding(balance), "class-balance"
    )


def entropy_histogram(ambiguity: VoteAmbiguity, theme: Theme) -> Chart:
    """Histogram of the entropy of the votes, in bits.

    Args:
        ambiguity: Entropy of every face.
        theme: Light or dark.
    """
    colours = palette(theme)
    n = len(ambiguity.entropy)
    bins = max(1, int(np.ceil(ambiguity.entropy.max(initial=0.0) / BIN + 1e-9)))
    edges = BIN * np.arange(bins + 1)
    counts, _ = np.histogram(ambiguity.entropy, edges)
    figure = go.Figure(
        go.Bar(
            x=edges[:-1] + BIN / 2,
            y=counts,
            width=BIN * 0.9,
            customdata=np.column_stack([edges[:-1], edges[1:]]),
            marker={"color": colours.accent, "cornerradius": 2},
            hovertemplate="%{y:,} faces have votes of %{customdata[0]:.1f} to "
            "%{customdata[1]:.1f} bits.<extra></extra>",
            name="faces",
        )
    )
    styled(
        figure,
        theme,
        250,
        margin={"l": 58, "r": 14, "t": 10, "b": 46},
        bargap=0.05,
        xaxis={
            "title": {"text": "Entropy of the votes (bits)"},
            "range": [-0.02, edges[-1] + 0.02],
            "fixedrange": True,
        },
        yaxis={"title": {"text": "Faces"}, "fixedrange": True, "nticks": 5},
    )
    agreed = int((ambiguity.entropy == 0).sum())
    table = pd.DataFrame({"from_bits": edges[:-1], "to_bits": edges[1:], "faces": counts})
    return Chart(
        figure,
        table,
        f"Entropy of the ten votes on a face without single votes, n = {n:,}; "
        "0 bits: all agree, 1 bit: two expressions level.",
        f"The annotators agree on {agreed:,} of {n:,} faces; the median entropy is "
        f"{_median(ambiguity):.2f} bits and the largest {ambiguity.entropy.max(initial=0.0):.2f}.",
        "vote-entropy",
    )


def _median(ambiguity: VoteAmbiguity) -> float:
    return float(np.median(ambiguity.entropy)) if len(ambiguity.entropy) else 0.0


def _sentence(split: str, narrow: bool) -> str:
    share, name = ("x", "y") if narrow else ("y", "x")
    return (
        f"%{{{name}}}: %{{customdata:,}} faces of {split}, %{{{share}:.1f}} % of it.<extra></extra>"
    )


def _arrange_bars(figure: go.Figure, balance: ClassBalance, theme: Theme, narrow: bool) -> None:
    colours = palette(theme)
    rows = len(balance.classes)
    largest = 100 * float(balance.shares.max(initial=0.01))
    shares = {
        "title": {"text": "Share of the split (%)"},
        "range": [0, largest * (1.22 if narrow else 1.12)],
        "fixedrange": True,
        "nticks": 6,
    }
    names = {
        "showgrid": False,
        "fixedrange": True,
        "tickfont": {"color": colours.text, "size": 13},
    }
    if narrow:
        height = 70 + rows * (20 + 16 * len(balance.splits))
        # Plotly stacks the bars of a group upwards; reversed, the first split is on top.
        names |= {"range": [rows - 0.5, -0.5]}
        margin = {"l": 84, "r": 20, "t": 30, "b": 46}
        styled(figure, theme, height, margin=margin, xaxis=shares, yaxis=names)
    else:
        margin = {"l": 54, "r": 10, "t": 30, "b": 34}
        styled(figure, theme, 340, margin=margin, xaxis=names, yaxis=shares)
    figure.update_layout(barmode="group", bargap=0.24, bargroupgap=0.08)
    keys = [(rgba(colours.text, OPACITY[split]), split) for split in balance.splits]
    key_line(figure, squares(keys), theme, above=8)


def _counts(balance: ClassBalance) -> pd.DataFrame:
    table = pd.DataFrame({"expression": balance.classes})
    for split, counts, shares in zip(balance.splits, balance.counts, balance.shares, strict=True):
        table[f"{split}_faces"] = counts
        table[f"{split}_share"] = shares
    return table


def _bars_caption(balance: ClassBalance) -> str:
    totals = [f"{split} {n:,}" for split, n in zip(balance.splits, balance.totals, strict=True)]
    return f"Share of each expression in its split; at the bar: faces (n: {', '.join(totals)})."


def _finding(balance: ClassBalance) -> str:
    parts = []
    for split, counts, shares in zip(balance.splits, balance.counts, balance.shares, strict=True):
        most = int(counts.argmax())
        parts.append(
            f"{split}: {balance.classes[most]} is most frequent with {100 * shares[most]:.0f} %"
        )
    return f"Faces per expression. {spoken(parts).capitalize()}."
