"""Histories of trainings: read, grouped by configuration, averaged over seeds, compared."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.analysis.curves import NEEDED, Curve, checkpoint_curve, find_runs, run_curve
from clfer.analysis.histories import compared, over_seeds
from clfer.analysis.shallow_gain import shallow_gain, snapped
from clfer.config import ClbsConfig, ClfmConfig, Config, DataConfig, ModelConfig, dump_config
from clfer.errors import ConfigError, DataError
from clfer.models.card import read_card

BASELINE = Config(
    model=ModelConfig(msr=False), clfm=ClfmConfig(enabled=False), clbs=ClbsConfig(enabled=False)
)
OURS = Config()
T_975 = {4: 3.182446, 5: 2.776445}
"""Student's quantile at 0.975 for so many trainings, from a table."""


def _table(seed: int, epochs: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {name: rng.uniform(0.01, 1, epochs) for name in NEEDED}
    columns["epoch"] = np.arange(1, epochs + 1)
    columns["side"] = np.where(columns["epoch"] < 3, 64, 96)
    return pd.DataFrame(columns)


def _write_run(folder: Path, config: Config, table: pd.DataFrame) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(dump_config(config))
    lines = [json.dumps(row) + "\n" for row in table.to_dict("records")]
    (folder / "metrics.jsonl").write_text("".join(lines))
    return folder


def _seeds(folder: Path, config: Config, seeds: list[int], epochs: int = 4) -> list[Curve]:
    found = []
    for seed in seeds:
        own = config.model_copy(update={"seed": seed})
        name = f"{config.method}-{seed}"
        found.append(run_curve(_write_run(folder / name, own, _table(seed, epochs)), name))
    return found


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_mean_and_band_are_those_of_a_slow_loop(tmp_path: Path, count: int) -> None:
    history = over_seeds("A", _seeds(tmp_path, BASELINE, list(range(count))))
    tables = [_table(seed) for seed in range(count)]
    for column in ("grad_cls_1", "valid_loss", "rms_joint_3"):
        for row, epoch in enumerate(range(1, 5)):
            values = [float(table[column][row]) for table in tables]
            mean = math.fsum(values) / count
            low, high = min(values), max(values)
            if count >= 4:
                spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (count - 1))
                half = T_975[count] * spread / math.sqrt(count)
                low, high = mean - half, mean + half
            found = [part[column][epoch] for part in (history.mean, history.low, history.high)]
            assert found == pytest.approx([mean, low, high], abs=1e-6)
    assert history.band == ("none" if count == 1 else "range" if count < 4 else "interval")
    assert history.count == count


def test_the_ratio_is_shallow_over_deep_of_each_training_before_the_mean(tmp_path: Path) -> None:
    history = over_seeds("A", _seeds(tmp_path, BASELINE, [0, 1]))
    for epoch in range(1, 5):
        first, both = [], []
        for seed in (0, 1):
            row = _table(seed).iloc[epoch - 1]
            first.append(row["grad_joint_1"] / row["grad_joint_4"])
            both.append((row["grad_joint_1"] + row["grad_joint_2"]) / 2 / row["grad_joint_4"])
        assert history.mean["ratio_grad_joint_1"][epoch] == pytest.approx(np.mean(first))
        assert history.mean["ratio_grad_joint_12"][epoch] == pytest.approx(np.mean(both))


def test_a_deep_block_without_gradient_has_no_ratio(tmp_path: Path) -> None:
    table = _table(0).assign(grad_cls_4=[0.0, 1.0, 1.0, 1.0])
    curve = run_curve(_write_run(tmp_path / "run", BASELINE, table), "run")
    assert list(curve.rows["ratio_grad_cls_1"].isna()) == [True, False, False, False]


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> list[Curve]:
    """A baseline, three more seeds of it, and two seeds of ours."""
    folder = tmp_path_factory.mktemp("runs")
    return _seeds(folder, BASELINE, [0, 1, 2, 3]) + _seeds(folder, OURS, [4, 5])


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(1, 6)))
def test_the_order_of_the_trainings_does_not_matter(several: list[Curve], order: list[int]) -> None:
    expected = compared(several[0], None, several[1:])
    found = compared(several[0], None, [several[i] for i in order])
    assert [h.count for h in expected] == [4, 2]
    assert [h.names for h in found] == [h.names for h in expected]
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one.mean, other.mean)
        pd.testing.assert_frame_equal(one.high, other.high)


def test_no_history_mixes_two_configurations(tmp_path: Path) -> None:
    msr = OURS.model_copy(update={"clbs": ClbsConfig(enabled=False)})
    weaker = OURS.model_copy(update={"clfm": ClfmConfig(clusters=6)})
    more = [
        curve
        for i, config in enumerate((BASELINE, OURS, msr, weaker))
        for curve in _seeds(tmp_path / str(i), config, [1, 2])
    ]
    a, b = (_seeds(tmp_path / "own", config, [0])[0] for config in (BASELINE, OURS))
    histories = compared(a, b, more)
    assert [(h.letter, h.method, h.count) for h in histories] == [
        ("A", "baseline", 3),
        ("B", "MSR+CLFM+CLBS", 3),
        ("C", "MSR+CLFM", 2),
        ("D", "MSR+CLFM+CLBS", 2),
    ]
    with pytest.raises(ValueError, match="one configuration"):
        over_seeds("A", [a, b])


def test_the_place_of_the_faces_is_no_part_of_the_configuration(tmp_path: Path) -> None:
    here = BASELINE.model_copy(update={"data": DataConfig(root="/here")})
    a = _seeds(tmp_path, BASELINE, [0])[0]
    other = _seeds(tmp_path / "other", here, [1])[0]
    assert [h.count for h in compared(a, None, [other])] == [2]


def test_a_run_and_the_checkpoint_published_from_it_count_once(tmp_path: Path) -> None:
    a = _seeds(tmp_path, BASELINE, [0])[0]
    twin = Curve("published", a.config, a.rows.copy())
    assert [h.count for h in compared(a, None, [twin])] == [1]


def test_two_seeds_of_one_training_stay_apart_as_a_and_b(tmp_path: Path) -> None:
    a, b, c = _seeds(tmp_path, BASELINE, [0, 1, 2])
    found = compared(a, b, [c, Curve("again", b.config, b.rows)])
    assert [(h.letter, h.names) for h in found] == [
        ("A", (a.name,)),
        ("B", (b.name,)),
        ("C", (c.name,)),
    ]


def test_a_band_covers_the_epochs_that_every_training_has_finished(tmp_path: Path) -> None:
    long, short = _seeds(tmp_path, BASELINE, [0]), _seeds(tmp_path / "s", BASELINE, [1], epochs=2)
    history = over_seeds("A", long + short)
    assert list(history.epochs) == [1, 2]
    assert history.phases == ((1, 64),)
    assert over_seeds("A", long).phases == ((1, 64), (3, 96))


def test_a_baseline_has_no_attention(tmp_path: Path) -> None:
    assert not over_seeds("A", _seeds(tmp_path, BASELINE, [0])).has("attention_1")
    assert over_seeds("B", _seeds(tmp_path, OURS, [0])).has("attention_1")


def test_a_line_that_is_still_being_written_is_left_out(tmp_path: Path) -> None:
    run = _write_run(tmp_path / "run", BASELINE, _table(0))
    path = run / "metrics.jsonl"
    path.write_text(path.read_text()[:-20])
    assert list(run_curve(run, "run").rows.index) == [1, 2, 3]


def test_an_epoch_that_was_measured_twice_counts_once(tmp_path: Path) -> None:
    again = _table(9).iloc[[3]]
    run = _write_run(tmp_path / "run", BASELINE, pd.concat([_table(0), again]))
    rows = run_curve(run, "run").rows
    assert list(rows.index) == [1, 2, 3, 4]
    assert rows["valid_loss"][4] == pytest.approx(float(again["valid_loss"].iloc[0]))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no finished epoch"),
        ("{nonsense\n", "line 1 is not valid JSON"),
        ("[1, 2]\n", "line 1 is not a JSON object"),
        ('{"epoch": 1}\n', "lacks the column 'side'"),
    ],
)
def test_damaged_metrics_are_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    run = _write_run(tmp_path / "run", BASELINE, _table(0))
    (run / "metrics.jsonl").write_text(content)
    with pytest.raises(DataError, match=r"metrics\.jsonl") as caught:
        run_curve(run, "run")
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_folder_without_a_configuration_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no run"):
        run_curve(tmp_path, "run")


def test_runs_are_found_below_the_folder_of_runs(tmp_path: Path) -> None:
    _write_run(tmp_path / "alone", BASELINE, _table(0))
    _write_run(tmp_path / "table4" / "seed-1", OURS, _table(1))
    (_write_run(tmp_path / "unfinished", OURS, _table(1)) / "metrics.jsonl").write_text("")
    assert list(find_runs(tmp_path)) == ["alone", "table4/seed-1"]
    assert find_runs(tmp_path / "nowhere") == {}


def test_a_shipped_checkpoint_has_its_history_and_another_may_have_none(
    repository: Path, tmp_path: Path
) -> None:
    folder = repository / "checkpoints" / "ferplus-ours"
    card = read_card(folder)
    curve = checkpoint_curve(folder, card)
    assert curve is not None
    stored = pd.read_parquet(folder / "history.parquet")
    np.testing.assert_allclose(curve.rows["grad_cls_2"], stored["grad_cls_2"])
    assert checkpoint_curve(tmp_path, card) is None
    (tmp_path / "history.parquet").write_bytes(b"nonsense")
    with pytest.raises(DataError, match=r"history\.parquet is not a readable Parquet table"):
        checkpoint_curve(tmp_path, card)


def test_the_gain_is_the_geometric_mean_over_shared_epochs(tmp_path: Path) -> None:
    a = over_seeds("A", _seeds(tmp_path, BASELINE, [0]))
    b = over_seeds("B", _seeds(tmp_path, OURS, [1], epochs=3))
    gain = shallow_gain(a, b, "grad_cls")
    assert gain is not None
    assert gain.epochs == 3
    for j in range(4):
        product, larger = 1.0, 0
        for epoch in range(1, 4):
            one, other = (h.mean[f"grad_cls_{j + 1}"][epoch] for h in (a, b))
            product *= other / one
            larger += other > one
        assert gain.factor[j] == pytest.approx(product ** (1 / 3))
        assert gain.larger[j] == larger


def test_without_a_shared_epoch_there_is_no_gain(tmp_path: Path) -> None:
    a = over_seeds("A", _seeds(tmp_path, BASELINE, [0]))
    b = over_seeds("B", _seeds(tmp_path, OURS, [1]))
    b.mean.index += 10
    assert shallow_gain(a, b, "grad_cls") is None


@given(epoch=st.integers(1, 60), kept=st.sets(st.integers(1, 60), min_size=1))
def test_an_epoch_snaps_to_the_nearest_kept_one(epoch: int, kept: set[int]) -> None:
    found = snapped(epoch, kept)
    assert found in kept
    for other in kept:
        assert (abs(other - epoch), other) >= (abs(found - epoch), found)
