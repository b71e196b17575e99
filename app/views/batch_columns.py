"""The columns of the batch table on the page."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from clfer.analysis.batch_table import BLOCKS
from clfer.figures.theme import palette
from state import theme

UNKNOWN = "none known"
"""Said of a face whose top probability is below the threshold for unseen expressions."""


def shown(table: pd.DataFrame, thumbnails: Sequence[str]) -> pd.DataFrame:
    """The table of a batch as it is shown, row by row.

    Args:
        table: From :func:`clfer.analysis.batch_table.batch_table`.
        thumbnails: A data address per face; ``table.index`` says whose is whose.
    """
    frame = pd.DataFrame({"picture": [thumbnails[i] for i in table.index]})
    frame["verdict"] = ["agree" if agree else "differ" for agree in table["agree"]]
    for side in ("a", "b"):
        frame[f"{side}_said"] = [
            [name if known else UNKNOWN]
            for name, known in zip(table[f"{side}_expression"], table[f"{side}_known"], strict=True)
        ]
    for side in ("a", "b"):
        frame[f"{side}_probability"] = table[f"{side}_probability"].tolist()
    frame["divergence"] = table["divergence"].tolist()
    for side in ("a", "b"):
        weights = table[[f"{side}_attention_{j}" for j in BLOCKS]]
        if weights.notna().to_numpy().any():
            frame[f"{side}_attention"] = weights.to_numpy().tolist()
    frame["photo"] = table["photo"].tolist()
    frame["face"] = table["face"].tolist()
    return frame


def columns(expressions: Sequence[str]) -> dict[str, Any]:
    """Titles and forms of the columns; expressions carry their own colours."""
    colours = palette(theme())
    config: dict[str, Any] = {
        "picture": st.column_config.ImageColumn("Face", width=64, pinned=True),
        "verdict": st.column_config.TextColumn("A and B", width=76),
        "divergence": st.column_config.NumberColumn(
            "Divergence",
            format="%.3f",
            width=92,
            help="Jensen–Shannon divergence of the two distributions in bits, from 0 to 1.",
        ),
        "photo": st.column_config.TextColumn("Photo"),
        "face": st.column_config.NumberColumn("No.", width=48),
    }
    for side in ("a", "b"):
        letter = side.upper()
        config[f"{side}_said"] = st.column_config.MultiselectColumn(
            f"{letter} says",
            options=[*expressions, UNKNOWN],
            color=[*(colours.expression(name) for name in expressions), colours.muted],
            width=116,
        )
        config[f"{side}_probability"] = st.column_config.ProgressColumn(
            f"p of {letter}", format="%.2f", min_value=0, max_value=1, width=112
        )
        config[f"{side}_attention"] = st.column_config.BarChartColumn(
            f"μ of {letter}",
            y_min=0,
            y_max=1,
            width=96,
            color=colours.models["A" if side == "a" else "B"],
            help="Attention weights of blocks 1 to 4 (Eq. 8), from 0 to 1.",
        )
    return config
