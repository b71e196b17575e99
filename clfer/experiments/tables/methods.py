"""The comparison methods, all trained by the same engine under the same recipe."""

from clfer.experiments.tables.compared import Compared
from clfer.experiments.variants import BASELINE, EAC, OURS, RUL, SCN, SIMSIAM

SETTINGS = {
    "baseline": BASELINE,
    "SCN": SCN,
    "SimSiam": SIMSIAM,
    "RUL": RUL,
    "EAC": EAC,
    "ours": OURS,
}


class Methods(Compared):
    """Comparison methods, on the data sets of Table VII on which SCN, RUL and EAC report."""

    name, where = "methods", "Sec. IV"
    title = "Comparison methods trained here, under one recipe"
    datasets = ("rafdb", "ferplus")
    settings = SETTINGS
    column, tested = "method", "Every method against the baseline on the same faces"
    said = (
        "As published by the authors of each method, under protocols of their own (table7).",
        "SCN, RUL and EAC act on the pooled head of the baseline; EAC erases a part of every "
        "face; SimSiam joins the cross-entropy. Weights are the published ones, for networks "
        "that are pre-trained; nothing is tuned for any of them.",
    )


ITEMS = (Methods(),)
