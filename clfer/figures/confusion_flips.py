"""Which faces B fixes and which it breaks, per expression, with McNemar's test."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from clfer.analysis.mcnemar import McNemar
from clfer.figures.chart import Chart
from clfer.figures.confusion_words import ALPHA, p_text
from clfer.figures.theme import Theme, palette, spoken, styled

ROW = 34


def flip_bars(tests: Mapping[str, McNemar], theme: Theme, *, narrow: bool = False) -> Chart:
    """Bars to the right count the faces that B fixes, bars to the left those that it breaks.

    Args:
        tests: McNemar's test of each expression that has faces, p values adjusted.
        theme: Light or dark.
        narrow: Smaller p values at the right.
    """
    colours = palette(theme)
    names, rows = list(tests), np.arange(len(tests))
    figure = go.Figure()
    for field, sign, colour in (
        ("broken", -1, colours.models["A"]),
        ("fixed", 1, colours.models["B"]),
    ):
        counts = np.array([getattr(test, field) for test in tests.values()])
        figure.add_trace(
            go.Bar(
                x=sign * counts,
                y=rows,
                orientation="h",
                marker={"color": colour, "cornerradius": 3},
                text=[f"{count:,}" for count in counts],
                textposition="outside",
                textfont={"size": 13, "color": colours.text},
                cliponaxis=False,
                customdata=[
                    f"{name.capitalize()}: B {'breaks' if sign < 0 else 'fixes'} {count:,} of "
                    f"{test.n:,} faces."
                    for (name, test), count in zip(tests.items(), counts, strict=True)
                ],
                hovertemplate="%{customdata}<extra></extra>",
                name=field,
            )
        )
    _arrange(figure, tests, theme, narrow)
    certain = [name for name in names if tests[name].p_value < ALPHA]
    return Chart(
        figure,
        _table(tests),
        "Faces that only A (left) or only B (right) gets right, by true expression; p of McNemar's"
        " exact test, adjusted for the number of expressions by Holm's method.",
        f"A and B differ by more than chance for {spoken(certain) or 'no expression'}.",
        "fixed-and-broken",
    )


def _arrange(figure: go.Figure, tests: Mapping[str, McNemar], theme: Theme, narrow: bool) -> None:
    colours = palette(theme)
    largest = max(max(test.fixed, test.broken) for test in tests.values()) or 1
    edge = 1.25 * largest
    right = 92 if narrow else 120
    styled(
        figure,
        theme,
        ROW * len(tests) + 62,
        margin={"l": 82, "r": right, "t": 34, "b": 28},
        barmode="relative",
        bargap=0.36,
        xaxis={"range": [-edge, edge], "fixedrange": True, "showticklabels": False},
        yaxis={
            "tickvals": list(range(len(tests))),
            "ticktext": [name.capitalize() for name in tests],
            "range": [len(tests) - 0.5, -0.5],
            "showgrid": False,
            "fixedrange": True,
            "tickfont": {"color": colours.text, "size": 13},
        },
    )
    figure.add_annotation(
        x=1,
        xref="x domain",
        xshift=10,
        xanchor="left",
        y=1,
        yref="y domain",
        yshift=24,
        yanchor="top",
        text="Adjusted p",
        showarrow=False,
        font={"size": 13, "color": colours.muted},
    )
    heads = ((-edge / 2, "◀ B breaks", colours.models["A"]), (edge / 2, "B fixes ▶", None))
    for x, text, colour in heads:
        figure.add_annotation(
            x=x,
            y=1,
            yref="y domain",
            yshift=24,
            yanchor="top",
            text=f"<b>{text}</b>",
            showarrow=False,
            font={"size": 13, "color": colour or colours.models["B"]},
        )
    for row, test in enumerate(tests.values()):
        certain = test.p_value < ALPHA
        figure.add_annotation(
            x=1,
            xref="x domain",
            xshift=10,
            xanchor="left",
            y=row,
            text=f"<b>{p_text(test.p_value)}</b>" if certain else p_text(test.p_value),
            showarrow=False,
            font={"size": 13, "color": colours.text if certain else colours.muted},
        )


def _table(tests: Mapping[str, McNemar]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "expression": name,
                "faces": test.n,
                "fixed": test.fixed,
                "broken": test.broken,
                "right_in_both": test.right,
                "wrong_in_both": test.wrong,
                "p_holm": test.p_value,
            }
            for name, test in tests.items()
        ]
    )
