"""Which runs the tables need, in what these differ, and what the paper has beside them."""

import pytest

from clfer.experiments.item import Item
from clfer.experiments.paper import paper_table
from clfer.experiments.registry import find_item, find_items
from clfer.experiments.reproduce import differences, grid_of, produce
from clfer.experiments.scale import load_scale, scale_names
from clfer.experiments.table import ResultTable
from clfer.expressions import FIXED_CLASSES
from clfer.runs.launch import config_hash

PARTS = {"model.msr", "clfm.enabled", "clbs.enabled"}
OPTIONS = ("clustering", "contrast", "pairs")
TABLES = ("table1", "table2", "table3", "table4", "table5", "table6", "table7", "table8")


def keys_of(item: Item, preset: str) -> tuple[int, set[str]]:
    """Number of runs, and the keys in which they differ."""
    found = differences(grid_of([item], load_scale(preset)))
    return len(found), {said.partition("=")[0] for _, settings in found for said in settings}


@pytest.mark.parametrize(
    ("name", "runs", "keys"),
    [
        ("table1", 0, set()),
        (
            "table2",
            2 * 6,
            {"data.name", "data.labelled", "data.unlabelled", "simsiam.enabled"} | PARTS,
        ),
        ("table3", 3 * 7 * 3, {"data.reduce", "data.keep", "scn.enabled"} | PARTS),
        ("table4", 3 * 8, {"data.name"} | PARTS),
        ("table5", 12, {"clfm.alpha", "clbs.beta"}),
        ("table6", 2 * 3, {"data.name", "clbs.centres"} | PARTS),
        ("table7", 4 * 2, {"data.name"} | PARTS),
        ("table8", 4 * 2 * 10, {"data.name", "seed"} | PARTS),
        ("cross-data", 3 * 2, {"data.name"} | PARTS),
        (
            "methods",
            2 * 6,
            {"data.name", "augment.erase"}
            | {f"{name}.enabled" for name in ("scn", "simsiam", "rul", "eac")}
            | PARTS,
        ),
        (
            "options",
            1 + 6,
            {f"{part}.{key}" for part in ("clfm", "clbs") for key in OPTIONS}
            | {"distil.enabled", "supervision.enabled"},
        ),
        (
            "literal",
            3,
            {"model.normalise_fusion", "clfm.stop_gradient", "clbs.stop_gradient"} | PARTS,
        ),
    ],
)
def test_the_runs_of_the_paper_differ_in_what_a_table_is_about(
    name: str, runs: int, keys: set[str]
) -> None:
    assert keys_of(find_item(name), "paper") == (runs, keys)


def test_the_runs_of_the_paper_have_its_protocol() -> None:
    items = [find_item(name) for name in TABLES]
    for run in grid_of(items, load_scale("paper")).runs:
        config = run.config
        assert (config.train.sizes, config.train.batch) == (((224, 100),), 64)
        assert (config.model.init, config.data.count) == ("imagenet", None)
        assert len(FIXED_CLASSES[config.data.name]) == (8 if config.data.name == "ferplus" else 7)


def test_what_two_tables_need_is_run_once() -> None:
    scale = load_scale("smoke")
    combinations, centres, seeds = map(find_item, ("table4", "table6", "table8"))
    alone = len(grid_of([combinations], scale).runs)
    assert len(grid_of([combinations, centres], scale).runs) == alone + 1
    assert len(grid_of([combinations, seeds], scale).runs) == alone + 2
    labels = find_item("table2")
    assert len(grid_of([combinations, labels], scale).runs) == alone + 4
    weights = find_item("table5")
    assert len(grid_of([combinations, weights], scale).runs) == alone + 11
    options = find_item("options")
    assert len(grid_of([combinations, options], scale).runs) == alone + 6
    for name in ("table7", "cross-data"):
        assert len(grid_of([combinations, find_item(name)], scale).runs) == alone


def test_preset_paper_is_the_literal_reading_and_scratch_is_not() -> None:
    literal, methods = find_item("literal"), find_item("table7")
    for size, known in (("paper", {"baseline", "literal"}), ("scratch", {"baseline", "ours"})):
        scale = load_scale(size)
        found = {run.identity for run in grid_of([methods], scale).runs}
        planned = {one.key[-1]: one.config for one in literal.plan(scale)}
        assert {name for name, config in planned.items() if config_hash(config) in found} == known


def test_an_item_may_differ_from_the_others_of_its_size() -> None:
    scale = load_scale("cpu", {"ferplus": "/nowhere"})
    for name in ("table3", "table4", "table6"):
        counts = {run.config.data.count for run in grid_of([find_item(name)], scale).runs}
        assert counts == {None if name == "table4" else 10_000}


def test_scn_relabels_before_a_short_training_ends() -> None:
    for preset in scale_names():
        runs = grid_of([find_item("table3")], load_scale(preset, {"ferplus": "/nowhere"})).runs
        on = [run.config for run in runs if run.config.scn.enabled]
        assert len(on) == len(runs) // 3
        assert all(config.scn.relabel_from <= config.train.epochs for config in on)
        untouched = {run.config.scn for run in runs if not run.config.scn.enabled}
        assert len(untouched) == 1


@pytest.fixture(scope="module")
def printed() -> dict[str, ResultTable]:
    """All tables at the size of the paper before a single run is done."""
    scale = load_scale("paper")
    items = [find_item(name) for name in (*TABLES[1:], "cross-data")]
    return {table.name: table for item in items for table in produce(item, scale).tables}


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("table2", {"rafdb": "paper, RAF-DB", "affectnet7": "paper, AffectNet"}),
        (
            "table4",
            {
                "rafdb": "paper, RAF-DB",
                "affectnet7": "paper, AffectNet",
                "ferplus": "paper, FERPlus",
            },
        ),
        ("table5", {"rafdb": "paper, RAF-DB"}),
        ("table6", {"rafdb": "paper, RAF-DB", "affectnet7": "paper, AffectNet"}),
    ],
)
def test_the_paper_stands_beside_every_setting(
    printed: dict[str, ResultTable], name: str, titles: dict[str, str]
) -> None:
    paper, table = paper_table(name), printed[name]
    for of, title in titles.items():
        expected = tuple(paper.value(*setting, of=of) for setting in paper.settings)
        values = table.column(title)
        for start in range(0, len(values), len(expected)):  # once for every data set
            assert values[start : start + len(expected)] == expected


def test_the_settings_of_the_weights_stand_in_their_rows(printed: dict[str, ResultTable]) -> None:
    rows = [row[1:7] for row in printed["table5"].rows]
    assert rows == [tuple(map(float, setting)) for setting in paper_table("table5").settings]


def test_the_removed_expressions_of_the_paper_belong_to_the_rule(
    printed: dict[str, ResultTable],
) -> None:
    table, paper = printed["table3-details"], paper_table("table3")
    spelled = {"baseline": "baseline", "SCN": "scn", "ours": "ours"}
    found = {}
    for row in table.rows:
        _, kept, expression, method, rule, value, *_ = row
        if value is not None:
            assert (rule == "yes") == (kept == 0)
            found[kept / 100, expression, spelled[method]] = value
    assert found == {
        (*setting, of): paper.value(*setting, of=of)
        for setting in paper.settings
        for of in paper.values
    }
    assert len(table.rows) == 2 * len(found)
    for _, kept, expression, rule, *values in printed["table3"].rows:
        expected = [found[kept / 100, expression, of] for of in paper.values]
        assert values[1::2] == [None] * 3
        assert values[::2] == (expected if (rule == "yes") == (kept == 0) else [None] * 3)


def test_the_means_of_the_paper_over_the_expressions(printed: dict[str, ResultTable]) -> None:
    rows = {row[1:4]: row[4] for row in printed["table3-means"].rows if row[4] is not None}
    # Sums of the seven printed values over seven.
    assert rows[0.0, "baseline", "yes"] == pytest.approx(552.41 / 7)
    assert rows[0.0, "ours", "yes"] == pytest.approx(621.95 / 7)
    assert rows[30.0, "SCN", "no"] == pytest.approx(599.82 / 7)


def test_the_rule_of_three_deviations_is_applied_to_the_paper(
    printed: dict[str, ResultTable],
) -> None:
    table = printed["table8"]
    ours = {row[0]: row for row in table.rows if row[1] == "ours, paper"}
    titles = [column.title for column in table.columns]
    limit, verdict = titles.index("ν - 3ρ"), titles.index("above the rival")
    paper = paper_table("table8")
    assert [row[titles.index("rival")] for row in ours.values()] == [
        *("FDRL", "FDRL", "RAN-VGG16", "DACL"),
    ]
    for name, row in ours.items():
        printed_values = (row[2], row[3], row[titles.index("rival's accuracy")])
        assert printed_values == tuple(paper.value(name, of=of) for of in paper.values)
    assert {name: row[verdict] for name, row in ours.items()} == {
        "rafdb": "yes",
        "sfew": "no",
        "ferplus": "yes",
        "affectnet7": "no",
    }
    assert ours["rafdb"][limit] == pytest.approx(91.986)
    assert ours["sfew"][limit] == pytest.approx(62.14)
    assert "SFEW and AffectNet" in table.notes[-1]


def test_published_methods_stand_first_and_newer_ones_apart(
    printed: dict[str, ResultTable],
) -> None:
    table, newer = printed["table7"], printed["table7-newer"]
    by_method = {row[0]: row for row in table.rows}
    assert by_method["ours, paper"][7:11] == (92.21, 62.82, 89.50, 65.29)
    assert by_method["gACNN"][6:11] == (2018, 85.07, None, None, 58.78)
    assert [row[0] for row in table.rows[-2:]] == ["baseline, here", "ours, here"]
    assert table.rows[-1][7:11] == (None,) * 4
    assert "QCS" in newer.column("method")
    assert "QCS" not in by_method
    for row in newer.rows:
        cited = str(row[-2]).split(", ")
        assert all(f"Source {number}: https://" in " ".join(newer.notes) for number in cited)


def test_all_items_together_stay_small_at_smoke_size() -> None:
    runs = grid_of(find_items("all"), load_scale("smoke")).runs
    assert len(runs) <= 52
    assert all(run.config.data.count == 70 and run.config.train.epochs == 1 for run in runs)
