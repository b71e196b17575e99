"""Learning intensity of one face: gradient norms per block and per semantic group."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from clfer.analysis.intensity import Intensity
from clfer.figures.chart import Chart
from clfer.figures.theme import GROUP_SYMBOLS, Theme, palette, rgba, styled
from clfer.figures.titles import panel_title
from clfer.sides import Side


def block_intensity(
    models: Mapping[Side, Intensity], quantity: str, theme: Theme, *, narrow: bool = False
) -> Chart:
    """Gradient norm at each block and the same per element, on logarithmic axes.

    Args:
        models: Result of each model for one face.
        quantity: Of what the gradient is taken, in words, e.g. ``the loss``.
        theme: Light or dark.
        narrow: The two panels below each other.
    """
    titles = ("Gradient norm", "Root mean square per element")
    shape = {"rows": 2, "cols": 1} if narrow else {"rows": 1, "cols": 2}
    figure = make_subplots(**shape, horizontal_spacing=0.1, vertical_spacing=0.2)
    for panel, field in enumerate(("norm", "rms")):
        place = {"row": panel + 1, "col": 1} if narrow else {"row": 1, "col": panel + 1}
        for side, model in models.items():
            values = getattr(model, field)[0]
            figure.add_trace(_line(side, values, quantity, titles[panel], theme), **place)
        axis = f"yaxis{'' if panel == 0 else panel + 1}"
        drawn = np.concatenate([getattr(model, field)[0] for model in models.values()])
        figure.update_layout({axis: _log_axis(drawn)})
    styled(figure, theme, 520 if narrow else 290, margin={"l": 62, "r": 34, "t": 34, "b": 30})
    figure.update_xaxes(
        tickvals=[1, 2, 3, 4],
        ticktext=[f"Block {j}" for j in range(1, 5)],
        range=[0.7, 4.45],
        fixedrange=True,
        showgrid=False,
    )
    for panel, title in enumerate(titles):
        panel_title(figure, panel, f"<b>{title}</b>", theme)
    return Chart(
        figure,
        _block_table(models),
        f"Gradient of {quantity} at the output of each block, for this face alone: its norm, and"
        " its root mean square per element (logarithmic; Fig. 5a).",
        _block_finding(models, quantity),
        "learning-intensity-blocks",
    )


def group_intensity(
    models: Mapping[Side, Intensity], quantity: str, theme: Theme, *, narrow: bool = False
) -> Chart:
    """Gradient norm of every semantic group, one panel per block, on one logarithmic axis.

    Args:
        models: Result of each model for one face.
        quantity: Of what the gradient is taken, in words.
        theme: Light or dark.
        narrow: Two panels in a row instead of four.
    """
    count = next(iter(models.values())).group_norm.shape[-1]
    cols = 2 if narrow else 4
    figure = make_subplots(
        rows=4 // cols, cols=cols, shared_yaxes=True, horizontal_spacing=0.025, vertical_spacing=0.2
    )
    for block in range(4):
        for side, model in models.items():
            place = {"row": block // cols + 1, "col": block % cols + 1}
            figure.add_trace(_group_dots(side, model, block, quantity, theme, len(models)), **place)
    styled(figure, theme, 440 if narrow else 270, margin={"l": 62, "r": 8, "t": 34, "b": 30})
    drawn = np.concatenate([model.group_norm.ravel() for model in models.values()])
    figure.update_yaxes(_log_axis(drawn))
    figure.update_xaxes(
        tickvals=list(range(1, count + 1)),
        ticktext=[
            f"{'Group ' if count <= 4 and not narrow else ''}{k}" for k in range(1, count + 1)
        ],
        range=[0.5, count + 0.5],
        fixedrange=True,
        showgrid=False,
    )
    for block in range(4):
        panel_title(figure, block, f"<b>Block {block + 1}</b>", theme)
    return Chart(
        figure,
        _group_table(models),
        f"Norm of the gradient of {quantity} over the channels of each semantic group (logarithmic;"
        " Fig. 5b); marker area: share of the block's channels.",
        _group_finding(models),
        "learning-intensity-groups",
    )


def _line(
    side: Side, values: NDArray[np.float64], quantity: str, title: str, theme: Theme
) -> go.Scatter:
    colours = palette(theme)
    shown = _positive(values)
    return go.Scatter(
        x=[1, 2, 3, 4],
        y=shown,
        mode="lines+markers+text",
        line={"color": colours.models[side], "width": 2.5},
        marker={"size": 9, "color": colours.models[side]},
        text=["", "", "", f" <b>{side}</b>"],
        textposition="middle right",
        textfont={"color": colours.models[side], "size": 15},
        cliponaxis=False,
        name=f"{side} {title}",
        hovertemplate=f"Model {side}, block %{{x}}: {title.lower()} of {quantity} "
        "%{y:.3g}.<extra></extra>",
    )


def _group_dots(
    side: Side, model: Intensity, block: int, quantity: str, theme: Theme, models: int
) -> go.Scatter:
    colours = palette(theme)
    sizes = model.group_size[0, block]
    count = len(sizes)
    shift = 0.0 if models == 1 else (-0.16 if side == "A" else 0.16)
    share = sizes / max(1, sizes.sum())
    return go.Scatter(
        x=np.arange(1, count + 1) + shift,
        y=_positive(model.group_norm[0, block]),
        mode="markers",
        marker={
            "symbol": [GROUP_SYMBOLS[k % 4] for k in range(count)],
            "size": 8 + 18 * np.sqrt(share),
            "color": rgba(colours.models[side], 0.85),
            "line": {"color": colours.card, "width": 1},
        },
        customdata=np.stack([np.arange(1, count + 1), sizes], axis=1),
        name=f"{side} block {block + 1}",
        hovertemplate=f"Model {side}, block {block + 1}, group %{{customdata[0]}} "
        f"(%{{customdata[1]}} channels): gradient norm of {quantity} %{{y:.3g}}.<extra></extra>",
    )


def _positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Zero has no logarithm: such a point is left out, not drawn at an invented height."""
    return np.where(values > 0, values, np.nan)


def _log_axis(values: NDArray[np.float64]) -> dict[str, object]:
    positive = values[values > 0]
    low, high = (
        (np.log10(positive.min()), np.log10(positive.max())) if len(positive) else (-1.0, 1.0)
    )
    room = max(0.25, 0.12 * (high - low))
    return {
        "type": "log",
        "range": [float(low - room), float(high + room)],
        "exponentformat": "power",
        "dtick": 1 if high - low > 0.8 else "D2",
        "fixedrange": True,
    }


def _block_table(models: Mapping[Side, Intensity]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "model": side,
                    "block": [1, 2, 3, 4],
                    "gradient_norm": model.norm[0],
                    "gradient_rms": model.rms[0],
                }
            )
            for side, model in models.items()
        ],
        ignore_index=True,
    )


def _group_table(models: Mapping[Side, Intensity]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model": side,
                "block": block + 1,
                "group": k + 1,
                "channels": int(model.group_size[0, block, k]),
                "gradient_norm": float(model.group_norm[0, block, k]),
            }
            for side, model in models.items()
            for block in range(4)
            for k in range(model.group_norm.shape[-1])
        ]
    )


def _block_finding(models: Mapping[Side, Intensity], quantity: str) -> str:
    parts = [
        f"block {int(np.argmax(model.norm[0])) + 1} of model {side} ({model.norm[0].max():.3g})"
        for side, model in models.items()
    ]
    return f"The gradient of {quantity} is largest at {' and '.join(parts)}."


def _group_finding(models: Mapping[Side, Intensity]) -> str:
    parts = []
    for side, model in models.items():
        norms = model.group_norm[0]
        block, group = np.unravel_index(int(norms.argmax()), norms.shape)
        parts.append(
            f"in model {side} at block {int(block) + 1}, group {int(group) + 1} ({norms.max():.3g})"
        )
    return f"The largest group gradient lies {' and '.join(parts)}."
