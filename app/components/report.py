"""The button that writes the report of what is compared."""

from functools import partial

import streamlit as st

import selection
import state
from clfer.analysis.comparison import Comparison
from clfer.errors import ClferError
from clfer.figures.theme import Theme
from resources import Pair
from selection import Selection

# Beside the title of the view: out of the flow, so that nothing moves when it appears.
_PLACE = """<style>
[data-testid="stMainBlockContainer"] { position: relative; }
[data-testid="stLayoutWrapper"]:has(> .st-key-clfer-report) { position: absolute; z-index: 2;
  top: 2.2rem; right: 2rem; width: auto; }
.st-key-clfer-report { width: auto; }
@media (max-width: 700px) {
  [data-testid="stLayoutWrapper"]:has(> .st-key-clfer-report) { top: 3.9rem; right: .8rem; }
}
</style>"""


def offer() -> None:
    """Draw the button at the top right, where both models have scores; else the view says why."""
    try:
        chosen = selection.current()
        comparison = selection.comparison(chosen)
    except ClferError:
        return
    if comparison is None:
        return
    with st.container(key="clfer-report"):
        st.html(_PLACE)
        st.download_button(
            "Report",
            partial(_built, chosen.pair, comparison, state.theme()),
            file_name=_file_name(chosen),
            mime="text/html",
            key="report.download",
            icon=":material/docs:",
            on_click="ignore",
            help="One HTML file that opens without network: hashes, configurations, figures and "
            "tables of this comparison, without any face.",
        )


def _built(models: Pair, comparison: Comparison, theme: Theme) -> bytes:
    """The report, built when it is asked for."""
    a, b = comparison.a, comparison.b
    key = (models.a.sha256, a.epoch, models.b.sha256, b.epoch, a.dataset, a.split)
    return _cached((*key, hash(a.digests), theme), models, comparison, theme)


@st.cache_resource(max_entries=4, show_spinner=False)
def _cached(
    key: tuple[object, ...], _models: Pair, _comparison: Comparison, _theme: Theme
) -> bytes:
    from clfer.report import build_report  # not before it is asked for: it imports every figure

    return build_report(_comparison, (_models.a, _models.b), theme=_theme)


def _file_name(chosen: Selection) -> str:
    a, b = chosen.pair.a.card.name, chosen.pair.b.card.name
    return f"clfer-{a}-{b}-{chosen.dataset}-{chosen.split}.html"
