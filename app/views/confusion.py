"""The Confusion view: what A and B mix up, what B fixes and breaks, and how sure they are."""

import streamlit as st

import state
from clfer.analysis.calibration import Reliability, reliability
from clfer.analysis.comparison import Comparison
from clfer.analysis.mcnemar import mcnemar, mcnemar_per_class
from clfer.analysis.per_class import per_class
from clfer.analysis.score_changes import score_changes
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.threshold import threshold_effect
from clfer.expressions import UNKNOWN_THRESHOLD
from clfer.figures.calibration import reliability_diagrams
from clfer.figures.confusion_flips import flip_bars
from clfer.figures.confusion_threshold import threshold_curves
from clfer.figures.confusion_words import macro_sentence, mcnemar_sentence, threshold_sentence
from clfer.figures.per_class import per_class_dots, per_class_table
from clfer.sides import Side
from components import chart, epoch, require, section
from state import theme
from views import confusion_cells


def render() -> None:
    """Draw the view."""
    section.page_title("Confusion", "What the models mix up, and which faces B fixes or breaks.")
    found = require.comparison()
    if found is None:
        return
    chosen, comparison = found
    epoch.slider(chosen)
    confusion_cells.render(chosen, comparison)
    _per_expression(comparison)
    _test(comparison)
    _calibration(comparison)
    _threshold(comparison)


def _per_expression(comparison: Comparison) -> None:
    with st.container(key="card-per-expression", border=True):
        section.title("Per expression", "Precision, recall and F1 of A and B.")
        scores = per_class(comparison)
        chart.show(per_class_dots(scores, theme(), narrow=state.narrow()), "per-expression")
        st.dataframe(per_class_table(scores), hide_index=True, key="per-expression-table")


def _test(comparison: Comparison) -> None:
    with st.container(key="card-mcnemar", border=True):
        section.title("Is the difference more than chance?", mcnemar_sentence(mcnemar(comparison)))
        bars = flip_bars(mcnemar_per_class(comparison), theme(), narrow=state.narrow())
        chart.show(bars, "mcnemar")
        section.hint(macro_sentence(score_changes([comparison])))


def _calibration(comparison: Comparison) -> None:
    with st.container(key="card-calibration", border=True):
        section.title("Calibration", "How often a model is right, by how sure it is.")
        bins: dict[Side, Reliability] = {
            "A": reliability(comparison.a),
            "B": reliability(comparison.b),
        }
        chart.show(reliability_diagrams(bins, theme(), narrow=state.narrow()), "calibration")


@state.fragment
def _threshold(comparison: Comparison) -> None:
    with st.container(key="card-threshold", border=True):
        section.title(
            "Unseen expressions",
            "Below a threshold on its top probability, a model says it knows no such expression.",
        )
        state.adopt(state.CONFUSION_THRESHOLD, None, UNKNOWN_THRESHOLD)
        at = st.slider("Threshold", 0.0, 1.0, step=0.01, key=state.CONFUSION_THRESHOLD, width=420)
        models: dict[Side, ScoredFaces] = {"A": comparison.a, "B": comparison.b}
        here = {side: threshold_effect(scored, [at]) for side, scored in models.items()}
        curves = {side: threshold_effect(scored) for side, scored in models.items()}
        chart.show(threshold_curves(curves, here, theme(), narrow=state.narrow()), "threshold")
        for side, effect in here.items():
            section.hint(threshold_sentence(side, effect))
