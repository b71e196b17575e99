"""The confusion matrices of A, of B and their difference, side by side (Fig. 6)."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from clfer.analysis.confusion import MATRICES, Cell, Confusions, Matrix, Measure
from clfer.figures.chart import Chart
from clfer.figures.confusion_words import TITLES, cell_sentence
from clfer.figures.theme import Theme, palette, styled

ROW, NARROW_ROW = 36, 31
"""Height of a row of cells in pixels."""

_UNITS: dict[Measure, str] = {
    "counts": "Faces",
    "rows": "Percent of the true expression",
    "columns": "Percent of the predicted expression",
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
    figure = make_subplots(**shape, horizontal_spacing=0.035, vertical_spacing=0.115)
    shown = {m: matrices.values(m, measure) for m in MATRICES}
    for panel, matrix in enumerate(MATRICES):
        place = {"row": panel + 1, "col": 1} if narrow else {"row": 1, "col": panel + 1}
        figure.add_trace(_numbers(shown[matrix], matrix), **place)
        if chosen is not None and chosen.matrix == matrix:
            figure.add_trace(_frame(matrices.classes, chosen, theme), **place)
        figure.add_trace(_targets(matrices, matrix, narrow), **place)
    _arrange(figure, matrices.classes, theme, narrow)
    _colour(figure, shown, theme)
    _title_panels(figure, theme)
    return Chart(
        figure,
        _table(matrices),
        f"{_UNITS[measure]}, {int(matrices.a.sum()):,} faces; rows true, columns predicted (Fig."
        " 6). Colour of A and B: one scale, by the square root; B − A:"
        f" {'faces' if measure == 'counts' else 'percentage points'}, blue-grey less, orange more.",
        _finding(matrices),
        f"confusion-{measure}",
    )


def _numbers(values: NDArray[np.float64], matrix: Matrix) -> go.Heatmap:
    difference = matrix == "diff"
    # Most cells are small beside the diagonal: the root makes them visible.
    colour = values if difference else np.sqrt(values)
    return go.Heatmap(
        z=colour,
        text=[[_number(value, difference) for value in row] for row in values],
        texttemplate="%{text}",
        textfont={"size": 12},
        xgap=1,
        ygap=1,
        coloraxis="coloraxis2" if difference else "coloraxis",
        hoverinfo="skip",
        name=f"{matrix} numbers",
    )


def _number(value: float, signed: bool) -> str:
    """At most five characters: one decimal where the number is no whole one."""
    if np.isnan(value):
        return ""
    text = f"{value:.0f}" if abs(value) >= 99.95 or value == round(value) else f"{value:.1f}"
    if signed and value > 0:
        return f"+{text}"
    return text.replace("-", "−")


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
    height = 3 * inside + 352 if narrow else inside + 118
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


def _colour(figure: go.Figure, shown: dict[Matrix, NDArray[np.float64]], theme: Theme) -> None:
    colours = palette(theme)
    largest = np.nanmax([np.nanmax(np.sqrt(shown[m]), initial=0) for m in ("A", "B")])
    change = np.nanmax(np.abs(shown["diff"]), initial=0)
    figure.update_layout(
        coloraxis={
            "colorscale": [[0, colours.page], [1, colours.accent]],
            "cmin": 0,
            "cmax": float(largest) or 1.0,
            "showscale": False,
        },
        coloraxis2={
            "colorscale": [list(stop) for stop in colours.difference],
            "cmin": -(float(change) or 1.0),
            "cmax": float(change) or 1.0,
            "showscale": False,
        },
    )


def _title_panels(figure: go.Figure, theme: Theme) -> None:
    colours = palette(theme)
    for panel, matrix in enumerate(MATRICES):
        n = "" if panel == 0 else str(panel + 1)
        colour = colours.text if matrix == "diff" else colours.models[matrix]
        figure.add_annotation(
            x=0,
            y=1,
            yshift=28,
            xref=f"x{n} domain",
            yref=f"y{n} domain",
            xanchor="left",
            yanchor="top",
            text=f"<b>{TITLES[matrix]}</b>",
            showarrow=False,
            font={"size": 16, "color": colour},
        )


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
