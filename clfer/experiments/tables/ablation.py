"""Table IV: the eight combinations of MSR, CLFM and CLBS."""

from clfer.analysis.mcnemar import McNemar, holm
from clfer.experiments.columns import GAIN, GAIN_NOTE, OURS, gain, ours, paper_column, readable
from clfer.experiments.findings import Finding, findings_table
from clfer.experiments.gains import GAINS_NOTE, all_gain, correct, gain_over
from clfer.experiments.item import Item, Key, Planned, Product, planned
from clfer.experiments.pairs import paired
from clfer.experiments.paper import ClaimedItem, Setting, paper_table
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable, Value
from clfer.experiments.variants import parts

DATASETS = ("rafdb", "affectnet7", "ferplus")
PARTS = ("MSR", "CLFM", "CLBS")

COLUMNS = (Column("data"), *map(Column, PARTS), *map(paper_column, DATASETS), *OURS)
TESTS = (Column("data"), *map(Column, PARTS), *GAIN, Column("p (Holm)"))


class Ablation(Item):
    """Table IV."""

    name: ClaimedItem = "table4"
    where = "Table IV"
    title = "Ablation of the three modules"

    def plan(self, scale: Scale) -> list[Planned]:
        """Every combination on every data set."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for setting in paper_table("table4").settings
            for msr, clfm, clbs in [map(bool, setting)]
            for run in planned(scale, dataset, _key(setting), parts(msr=msr, clfm=clfm, clbs=clbs))
        ]

    def produce(self, results: Results) -> Product:
        """A row per data set and combination, and its test against the baseline."""
        datasets = results.scale.datasets(DATASETS)
        rows = tuple(row for dataset in datasets for row in _rows(results, dataset))
        tests = tuple(row for dataset in datasets for row in _tests(results, dataset))
        findings = {dataset: _findings(results, dataset) for dataset in datasets}
        notes = (
            GAIN_NOTE,
            "p (Holm) is adjusted for the number of comparisons on a data set.",
        )
        said = protocol(results, "RAF-DB, AffectNet and FERPlus, ResNet-18, one number each.")
        tested = "Every combination against the baseline on the same faces"
        return Product(
            (
                ResultTable(self.name, self.title, COLUMNS, rows),
                ResultTable(f"{self.name}-mcnemar", tested, TESTS, tests, notes),
                findings_table(self.name, findings, results, GAINS_NOTE),
            ),
            protocol=said,
        )


def _rows(results: Results, dataset: str) -> list[tuple[Value, ...]]:
    paper = paper_table("table4")
    return [
        (
            dataset,
            *_marks(setting),
            *(paper.find(*setting, of=of) for of in DATASETS),
            *ours(results.score(dataset, *_key(setting))),
        )
        for setting in paper.settings
    ]


def _tests(results: Results, dataset: str) -> list[tuple[Value, ...]]:
    tests = _against_baseline(results, dataset)
    adjusted = dict(zip(tests, holm([test.p_value for test in tests.values()]), strict=True))
    return [
        (dataset, *_marks(setting), *gain(tests.get(setting)), readable(adjusted.get(setting)))
        for setting in paper_table("table4").settings[1:]
    ]


def _findings(results: Results, dataset: str) -> list[Finding]:
    """Each part over the baseline, and all three over every other combination."""
    names = [_key(setting)[0] for setting in paper_table("table4").settings]
    right = {name: correct(results, dataset, name) for name in names}
    keys = [(dataset, name) for name in names]
    each = [
        gain_over(f"{part} over the baseline", right["baseline"], right[part]) for part in PARTS
    ]
    *others, whole = names
    best = [gain_over(f"over {name}", right[name], right[whole]) for name in others]
    return [all_gain(each, results, *keys), all_gain(best, results, *keys, least=True)]


def _marks(setting: tuple[Setting, ...]) -> list[str]:
    return ["✓" if on else "×" for on in setting]


def _against_baseline(results: Results, dataset: str) -> dict[tuple[Setting, ...], McNemar]:
    first, *others = paper_table("table4").settings
    baseline = results.by_seed(dataset, *_key(first))
    found = {
        setting: paired(baseline, results.by_seed(dataset, *_key(setting))) for setting in others
    }
    return {setting: pairs.pooled for setting, pairs in found.items() if pairs is not None}


def _key(setting: tuple[Setting, ...]) -> Key:
    on = [name for name, chosen in zip(PARTS, setting, strict=True) if chosen]
    return ("+".join(on) or "baseline",)


ITEMS = (Ablation(),)
