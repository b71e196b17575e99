"""What every figure function returns: the figure with its numbers, caption and spoken finding."""

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from clfer.spreadsheet import csv_text


@dataclass(frozen=True)
class Chart:
    """A figure that can be shown, read aloud and downloaded.

    Attributes:
        figure: The Plotly figure; its height is fixed.
        table: The numbers that are drawn, one row per mark or cell.
        caption: One line: what is drawn, from what, and the equation or figure of the paper.
        alt: The finding as a sentence, for people who do not see the chart.
        name: Stem of downloaded files.
    """

    figure: go.Figure
    table: pd.DataFrame
    caption: str
    alt: str
    name: str

    def csv(self) -> str:
        """The table as CSV text with a header line; numbers in full precision."""
        return csv_text(self.table)
