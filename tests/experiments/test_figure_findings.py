"""What the figures say follows from the numbers of the runs, recomputed slowly here."""

import math
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from figure_runs import (
    DATASET,
    labels_of,
    row,
    rows_of,
    write_history,
    write_predictions,
)
from finished_runs import CLASSES, finish, folder_scale
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_rel

from clfer.analysis.mcnemar import mcnemar_of
from clfer.experiments.difference import Difference, both, improved
from clfer.experiments.drawings.pair import balanced_rows
from clfer.experiments.printed.style import print_style
from clfer.experiments.registry import find_item
from clfer.experiments.reproduce import grid_of, produce
from clfer.experiments.scale import Scale, load_scale

FIGURES = ("fig1", "fig5", "fig6", "fig7", "fig8", "fig9", "fig10", "fig11", "fig12", "robustness")
OPEN = "open"
BASELINE, OURS = (DATASET, "baseline"), (DATASET, "ours")


@pytest.fixture
def scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scale:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    return folder_scale(tmp_path / "faces")


def claims_of(name: str, scale: Scale) -> list[dict[str, object]]:
    (table,) = (t for t in produce(find_item(name), scale).tables if t.name == f"{name}-claims")
    return rows_of(table)


@pytest.mark.parametrize("name", FIGURES)
def test_without_runs_nothing_is_claimed_and_all_are_named(scale: Scale, name: str) -> None:
    item = find_item(name)
    product = item.produce(_results(name, scale))
    (table,) = (t for t in product.tables if t.name == f"{name}-claims")
    assert table.rows
    assert set(table.column("holds")) == {OPEN}
    assert not product.figures
    for one in item.plan(scale):
        assert " ".join(one.key) in table.notes[-1]


def _results(name: str, scale: Scale):  # type: ignore[no-untyped-def]
    from clfer.experiments.results import Results

    return Results(scale, find_item(name).plan(scale), {})


@pytest.mark.parametrize("name", ["fig1", "fig5", "fig6", "fig9", "fig12", "robustness"])
def test_the_baseline_alone_is_not_judged(scale: Scale, name: str) -> None:
    item = find_item(name)
    write_history(item, scale, {BASELINE: [row(1), row(2)]})
    rng = np.random.default_rng(0)
    write_predictions(item, scale, lambda key, epoch: (rng.normal(size=(35, 7)), np.zeros((35, 2))))
    product = produce(item, scale)
    assert {r["holds"] for r in rows_of(product.tables[0])} == {OPEN}
    assert product.tables[0].notes[-1] == "Not finished: folder ours, seed 0."


def test_gradient_norms_over_training_and_at_the_same_loss(scale: Scale) -> None:
    losses = {BASELINE: (2.0, 1.0), OURS: (1.5, 0.9)}
    norms = {BASELINE: (0.4, 0.1), OURS: (0.6, 0.3)}
    histories = {
        key: [
            row(i + 1, valid_loss=loss, grad_cls_1=norm, grad_joint_1=2 * norm, grad_cls_2=norm,
                grad_joint_2=norm, grad_cls_4=10.0, group_grad_cls_1_1=3.0)
            for i, (loss, norm) in enumerate(zip(losses[key], norms[key], strict=True))
        ]
        for key in losses
    }  # fmt: skip
    write_history(find_item("fig5"), scale, histories)
    tables = {table.name: rows_of(table) for table in produce(find_item("fig5"), scale).tables}
    first = tables["fig5"][0]
    factor = math.sqrt(0.6 / 0.4 * 0.3 / 0.1)
    # Only the loss 1.5 lies within those of the baseline, whose norm there is √(0.4·0.1).
    assert first["factor"] == pytest.approx(factor)
    assert first["factor at the same loss"] == pytest.approx(0.6 / math.sqrt(0.04))
    assert (first["epochs"], first["epochs larger"], first["epochs at the same loss"]) == (2, 2, 1)
    enlarged, different = tables["fig5-claims"]
    assert enlarged["holds"] == "yes"
    assert f"× {factor:.2f}" in str(enlarged["measured here"])
    # The groups differ threefold at block 1, not at block 2.
    assert different["holds"] == "no"
    assert "block 1: × 3.00; block 2: × 1.00" in str(different["measured here"])
    attenuated = claims_of("fig5", scale)[0]
    assert attenuated["seeds"] == 1


def test_smaller_norms_are_not_called_enlarged(scale: Scale) -> None:
    write_history(
        find_item("fig5"),
        scale,
        {BASELINE: [row(1, grad_cls_2=5.0), row(2)], OURS: [row(1, grad_cls_1=9.0), row(2)]},
    )
    assert claims_of("fig5", scale)[0]["holds"] == "no"


def test_losses_early_and_late(scale: Scale) -> None:
    epochs = 40  # the first 15 % are 6 epochs, the first 5 % are 2
    train = [1.0] * epochs, [1.02] * 6 + [1.0] * 34
    valid = [1.0] * epochs, [1.3, 1.2] + [0.9] * 38
    write_history(
        find_item("fig12"),
        scale,
        {
            key: [row(i + 1, loss_cls=train[at][i], valid_loss=valid[at][i]) for i in range(epochs)]
            for at, key in enumerate((BASELINE, OURS))
        },
    )
    training, validation = claims_of("fig12", scale)
    assert (training["holds"], validation["holds"]) == ("yes", "yes")
    assert "+0.2500 in the first 2 epochs" in str(validation["measured here"])
    assert "−0.1000 later" in str(validation["measured here"])
    assert f"{100 * (fmean(train[1]) - 1):+.1f} %" in str(training["measured here"])


def test_losses_the_other_way_round_do_not_hold(scale: Scale) -> None:
    histories = {BASELINE: [row(1), row(2)], OURS: [row(1, valid_loss=0.5), row(2, loss_cls=0.5)]}
    write_history(find_item("fig12"), scale, histories)
    assert [r["holds"] for r in claims_of("fig12", scale)] == ["no", "no"]


def test_one_epoch_has_no_late_loss(scale: Scale) -> None:
    write_history(find_item("fig12"), scale, {BASELINE: [row(1)], OURS: [row(1)]})
    assert [r["holds"] for r in claims_of("fig12", scale)] == [OPEN, OPEN]


def test_recalls_and_their_difference(scale: Scale) -> None:
    item = find_item("fig6")
    done = finish(item, scale)
    product = produce(item, scale)
    tables = {table.name: rows_of(table) for table in product.tables}
    for found in tables["fig6-recalls"]:
        c = CLASSES.index(str(found["expression"]))
        key = (DATASET, str(found["method"]))
        mine = [right for right, label in zip(done.right(key), done.labels, strict=True)
                if label == c]  # fmt: skip
        assert found["ours"] == pytest.approx(100 * sum(mine) / len(mine))
        assert found["n"] == len(mine) == 5
    higher = sum(
        b["ours"] > a["ours"]  # type: ignore[operator]
        for a, b in zip(tables["fig6-recalls"][::2], tables["fig6-recalls"][1::2], strict=True)
    )
    most, raised = tables["fig6-claims"]
    assert f"higher recall on {higher} of 7 expressions" in str(most["measured here"])
    for name in ("neutral", "sadness"):
        a, b = (r for r in tables["fig6-recalls"] if r["expression"] == name)
        assert f"{name} {a['ours']:.1f} % → {b['ours']:.1f} %" in str(raised["measured here"])
    with print_style():
        difference = product.figures[0].draw().axes[2]
    numbers = [float(text.get_text().replace("−", "-")) for text in difference.texts]
    assert len(numbers) == 49
    assert sum(numbers) == pytest.approx(0, abs=1e-9)  # five faces a row: multiples of 20 points
    diagonal = [b["ours"] - a["ours"]  # type: ignore[operator]
                for a, b in zip(tables["fig6-recalls"][::2], tables["fig6-recalls"][1::2],
                                strict=True)]  # fmt: skip
    assert numbers[::8] == pytest.approx(diagonal)


@pytest.mark.parametrize(("better", "holds"), [("ours", "yes"), ("baseline", "no")])
def test_a_method_that_is_always_right_holds(scale: Scale, better: str, holds: str) -> None:
    item = find_item("fig6")
    write_history(item, scale, {BASELINE: [row(1)], OURS: [row(1)]})
    labels = labels_of(scale)

    def predict(key, epoch):  # type: ignore[no-untyped-def]
        shift = 0 if key[-1] == better else 1
        return 9.0 * np.eye(7)[(labels + shift) % 7], np.zeros((35, 2))

    write_predictions(item, scale, predict)
    most, raised = claims_of("fig6", scale)
    # Five faces of an expression are too few for McNemar's test at 5 %.
    assert 2 * 0.5**5 > 0.05
    assert (most["holds"], raised["holds"]) == (holds, OPEN)


def test_two_methods_at_chance_prove_nothing(scale: Scale) -> None:
    item = find_item("fig6")
    write_history(item, scale, {BASELINE: [row(1)], OURS: [row(1)]})
    write_predictions(
        item,
        scale,
        lambda key, epoch: (
            np.tile(np.eye(7)[0 if key == BASELINE else 1], (35, 1)), np.zeros((35, 2))
        ),
    )  # fmt: skip
    for found in claims_of("fig6", scale):
        assert found["holds"] == OPEN
        assert str(found["measured here"]).endswith("no better than chance")


def test_clusters_share_the_run_of_ours_and_follow_the_accuracies(scale: Scale) -> None:
    item = find_item("fig8")
    done = finish(item, scale)
    shared = {key for (key, _), folder in done.folders.items()
              if folder == done.folders[(DATASET, "clfm", "4"), 0]}  # fmt: skip
    assert shared == {(DATASET, "clfm", "4"), (DATASET, "clbs", "7")}
    tables = {table.name: rows_of(table) for table in produce(item, scale).tables}
    for found in tables["fig8"]:
        key = (DATASET, str(found["module"]).lower(), str(found["clusters K"]))
        last = [k for k in done.logits if done.folders[k] == done.folders[key, 0]][-1]
        assert found["ours"] == pytest.approx(done.accuracy(last[0]))
    accuracies = {int(r["clusters K"]): r["ours"] for r in tables["fig8"]  # type: ignore[call-overload]
                  if r["module"] == "CLFM"}  # fmt: skip
    rival = max((2, 8), key=lambda k: accuracies[k])
    text = str(tables["fig8-claims"][0]["measured here"])
    assert f"K = 4: {accuracies[4]:.1f} %" in text
    assert f"highest of the others K = {rival}: {accuracies[rival]:.1f} %" in text
    marked = [(r["module"], r["clusters K"]) for r in tables["fig8"] if r["highest in the paper"]]
    assert marked == [("CLFM", 4), ("CLBS", 7)]


@pytest.mark.parametrize(("right", "holds"), [("4", "yes"), ("8", "no")])
def test_the_best_number_of_clusters_decides(scale: Scale, right: str, holds: str) -> None:
    item = find_item("fig8")
    write_history(item, scale, {one.key: [row(1)] for one in item.plan(scale)
                                if one.key[1:] != ("clbs", "7")})  # fmt: skip
    labels = labels_of(scale)

    def predict(key, epoch):  # type: ignore[no-untyped-def]
        # The run of CLBS at its default is that of CLFM with 4.
        own = "4" if key[1:] == ("clbs", "7") else key[-1]
        shift = 0 if own == right else 1
        return 9.0 * np.eye(7)[(labels + shift) % 7], np.zeros((35, 2))

    write_predictions(item, scale, predict)
    assert claims_of("fig8", scale)[0]["holds"] == holds


def test_silhouettes_of_every_epoch(scale: Scale) -> None:
    item = find_item("fig9")
    write_history(item, scale, {BASELINE: [row(1), row(2)], OURS: [row(1), row(2)]})
    labels = labels_of(scale)
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(35, 7))

    def predict(key, epoch):  # type: ignore[no-untyped-def]
        apart = 20.0 if key == OURS and epoch == 2 else 0.0
        found = np.float32(np.float16(noise + apart * np.eye(7)[labels]))
        return 9.0 * np.eye(7)[labels], found

    write_predictions(item, scale, predict, epochs=2)
    tables = {table.name: rows_of(table) for table in produce(item, scale).tables}
    for found in tables["fig9-silhouettes"]:
        _, points = predict((DATASET, found["method"]), found["epoch"])
        slow = [slow_silhouette(points, labels, i) for i in range(35)]
        assert found["silhouette"] == pytest.approx(fmean(slow), abs=1e-5)
        neutral = [value for value, label in zip(slow, labels, strict=True) if label == 0]
        assert found["silhouette of neutral"] == pytest.approx(fmean(neutral), abs=1e-5)
    assert tables["fig9-silhouettes"][-1]["nearer to another centre"] == 0
    assert [r["holds"] for r in tables["fig9-claims"]] == ["yes"] * 3


def slow_silhouette(points: np.ndarray, labels: np.ndarray, i: int) -> float:
    """Rousseeuw's silhouette of one point."""
    distance = [math.dist(points[i], other) for other in points]
    means = {
        c: fmean(distance[j] for j in range(len(points)) if labels[j] == c and j != i)
        for c in set(labels.tolist())
    }
    own = means.pop(int(labels[i]))
    other = min(means.values())
    return (other - own) / max(own, other)


def test_removed_expressions_share_the_runs_of_table_three() -> None:
    scale = load_scale("smoke")
    known = {run.identity for run in grid_of([find_item("table3")], scale).runs}
    assert {run.identity for run in grid_of([find_item("fig7")], scale).runs} <= known


def test_figures_need_few_runs_beyond_those_of_the_tables() -> None:
    scale = load_scale("smoke")
    tables = {run.identity for run in grid_of(
        [find_item(f"table{n}") for n in range(2, 9)], scale).runs}  # fmt: skip
    figures = {run.identity for run in grid_of([find_item(n) for n in FIGURES], scale).runs}
    assert len(figures - tables) <= 5


@settings(max_examples=30)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=30), st.integers(0, 99))
def test_intervals_are_those_of_the_paired_t_test(values: list[float], seed: int) -> None:
    a = np.random.default_rng(seed).normal(size=len(values))
    found = Difference.of(np.array(values) - a)
    expected = ttest_rel(values, a).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    holds = None if expected.low <= 0 <= expected.high else bool(expected.low > 0)
    assert found.positive is holds


def test_unknown_faces_do_not_count() -> None:
    assert Difference.of(np.array([1.0, np.nan])) is None
    assert Difference.of(np.array([1.0, np.nan, 2.0, 3.0])) == Difference.of(np.arange(1.0, 4.0))


def test_statements_join() -> None:
    assert both([True, True]) is True
    assert both([True, None]) is None
    assert both([None, False]) is False
    assert both([]) is None


@settings(max_examples=30)
@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 99))
def test_an_improvement_is_one_of_mcnemars_test(a: list[bool], seed: int) -> None:
    b = np.random.default_rng(seed).random(len(a)) < 0.7
    test = mcnemar_of(np.array(a), b)
    fixed, broken = int((~np.array(a) & b).sum()), int((np.array(a) & ~b).sum())
    p = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert improved(test) is (None if p >= 0.05 else fixed > broken)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 60))
def test_a_sample_is_as_even_as_the_faces_allow(labels: list[int], count: int) -> None:
    chosen = balanced_rows(np.array(labels), count)
    assert len(chosen) == len(set(chosen.tolist())) == min(count, len(labels))
    assert chosen.tolist() == sorted(chosen.tolist())
    taken = {c: sum(labels[i] == c for i in chosen) for c in set(labels)}
    for c, number in taken.items():
        if number < labels.count(c):  # a class that is not used up is not behind any other
            assert number >= max(taken.values()) - 1
