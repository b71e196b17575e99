"""What all figures over epochs share: axis, span, table and the words about bands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clfer.analysis.histories import History
from clfer.figures.log_scale import log_scale


def log_axis(histories: Sequence[History], columns: Iterable[str]) -> dict[str, Any]:
    """A logarithmic y axis that holds the columns of all histories, bands included."""
    names = list(columns)
    parts = [
        part[[name for name in names if name in part]].to_numpy().ravel()
        for history in histories
        for part in (history.mean, history.low, history.high)
    ]
    return log_scale(np.concatenate(parts), above=0.16)


def span_of(histories: Sequence[History]) -> tuple[int, int]:
    """First and last epoch of all histories."""
    return (
        min(int(history.epochs[0]) for history in histories),
        max(int(history.epochs[-1]) for history in histories),
    )


def history_table(histories: Sequence[History], columns: Mapping[str, str]) -> pd.DataFrame:
    """Mean and band in long form: one row per history, epoch and quantity.

    Args:
        histories: What was drawn.
        columns: Column of the history by the name that the table gives it.
    """
    frames = [
        pd.DataFrame(
            {
                "model": history.letter,
                "method": history.method,
                "trainings": history.count,
                "epoch": history.epochs,
                "side": history.mean["side"].to_numpy(),
                "quantity": name,
                "mean": history.mean[column].to_numpy(),
                "low": history.low[column].to_numpy(),
                "high": history.high[column].to_numpy(),
            }
        )
        for history in histories
        for name, column in columns.items()
        if history.has(column)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def band_words(histories: Sequence[History]) -> str:
    """What the bands are, as the end of a caption; empty where there is none."""
    kinds = {history.band for history in histories}
    words = {
        "range": "smallest to largest over 2 or 3 seeds",
        "interval": "95 % interval of the mean over 4 or more seeds",
    }
    said = [words[kind] for kind in ("range", "interval") if kind in kinds]
    return f" Bands: {' or '.join(said)}." if said else ""
