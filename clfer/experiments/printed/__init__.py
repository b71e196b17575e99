"""Figures for print, drawn with matplotlib: exact sizes, embedded fonts, the app's colours."""

from clfer.experiments.printed.bars import BarPanel, Bars, bar_panels
from clfer.experiments.printed.figure import PrintedFigure, to_pdf, to_png
from clfer.experiments.printed.heatmap import Heatmap, heatmaps
from clfer.experiments.printed.images import image_grid
from clfer.experiments.printed.lines import Line, LinePanel, line_panels
from clfer.experiments.printed.scatter import Scatter, scatter_grid
from clfer.experiments.printed.style import ONE_COLUMN, TWO_COLUMNS

__all__ = [
    "ONE_COLUMN",
    "TWO_COLUMNS",
    "BarPanel",
    "Bars",
    "Heatmap",
    "Line",
    "LinePanel",
    "PrintedFigure",
    "Scatter",
    "bar_panels",
    "heatmaps",
    "image_grid",
    "line_panels",
    "scatter_grid",
    "to_pdf",
    "to_png",
]
