"""What the tables make of finished runs, against counts face by face."""

import math
import shutil
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finished_runs import CLASSES, DATASET, Finished, finish, folder_scale
from scipy.stats import binomtest, ttest_rel

from clfer.analysis.outputs import Outputs
from clfer.analysis.paired_t import paired_t
from clfer.config import load_preset
from clfer.data.synthetic import describe_face
from clfer.experiments import turned_faces as turned
from clfer.experiments.registry import find_item
from clfer.experiments.reproduce import produce
from clfer.experiments.run_scores import predictions_file
from clfer.experiments.scale import Scale, load_scale
from clfer.experiments.table import ResultTable
from clfer.experiments.tables.complexity import METHODS
from clfer.methods.joint import JointObjective
from clfer.models.network import FerNetwork
from clfer.runs.record import open_run
from clfer.training.predictions import save_predictions


@pytest.fixture
def scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scale:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    return folder_scale(tmp_path / "faces")


def rows_of(table: ResultTable) -> list[dict[str, Any]]:
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, row, strict=True)) for row in table.rows]


def test_combinations_and_their_tests_against_the_baseline(scale: Scale) -> None:
    item = find_item("table4")
    done = finish(item, scale, lambda key: key[-1] != "MSR+CLFM")
    tables = done.tables(item)
    tests = {combination(row): row for row in rows_of(tables["table4-mcnemar"])}
    assert len(tests) == 7
    baseline = done.right((DATASET, "baseline"))
    raw = {}
    for row in rows_of(tables["table4"]):
        name = combination(row)
        if name == "MSR+CLFM":
            assert (row["ours"], row["n"], tests[name]["p"], tests[name]["gain"]) == (None,) * 4
            continue
        right = done.right((DATASET, name))
        assert row["ours"] == pytest.approx(done.accuracy((DATASET, name)))
        assert (row["n"], row["seeds"]) == (35, 1)
        if name == "baseline":
            continue
        test = tests[name]
        fixed = sum(b and not a for a, b in zip(baseline, right, strict=True))
        broken = sum(a and not b for a, b in zip(baseline, right, strict=True))
        assert (test["fixed"], test["broken"], test["pairs"]) == (fixed, broken, 35)
        assert test["gain"] == pytest.approx(100 * (sum(right) - sum(baseline)) / 35)
        raw[name] = binomtest(fixed, fixed + broken).pvalue
        assert test["p"] == pytest.approx(raw[name], rel=5e-3)
    # The smallest of six p values is multiplied by six.
    least = min(raw, key=lambda name: raw[name])
    assert tests[least]["p (Holm)"] == pytest.approx(min(1.0, 6 * raw[least]), rel=5e-3)


def combination(row: dict[str, Any]) -> str:
    return "+".join(p for p in ("MSR", "CLFM", "CLBS") if row[p] == "✓") or "baseline"


def test_two_seeds_are_pooled_face_by_face(scale: Scale) -> None:
    item = find_item("table4")
    done = finish(item, replace(scale, seeds=(0, 1)), lambda key: key[-1] in ("baseline", "CLBS"))
    shutil.rmtree(done.folders[(DATASET, "CLBS"), 1])
    tables = done.tables(item)
    rows = {combination(row): row for row in rows_of(tables["table4"])}
    tests = {combination(row): row for row in rows_of(tables["table4-mcnemar"])}
    key = (DATASET, "baseline")
    mean = (done.accuracy(key, 0) + done.accuracy(key, 1)) / 2
    assert rows["baseline"]["ours"] == pytest.approx(mean)
    assert (rows["baseline"]["seeds"], rows["CLBS"]["seeds"]) == (2, 1)
    assert tests["CLBS"]["pairs"] == 35


def test_a_thinned_out_expression_with_the_rule_and_without(scale: Scale) -> None:
    item = find_item("table3")
    done = finish(item, scale, lambda key: key[2:] != ("0.1", "scn"))
    tables = done.tables(item)
    spelled = {"baseline": "baseline", "SCN": "scn", "ours": "ours"}
    shown = {
        (kept, expression, rule): values
        for _, kept, expression, rule, *values in tables["table3"].rows
    }
    for row in rows_of(tables["table3-details"]):
        key = (DATASET, row["expression"], f"{row['kept'] / 100:g}", spelled[row["method"]])
        if (key, 0) not in done.logits:
            assert (row["ours"], row["recall"]) == (None, None)
            continue
        accuracy, recall, below = slow_rule(done, key, ruled=row["rule applied"] == "yes")
        assert row["ours"] == pytest.approx(accuracy)
        beside = shown[row["kept"], row["expression"], row["rule applied"]]
        assert beside[1 + 2 * list(spelled).index(row["method"])] == row["ours"]
        assert row["recall"] == pytest.approx(recall)
        assert row["below 0.25"] == pytest.approx(below)
        assert below > 0
    means = rows_of(tables["table3-means"])
    assert len(means) == 3 * 3 * 2
    assert [r["ours"] for r in means if (r["kept"], r["method"]) == (10, "SCN")] == [None, None]


def slow_rule(done: Finished, key: tuple[str, ...], *, ruled: bool) -> tuple[float, float, float]:
    """Accuracy, recall of the expression and share of unsure faces in per cent, face by face."""
    removed = CLASSES.index(key[1])
    right, found, shown, below = 0, 0, 0, 0
    for logits, label in zip(done.logits[key, 0], done.labels, strict=True):
        powers = [math.exp(float(value)) for value in logits]
        top = max(powers) / sum(powers)
        below += top < 0.25
        predicted = removed if ruled and top < 0.25 else powers.index(max(powers))
        right += predicted == label
        shown += label == removed
        found += predicted == label == removed
    n = len(done.labels)
    return 100 * right / n, 100 * found / shown, 100 * below / n


@pytest.mark.parametrize("name", ["table2", "table5", "table6"])
def test_every_row_has_the_accuracy_of_its_own_runs(scale: Scale, name: str) -> None:
    item = find_item(name)
    done = finish(item, scale)
    rows = rows_of(done.tables(item)[name])
    expected = [done.accuracy(one.key) for one in item.plan(scale)]
    assert [row["ours"] for row in rows] == pytest.approx(expected)
    assert len(set(expected)) > 1


def test_methods_are_compared_with_the_baseline(scale: Scale) -> None:
    item = find_item("methods")
    done = finish(item, scale)
    tables = done.tables(item)
    baseline, *others = rows_of(tables["methods"])
    assert baseline["ours"] == pytest.approx(done.accuracy((DATASET, "baseline")))
    assert [row["method"] for row in others] == ["SCN", "SimSiam", "RUL", "EAC", "ours"]
    tests = rows_of(tables["methods-mcnemar"])
    assert [test["method"] for test in tests] == [row["method"] for row in others]
    for row, test in zip(others, tests, strict=True):
        assert row["ours"] == pytest.approx(done.accuracy((DATASET, row["method"])))
        assert test["gain"] == pytest.approx(row["ours"] - baseline["ours"])


def test_both_readings_are_compared_with_the_baseline(scale: Scale) -> None:
    item = find_item("literal")
    done = finish(item, scale)
    tables = done.tables(item)
    baseline, *readings = rows_of(tables["literal"])
    assert [row["reading"] for row in readings] == ["literal", "ours"]
    for row, test in zip(readings, rows_of(tables["literal-mcnemar"]), strict=True):
        assert test["reading"] == row["reading"]
        assert row["ours"] == pytest.approx(done.accuracy((DATASET, row["reading"])))
        assert test["gain"] == pytest.approx(row["ours"] - baseline["ours"])


def test_options_are_compared_with_the_whole_method(scale: Scale) -> None:
    item = find_item("options")
    done = finish(item, scale, lambda key: key[-1] != "learned layer pairs")
    tables = done.tables(item)
    whole, *options = rows_of(tables["options"])
    right = done.right((DATASET, whole["option"]))
    assert whole["ours"] == pytest.approx(done.accuracy((DATASET, whole["option"])))
    tests = rows_of(tables["options-mcnemar"])
    assert [row["option"] for row in options] == [test["option"] for test in tests]
    assert len(options) == 6
    for row, test in zip(options, tests, strict=True):
        if row["option"] == "learned layer pairs":
            assert (row["ours"], row["n"], test["p"], test["gain"]) == (None,) * 4
            continue
        other = done.right((DATASET, row["option"]))
        assert row["ours"] == pytest.approx(100 * sum(other) / 35)
        pairs = list(zip(right, other, strict=True))
        found = [pairs.count(pair) for pair in ((False, True), (True, False))]
        assert [test["fixed"], test["broken"]] == found
        assert test["gain"] == pytest.approx(row["ours"] - whole["ours"])
        assert (row["n"], test["pairs"]) == (35, 35)
    assert not any("paper" in column.title for table in tables.values() for column in table.columns)
    assert "no values" in tables["options"].notes[0]


def test_a_share_of_the_labels_is_named_in_its_row(scale: Scale) -> None:
    rows = rows_of(finish(find_item("table2"), scale).tables(find_item("table2"))["table2"])
    assert [(r["method"], r["with label"], r["without label"]) for r in rows] == [
        ("baseline", 20, 0),
        ("ours", 20, 0),
        ("SimSiam", 20, 80),
        ("ours", 20, 80),
        ("baseline", 100, 0),
        ("ours", 100, 0),
    ]


def test_our_runs_join_the_published_methods(scale: Scale) -> None:
    item = find_item("table7")
    done = finish(item, scale, lambda key: key[-1] == "ours")
    table = done.tables(item)["table7"]
    rows = {row["method"]: row for row in rows_of(table)}
    assert rows["ours, here"][DATASET] == pytest.approx(done.accuracy((DATASET, "ours")))
    assert rows["baseline, here"][DATASET] is None
    assert rows["ours, here"]["RAF-DB"] is None
    assert "35 valid faces, 1 seed" in table.notes[-1]


def test_seeds_their_deviation_and_the_paired_tests(scale: Scale) -> None:
    item = find_item("table8")
    done = finish(item, scale)
    tables = done.tables(item)
    seeds = scale.many_seeds
    ours = [done.accuracy((DATASET, "ours"), seed) for seed in seeds]
    baseline = [done.accuracy((DATASET, "baseline"), seed) for seed in seeds]
    rows = rows_of(tables["table8"])
    assert [r["data"] for r in rows if r["method"] == "ours, paper"] == [
        *("rafdb", "sfew", "ferplus", "affectnet7"),
    ]
    row = next(r for r in rows if r["method"] == "ours, here")
    limit = statistics.mean(ours) - 3 * statistics.stdev(ours)
    assert row["mean ν"] == pytest.approx(statistics.mean(ours))
    assert row["deviation ρ"] == pytest.approx(statistics.stdev(ours))
    assert row["ν - 3ρ"] == pytest.approx(limit)
    above = "yes" if statistics.mean(baseline) < limit else "no"
    assert (row["above the rival"], row["above our baseline"]) == (None, above)
    (paired,) = rows_of(tables["table8-paired"])
    expected = ttest_rel(ours, baseline)
    assert paired["t"] == pytest.approx(expected.statistic)
    assert paired["p (t)"] == pytest.approx(expected.pvalue, rel=5e-3)
    low, high = expected.confidence_interval(0.95)
    assert (paired["gain low"], paired["gain high"]) == pytest.approx((low, high))
    pairs = [
        (a, b)
        for seed in seeds
        for a, b in zip(
            done.right((DATASET, "baseline"), seed),
            done.right((DATASET, "ours"), seed),
            strict=True,
        )
    ]
    fixed, broken = pairs.count((False, True)), pairs.count((True, False))
    assert (paired["fixed"], paired["broken"], paired["pairs"]) == (fixed, broken, 35 * len(seeds))
    assert paired["p (McNemar)"] == pytest.approx(binomtest(fixed, fixed + broken).pvalue, rel=5e-3)
    by_score = {row["score"]: row for row in rows_of(tables["table8-scores"])}
    for row in by_score.values():
        assert row["gain"] == pytest.approx(row["ours"] - row["baseline"])
        assert row["low"] <= row["gain"] <= row["high"]
        assert 0 < row["p"] <= 1
        assert (row["n"], row["seeds"]) == (35, len(seeds))
    # Five validation faces of each expression: here either weighs the expressions alike.
    for score in ("accuracy", "mean class accuracy"):
        assert by_score[score]["ours"] == pytest.approx(statistics.mean(ours))
        assert by_score[score]["baseline"] == pytest.approx(statistics.mean(baseline))


def test_differences_that_are_all_alike_have_no_t() -> None:
    assert paired_t([0.1, 0.1, 0.1 + 1e-17]).t is None
    assert paired_t([0.1]).interval is None
    assert paired_t([0.1, 0.3]).mean == pytest.approx(0.2)


def test_another_set_is_scored_over_the_shared_expressions(
    scale: Scale, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turned, "COUNT", 14)
    turned.turned_faces.cache_clear()
    item = find_item("cross-data")
    pairs = ((DATASET, turned.TURNED), (DATASET, "sfew"))
    done = finish(item, replace(scale, transfers=pairs))
    rng = np.random.default_rng(9)
    expected = {}
    for method in ("baseline", "ours"):
        logits = rng.normal(size=(14, len(CLASSES)))
        folder = done.folders[(DATASET, method), 0]
        path = predictions_file(open_run(folder), turned.turned_faces("valid"), 1)
        save_predictions(path, Outputs(logits, np.zeros((14, 2), np.float32)))
        hits = [row.tolist().index(max(row)) == i % 7 for i, row in enumerate(logits)]
        expected[method] = 100 * sum(hits) / 14
    tables = done.tables(item)
    turned.turned_faces.cache_clear()
    first, second, *absent = rows_of(tables["cross-data"])
    test, untested = rows_of(tables["cross-data-mcnemar"])
    assert [first["ours"], second["ours"]] == pytest.approx(list(expected.values()))
    assert (first["n"], first["expressions"], test["pairs"], untested["p"]) == (14, 7, 14, None)
    assert test["gain"] == pytest.approx(expected["ours"] - expected["baseline"])
    assert second["on its own set"] == pytest.approx(done.accuracy((DATASET, "ours")))
    assert [row["ours"] for row in absent] == [None, None]
    assert "No folder of sfew is given." in tables["cross-data"].notes


def test_every_turned_head_looks_further_aside_than_any_of_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turned, "COUNT", 14)
    turned.turned_faces.cache_clear()
    faces = turned.turned_faces("valid")
    turned.turned_faces.cache_clear()
    assert faces.factors is not None
    training = [describe_face("train", i) for i in range(2000)]
    assert faces.factors["yaw"].abs().min() > max(abs(face.pose.yaw) for face in training)
    people = {face.identity.identity for face in training}
    assert not people & set(faces.factors["identity"])
    assert np.bincount(faces.labels).tolist() == [2] * 7
    assert faces.images.shape == (14, 64, 64, 3)


def test_complexities_count_what_is_built() -> None:
    (table,) = produce(find_item("table1"), load_scale("smoke")).tables
    rows = {row["method"]: row for row in rows_of(table)}
    assert rows["EfficientFace"]["paper, parameters"] == 1.3
    assert rows["EfficientFace, LDG"]["paper, FLOPs"] == 4.11
    assert (rows["ours"]["paper, parameters"], rows["ours"]["paper, FLOPs"]) == (14.5, 2.01)
    assert rows["SimSiam"]["paper, parameters"] is None
    for name, changes in METHODS.items():
        settings = [f"{key}={str(value).lower()}" for key, value in changes.items()]
        config = load_preset("paper", settings)
        network = FerNetwork.of(config, 7)
        predicting = sum(p.numel() for p in network.parameters())
        heads = sum(p.numel() for p in JointObjective(config, 7).parameters())
        assert rows[name]["ours, inference parameters"] == pytest.approx(predicting / 1e6)
        assert rows[name]["ours, training parameters"] == pytest.approx((predicting + heads) / 1e6)
    # One pass of a ResNet-18 at 224 px; SimSiam needs two.
    assert rows["baseline"]["ours, training FLOPs"] == pytest.approx(1.82, abs=0.01)
    assert rows["SimSiam"]["ours, training FLOPs"] == pytest.approx(3.63, abs=0.02)
