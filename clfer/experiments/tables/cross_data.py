"""Train on one data set, test on another over the expressions that both have."""

from clfer.analysis.scored import ScoredFaces
from clfer.data.faceset import FaceSet
from clfer.data.registry import needs_root
from clfer.experiments.columns import GAIN, GAIN_NOTE, gain, ours
from clfer.experiments.columns import OURS as MEASURED
from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.pairs import paired
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results, Score
from clfer.experiments.run_scores import score_faces, scored_faces
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable, Value
from clfer.experiments.turned_faces import TURNED, YAW, turned_faces
from clfer.experiments.variants import BASELINE, OURS

METHODS = {"baseline": BASELINE, "ours": OURS}

_PAIR = (Column("trained on"), Column("tested on"))
COLUMNS = (
    *(*_PAIR, Column("method"), Column("expressions")),
    *(*MEASURED, Column("on its own set", 2, "%")),
)
TESTS = (*_PAIR, *GAIN)

BySeed = dict[int, ScoredFaces]


class CrossData(Item):
    """Transfer between data sets."""

    needs_weights = True
    name, where = "cross-data", "Sec. V"
    title = "Trained on one data set, tested on another"

    def plan(self, scale: Scale) -> list[Planned]:
        """Baseline and ours on every data set that trains."""
        return [
            run
            for dataset in dict.fromkeys(trained for trained, _ in scale.transfers)
            for method, changes in METHODS.items()
            for run in planned(scale, dataset, (method,), changes)
        ]

    def produce(self, results: Results) -> Product:
        """A row per pair of data sets and method; empty where the other set is not at hand."""
        rows: list[tuple[Value, ...]] = []
        tests: list[tuple[Value, ...]] = []
        absent = []
        for trained, tested in results.scale.transfers:
            faces = _faces(tested, results.scale)
            if faces is None:
                absent.append(tested)
            found = {method: _scored(results, trained, method, faces) for method in METHODS}
            rows += [
                (trained, tested, method, *_measured(scores, results.by_seed(trained, method)))
                for method, scores in found.items()
            ]
            pairs = paired(found["baseline"], found["ours"])
            tests.append((trained, tested, *gain(None if pairs is None else pairs.pooled)))
        notes = [
            "The paper has no such table: it names recognition across data sets as future work.",
            "Both accuracies count the faces of the expressions that the two sets share, and only "
            "these can be predicted.",
            *(f"No folder of {name} is given." for name in dict.fromkeys(absent)),
        ]
        said = protocol(
            results, "nothing is measured across data sets.", *_words(results.scale.transfers)
        )
        tested_on = "Ours against the baseline on the other data set"
        return Product(
            (
                ResultTable(self.name, self.title, COLUMNS, tuple(rows), tuple(notes)),
                ResultTable(f"{self.name}-mcnemar", tested_on, TESTS, tuple(tests), (GAIN_NOTE,)),
            ),
            protocol=said,
        )


def _faces(name: str, scale: Scale) -> FaceSet | None:
    """The faces that test; None while their folder is not known."""
    if name == TURNED:
        return turned_faces(scale.split)
    root = scale.root(name)
    if needs_root(name) and root is None:
        return None
    return scored_faces(scale, name)


def _measured(scores: BySeed, at_home: BySeed) -> tuple[Value, ...]:
    """The other set, and the own one over the same expressions."""
    shared = next((one.classes for one in scores.values()), None)
    home = Score.of(
        {seed: one.restricted(shared or one.classes).correct for seed, one in at_home.items()}
    )
    return (
        None if shared is None else len(shared),
        *ours(Score.of({seed: one.correct for seed, one in scores.items()})),
        None if home is None else 100 * home.mean,
    )


def _scored(results: Results, trained: str, method: str, faces: FaceSet | None) -> BySeed:
    if faces is None:
        return {}
    root = results.scale.root
    return {run.config.seed: score_faces(run, faces, root) for run in results.runs(trained, method)}


def _words(transfers: tuple[tuple[str, str], ...]) -> list[str]:
    tested = {name for _, name in transfers}
    said = []
    if TURNED in tested:
        said.append(
            f"`{TURNED}` are drawn faces of people unknown to training, like those of "
            f"`synthetic` but with every head turned {YAW:g}° further aside: a controlled "
            "difference between two drawn sets, which stands in for that between data sets."
        )
    if "synthetic" in tested:
        said.append("The faces of `synthetic` are drawn, not photographed.")
    return said


ITEMS = (CrossData(),)
