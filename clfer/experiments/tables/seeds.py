"""Table VIII: many seeds, the paper's rule of three deviations, and paired tests."""

import math

from clfer.experiments.columns import readable
from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.pairs import paired
from clfer.experiments.paper import DATA_SETS, paper_table
from clfer.experiments.protocol import protocol
from clfer.experiments.published import table7
from clfer.experiments.results import Results, Score
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable, Value
from clfer.experiments.tables.by_score import by_score
from clfer.experiments.variants import BASELINE, OURS

METHODS = {"baseline": BASELINE, "ours": OURS}
DATASETS = ("rafdb", "sfew", "ferplus", "affectnet7")
PAPER_SEEDS = 10

COLUMNS = (
    *(Column("data"), Column("method"), Column("mean ν", 3, "%"), Column("deviation ρ", 3, "%")),
    *(Column("ν - 3ρ", 3, "%"), Column("rival"), Column("rival's accuracy", 2, "%")),
    *(Column("above the rival"), Column("above our baseline"), Column("n"), Column("seeds")),
)
PAIRED = (
    *(Column("data"), Column("seeds"), Column("gain", 3, "points")),
    *(Column("gain low", 3, "points"), Column("gain high", 3, "points")),
    *(Column("t", 2), Column("p (t)")),
    *(Column("fixed"), Column("broken"), Column("p (McNemar)"), Column("pairs")),
)


class Seeds(Item):
    """Table VIII."""

    name, where = "table8", "Table VIII"
    title = "Mean and deviation over many seeds"

    def plan(self, scale: Scale) -> list[Planned]:
        """Baseline and ours with every seed on every data set."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for method, changes in METHODS.items()
            for run in planned(scale, dataset, (method,), changes, scale.many_seeds)
        ]

    def produce(self, results: Results) -> Product:
        """The paper's rule, and beside it what is tested on the same seeds and faces."""
        datasets = results.scale.datasets(DATASETS)
        shown = dict.fromkeys((*DATASETS, *datasets))
        rows = [row for dataset in shown for row in _rows(results, dataset)]
        tested = [_tested(results, dataset) for dataset in datasets]
        said = protocol(
            results,
            "RAF-DB, SFEW, FERPlus and AffectNet, ResNet-18, ten seeds; a rival counts as beaten "
            "where its published accuracy is below ν - 3ρ.",
            "Above our baseline: the same rule against the mean of the baseline run here.",
            "That rule compares one published number with the spread of our seeds alone. The "
            "paired tests compare ours with our own baseline, seed by seed on the same faces.",
        )
        return Product(
            (
                ResultTable(self.name, self.title, COLUMNS, tuple(rows), _notes()),
                ResultTable(
                    f"{self.name}-paired",
                    "Ours against the baseline on the same seeds and faces",
                    PAIRED,
                    tuple(tested),
                    (
                        "p (t): Student's paired t test over the seeds, with the 95 % interval of "
                        "the mean gain. p (McNemar): exact, pooled over the seeds; pairs are faces "
                        "times seeds. A face counts once per seed there, which makes p too small.",
                    ),
                ),
                by_score(f"{self.name}-scores", results, datasets),
            ),
            protocol=said,
        )


def _rows(results: Results, dataset: str) -> list[tuple[Value, ...]]:
    """The paper's numbers, and ours where the data set is among those of this size."""
    paper = paper_table("table8")
    rival = _rival(dataset), paper.find(dataset, of="rival")
    rows: list[tuple[Value, ...]] = []
    if (dataset,) in paper.settings:
        printed = paper.find(dataset, of="mean"), paper.find(dataset, of="deviation")
        rows.append((dataset, "ours, paper", *_judged(*printed, *rival), None, None, PAPER_SEEDS))
    if dataset not in results.scale.datasets(DATASETS):
        return rows
    baseline = results.score(dataset, "baseline")
    for method in ("ours", "baseline"):
        score = results.score(dataset, method)
        beaten = None if method == "baseline" or baseline is None else 100 * baseline.mean
        judged = _judged(*_measured(score), *rival)
        above = None if beaten is None else _above(*_measured(score), beaten)
        counts = (None, None) if score is None else (score.n, len(score.seeds))
        rows.append((dataset, f"{method}, here", *judged, above, *counts))
    return rows


def _rival(dataset: str) -> str | None:
    """Name of the method in Table VII that the paper compares with on a data set."""
    paper = paper_table("table8")
    said = paper.references.get(dataset), paper.find(dataset, of="rival")
    for method in table7().methods:
        accuracy = {str(place): value for place, value in method.accuracy.items()}
        if method.reference is not None and said == (method.reference, accuracy.get(dataset)):
            return method.method
    return None


def _measured(score: Score | None) -> tuple[float | None, float | None]:
    if score is None:
        return None, None
    return 100 * score.mean, None if math.isnan(score.std) else 100 * score.std


def _judged(
    mean: float | None, deviation: float | None, rival: str | None, reached: float | None
) -> tuple[Value, ...]:
    limit = None if mean is None or deviation is None else mean - 3 * deviation
    return mean, deviation, limit, rival, reached, _above(mean, deviation, reached)


def _above(mean: float | None, deviation: float | None, reached: float | None) -> str | None:
    """The paper's rule: whether ν - 3ρ exceeds what a rival has reached."""
    if mean is None or deviation is None or reached is None:
        return None
    return "yes" if reached < mean - 3 * deviation else "no"


def _tested(results: Results, dataset: str) -> tuple[Value, ...]:
    pairs = paired(results.by_seed(dataset, "baseline"), results.by_seed(dataset, "ours"))
    if pairs is None:
        return (dataset, *(None,) * (len(PAIRED) - 1))
    t, pooled = pairs.over_seeds, pairs.pooled
    low, high = (None, None) if t.interval is None else (100 * end for end in t.interval)
    student = (t.n, 100 * t.mean, low, high, t.t, readable(t.p_value))
    counts = (pooled.fixed, pooled.broken, readable(pooled.p_value), pooled.n)
    return (dataset, *student, *counts)


def _notes() -> tuple[str, ...]:
    paper = paper_table("table8")
    short = []
    for (dataset,) in paper.settings:
        mean, deviation, rival = (paper.value(dataset, of=of) for of in paper.values)
        if _above(mean, deviation, rival) == "no":
            short.append(DATA_SETS[str(dataset)])
    return (
        *paper.notes,
        f"By that rule the paper's own numbers do not exceed the rival on {' and '.join(short)}.",
    )


ITEMS = (Seeds(),)
