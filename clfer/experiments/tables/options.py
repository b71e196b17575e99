"""The paper's list of future work (Sec. V): each option switched on alone."""

from clfer.experiments.tables.compared import Compared
from clfer.experiments.variants import OPTIONS, OURS

SETTINGS = {"none (the paper's method)": OURS, **OPTIONS}


class Options(Compared):
    """Future work; the paper's ablation (Table IV) is the widest on this data set."""

    name, where = "options", "Sec. V"
    title = "The paper's future work, each option alone"
    datasets = ("ferplus",)
    settings = SETTINGS
    column, tested = "option", "Every option against the whole method on the same faces"
    notes = (
        "The paper names these as future work and gives no values; supervised layers are our "
        "addition.",
    )
    said = (
        "Names the options and gives no values.",
        "An option is on in CLFM and CLBS alike, where both have it; all else is the whole "
        "method, MSR + CLFM + CLBS.",
    )


ITEMS = (Options(),)
