"""The confusion matrices of A, of B and their difference, side by side (Fig. 6)."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from clfer.analysis.confusion import MATRICES, Cell, Confusions, Matrix, Measure
from clfer.figures.chart import Chart
from clfer.figures.confusion_heat import number_cells
from clfer.figures.confusion_words import TITLES, cell_sentence
from clfer.figures.theme import Theme, palette, styled
from clfer.figures.titles import panel_title

ROW, NARROW_ROW = 36, 31
"""Height of a row of cells in pixels."""

_UNITS: dict[Measure, str] = {
    "counts": "Faces per cell",
    "rows": "Percent of the faces of the true expression",
    "columns": "Percent of the faces given the predicted expression",
}


def confusion_matrices(
    matrices: Confusions,
    measure: Measure,
    theme: Theme,
    chosen: Cell | None = None,
    *,
    narrow: bool = False,
) -> Chart:
    """Draw the three matrices; an invisible square over each cell carries its address.

    Args:
        matrices: Counts of both models.
        measure: Counts, or percent of the row or the column.
        theme: Light or dark.
        chosen: The cell with a frame around it.
        narrow: The matrices below each other.
    """
    shape = {"rows": 3, "cols": 1} if narrow else {"rows": 1, "cols": 3}
    figure = make_subplots(**shape, horizontal_spacing=0.035, vertical_spacing=0.104)
    shown = {m: matrices.values(m, measure) for m in MATRICES}
    both = _largest([shown["A"], shown["B"]])
    ends = {"A": both, "B": both, "diff": _largest([shown["diff"]])}
    for panel, matrix in enumerate(MATRICES):
        place = {"row": panel + 1, "col": 1} if narrow else {"row": 1, "col": panel + 1}
        for trace in number_cells(shown[matrix], matrix, measure, ends[matrix], theme):
            figure.add_trace(trace, **place)
        if chosen is not None and chosen.matrix == matrix:
            figure.add_trace(_frame(matrices.classes, chosen, theme), **place)
        figure.add_trace(_targets(matrices, matrix, narrow), **place)
    _arrange(figure, matrices.classes, theme, narrow)
    _title_panels(figure, theme)
    return Chart(
        figure,
        _table(matrices),
        f"{_UNITS[measure]}, {int(matrices.a.sum()):,} in all; rows true, columns predicted (Fig."
        " 6). Colour of A and B: one scale, by the square root; B − A:"
        f" {'faces' if measure == 'counts' else 'percentage points'}, blue-grey less, orange more.",
        _finding(matrices),
        f"confusion-{measure}",
    )


def _targets(matrices: Confusions, matrix: Matrix, narrow: bool) -> go.Scatter:
    """What is hovered and clicked, for a heat map's cells cannot be selected."""
    classes = matrices.classes
    places = [(i, j) for i in range(len(classes)) for j in range(len(classes))]
    cells = [Cell(matrix, classes[i], classes[j]) for i, j in places]
    invisible = {"opacity": 0}
    return go.Scatter(
        x=[j for _, j in places],
        y=[i for i, _ in places],
        mode="markers",
        marker={"symbol": "square", "size": (NARROW_ROW if narrow else ROW) - 6, **invisible},
        # Plotly would fade all but the clicked one: none of them is to be seen.
        selected={"marker": invisible},
        unselected={"marker": invisible},
        customdata=[cell.address for cell in cells],
        text=[cell_sentence(matrices, cell) for cell in cells],
        hovertemplate="%{text}<extra></extra>",
        name=f"{matrix} cells",
    )


def _frame(classes: tuple[str, ...], cell: Cell, theme: Theme) -> go.Scatter:
    y, x = classes.index(cell.true), classes.index(cell.predicted)
    return go.Scatter(
        x=[x + dx for dx in (-0.5, 0.5, 0.5, -0.5, -0.5)],
        y=[y + dy for dy in (-0.5, -0.5, 0.5, 0.5, -0.5)],
        mode="lines",
        line={"color": palette(theme).text, "width": 2.5},
        cliponaxis=False,
        hoverinfo="skip",
        name="chosen",
    )


def _arrange(figure: go.Figure, classes: tuple[str, ...], theme: Theme, narrow: bool) -> None:
    names = [name.capitalize() for name in classes]
    inside = len(classes) * (NARROW_ROW if narrow else ROW)
    height = 3 * inside + 314 if narrow else inside + 118
    margin = {"l": 82, "r": 8, "t": 38, "b": 80}
    styled(figure, theme, height, margin=margin)
    ticks: dict[str, Any] = {
        "tickvals": list(range(len(classes))),
        "ticktext": names,
        "showgrid": False,
        "fixedrange": True,
    }
    figure.update_xaxes(
        **ticks, range=[-0.5, len(classes) - 0.5], tickangle=-45, tickfont={"size": 12}
    )
    figure.update_yaxes(
        **ticks, range=[len(classes) - 0.5, -0.5], showticklabels=narrow, tickfont={"size": 12}
    )
    figure.update_layout(yaxis={"showticklabels": True})


def _largest(values: list[NDArray[np.float64]]) -> float:
    """The largest magnitude that is defined; 1 where all is zero."""
    return float(np.nanmax(np.abs(np.stack(values)), initial=0)) or 1.0


def _title_panels(figure: go.Figure, theme: Theme) -> None:
    colours = palette(theme)
    for panel, matrix in enumerate(MATRICES):
        colour = None if matrix == "diff" else colours.models[matrix]
        title = f"<b>{TITLES[matrix]}</b>"
        panel_title(figure, panel, title, theme, above=28, size=16, colour=colour)


def _table(matrices: Confusions) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "matrix": TITLES[matrix],
                "true": true,
                "predicted": said,
                "faces": int(matrices.counts(matrix)[i, j]),
                "percent_of_true": matrices.values(matrix, "rows")[i, j],
                "percent_of_predicted": matrices.values(matrix, "columns")[i, j],
            }
            for matrix in MATRICES
            for i, true in enumerate(matrices.classes)
            for j, said in enumerate(matrices.classes)
        ]
    )


def _finding(matrices: Confusions) -> str:
    parts = []
    for matrix in ("A", "B"):
        wrong = matrices.counts(matrix).copy()
        np.fill_diagonal(wrong, -1)
        row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
        parts.append(
            f"{matrix} most often mistakes {matrices.classes[row]} for {matrices.classes[column]}"
            f" ({int(wrong[row, column]):,} faces)"
        )
    return f"Of {int(matrices.a.sum()):,} faces, {' and '.join(parts)}."
