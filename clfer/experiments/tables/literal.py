"""The paper read literally, beside the reading of the models that ship."""

from clfer.experiments.tables.compared import Compared
from clfer.experiments.variants import BASELINE, DEPARTURES, LITERAL, OURS

SETTINGS = {
    "baseline": BASELINE,
    "literal": LITERAL,
    "ours": {**OURS, **DEPARTURES},
}


class Literal(Compared):
    """Both readings of Eq. 6 to 8 under one recipe."""

    name, where = "literal", "Sec. III"
    title = "The paper read literally, and with our two departures"
    datasets = ("ferplus",)
    settings = SETTINGS
    column, tested = "reading", "Both readings against the baseline on the same faces"
    notes = (
        "ours: LayerNorm on f' with W = 0 at the start (model.normalise_fusion), and deep "
        "centroids without gradient (clfm.stop_gradient, clbs.stop_gradient); literal: neither.",
    )
    said = (
        "Attention by Eq. 8 on f' as it is, and losses whose gradient reaches both sides of "
        "their cosines (Eq. 6, 7).",
        "MSR + CLFM + CLBS in both readings, under the same recipe.",
    )


ITEMS = (Literal(),)
