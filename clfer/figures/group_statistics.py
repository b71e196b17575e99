"""Semantic groups over many faces: how large they are, how alike in depth."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from clfer.analysis.group_statistics import QUANTILES
from clfer.figures.chart import Chart
from clfer.figures.theme import GROUP_SIGNS, GROUP_SYMBOLS, Theme, palette, rgba, spoken, styled
from clfer.figures.titles import panel_title
from clfer.sides import Side

Spreads = Mapping[Side, NDArray[np.float64]]
"""Quantiles ``[5, blocks, marks]`` over the faces for each model."""

ALL = "all"
"""The mark that stands for all groups of a block together."""


def size_distribution(
    spreads: Spreads,
    empty: Mapping[Side, NDArray[np.float64]],
    faces: int,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """How many channels of every block each group has.

    Args:
        spreads: Quantiles of the shares of the block's channels, ``[5, 4, K]``, per model.
        empty: Share of the faces on which a group is empty, ``[4, K]``, per model.
        faces: Number of faces.
        theme: Light or dark.
        narrow: Two panels in a row instead of four.
    """
    largest = max(float(np.nanmax(values)) for values in spreads.values())
    figure = _dots(
        {side: 100 * values for side, values in spreads.items()},
        [f"Block {j}" for j in range(1, 5)],
        ("% of channels", (0.0, 104 * largest)),
        "%{y:.0f} % of the channels",
        theme,
        narrow=narrow,
    )
    return Chart(
        figure,
        _spread_table(spreads, "share_of_channels", empty),
        f"Share of each block's channels in each semantic group over {faces:,} faces (Eq. 4):"
        " median, middle half and 5th to 95th percentile.",
        _size_finding(empty, faces),
        "semantic-group-sizes",
    )


def similarity(
    cosine: Spreads, alignment: Spreads, faces: int, theme: Theme, *, narrow: bool = False
) -> Chart:
    """How alike the centres of a shallow block and the deep centroids are.

    Args:
        cosine: Quantiles of cos⟨Ī^k, φ_k⟩ of blocks 1 to 3, ``[5, 3, K]``, per model.
        alignment: Quantiles of cos⟨vec(Ī), vec(φ)⟩, ``[5, 3]``, per model.
        faces: Number of faces.
        theme: Light or dark.
        narrow: The panels below each other.
    """
    joined = {
        side: np.concatenate([values, alignment[side][..., None]], axis=-1)
        for side, values in cosine.items()
    }
    least = min(float(np.nanmin(values)) for values in joined.values())
    figure = _dots(
        joined,
        [f"Block {j}" for j in range(1, 4)],
        ("Cosine", (min(0.0, least - 0.05), 1.12)),
        "cosine %{y:.2f}",
        theme,
        narrow=narrow,
        last=ALL,
    )
    return Chart(
        figure,
        _spread_table(joined, "cosine", last=ALL),
        f"Cosine of each shallow centre with its deep centroid (Eq. 2, 5) over {faces:,} faces,"
        " with the quantity inside L_fm (all, Eq. 6): median, middle half, 5th to 95th percentile."
        " A centre averages the channels nearest to its centroid, so it lies above zero untrained.",
        _similarity_finding(alignment),
        "semantic-similarity",
    )


def _dots(
    spreads: Spreads,
    titles: Sequence[str],
    axis: tuple[str, tuple[float, float]],
    value: str,
    theme: Theme,
    *,
    narrow: bool,
    last: str = "",
) -> go.Figure:
    """One panel a block, one mark a group: median, middle half and 5th to 95th percentile."""
    marks = max(values.shape[-1] for values in spreads.values())
    cols = min(2, len(titles)) if narrow else len(titles)
    rows = -(-len(titles) // cols)
    figure = make_subplots(
        rows=rows, cols=cols, shared_yaxes=True, horizontal_spacing=0.025, vertical_spacing=0.17
    )
    for panel, title in enumerate(titles):
        place = {"row": panel // cols + 1, "col": panel % cols + 1}
        for side, values in spreads.items():
            own = values[:, panel]
            for trace in _marks(side, own, title, value, theme, len(spreads), last):
                figure.add_trace(trace, **place)
        panel_title(figure, panel, f"<b>{title}</b>", theme, above=22)
    styled(figure, theme, 230 * rows + 30, margin={"l": 50, "r": 8, "t": 30, "b": 30})
    names = [f"{GROUP_SIGNS[k % 4]} {k + 1}" for k in range(marks - bool(last))]
    figure.update_xaxes(
        tickvals=list(range(1, marks + 1)),
        ticktext=[*names, *([last] if last else [])],
        range=[0.45, marks + 0.55],
        fixedrange=True,
        showgrid=False,
    )
    figure.update_yaxes(range=list(axis[1]), fixedrange=True)
    figure.update_yaxes(title_text=axis[0], col=1)
    return figure


def _marks(
    side: Side,
    quantiles: NDArray[np.float64],
    title: str,
    value: str,
    theme: Theme,
    models: int,
    last: str,
) -> list[go.Scatter]:
    """Thin line, thick line and median symbol of every group of a block, ``[5, marks]``."""
    colour = palette(theme).models[side]
    count = quantiles.shape[-1]
    shift = 0.0 if models == 1 else (-0.17 if side == "A" else 0.17)
    x = np.arange(1, count + 1) + shift
    lines = [
        go.Scatter(
            x=np.stack([x, x, np.full(count, np.nan)], axis=1).ravel(),
            y=np.stack([quantiles[a], quantiles[b], np.full(count, np.nan)], axis=1).ravel(),
            mode="lines",
            line={"color": rgba(colour, 0.55), "width": width},
            hoverinfo="skip",
            name=f"{side} {title} {a}",
        )
        for a, b, width in ((0, 4, 2), (1, 3, 7))
    ]
    symbols = [GROUP_SYMBOLS[k % 4] for k in range(count)]
    names = [f"group {k + 1}" for k in range(count)]
    if last:
        symbols[-1], names[-1] = "star", "all groups"
    letters = [f"<b>{side}</b>" if title == "Block 1" and k == 0 else "" for k in range(count)]
    median = go.Scatter(
        x=x,
        y=quantiles[2],
        mode="markers",
        marker={
            "symbol": symbols,
            "size": 11,
            "color": colour,
            "line": {"color": palette(theme).card, "width": 1.5},
        },
        customdata=np.stack([names, *_words(quantiles[[0, 4]])], axis=1),
        name=f"{side} {title}",
        hovertemplate=f"Model {side}, {title.lower()}, %{{customdata[0]}}: median {value}, "
        "90 % of the faces from %{customdata[1]} to %{customdata[2]}.<extra></extra>",
    )
    label = go.Scatter(
        x=x,
        y=quantiles[4],
        mode="text",
        text=letters,
        textposition="top center",
        textfont={"color": colour, "size": 14},
        hoverinfo="skip",
        name=f"{side} {title} letter",
    )
    return [*lines, median, label]


def _words(values: NDArray[np.float64]) -> NDArray[np.str_]:
    return np.array([[f"{value:.3g}" for value in row] for row in values])


def _spread_table(
    spreads: Spreads,
    quantity: str,
    empty: Mapping[Side, NDArray[np.float64]] | None = None,
    last: str = "",
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for side, values in spreads.items():
        for j, k in np.ndindex(values.shape[1:]):
            group = last if last and k == values.shape[2] - 1 else k + 1
            row: dict[str, Any] = {"model": side, "block": j + 1, "group": group}
            row |= {
                f"{quantity}_p{100 * q:02.0f}": float(values[i, j, k])
                for i, q in enumerate(QUANTILES)
            }
            if empty is not None:
                row["empty_share_of_faces"] = float(empty[side][j, k])
            rows.append(row)
    return pd.DataFrame(rows)


def _size_finding(empty: Mapping[Side, NDArray[np.float64]], faces: int) -> str:
    found = [
        (share, f"group {k + 1} of block {j + 1} in {side} on {round(share * faces):,}")
        for side, shares in empty.items()
        for (j, k), share in np.ndenumerate(shares)
        if share > 0
    ]
    if not found:
        return f"No group is empty on any of the {faces:,} faces."
    often = [words for _, words in sorted(found, key=lambda pair: -pair[0])]
    more = f" and {len(often) - 3} more" if len(often) > 3 else ""
    return f"Empty at times: {'; '.join(often[:3])} of the {faces:,} faces{more}."


def _similarity_finding(alignment: Spreads) -> str:
    parts = [
        f"{spoken([f'{value:.2f}' for value in values[2]])} in {side}"
        for side, values in alignment.items()
    ]
    return f"Median cosine of all groups at blocks 1, 2 and 3: {'; '.join(parts)}."
