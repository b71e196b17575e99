"""The estimate before a run: what the probe measures, and what is made of it."""

import time
from pathlib import Path

import numpy as np
import pytest

from clfer.config import Config, DataConfig, load_preset
from clfer.data.synthetic import load_synthetic
from clfer.errors import ConfigError, DataError
from clfer.training import probe as probing
from clfer.training.estimate import SPREAD, Estimate, spoken_memory, spoken_time
from clfer.training.face_counts import FaceCounts, count_faces
from clfer.training.probe import MOST, probe, probe_request

FACES = FaceCounts(train=100, valid=50, classes=7, face_bytes=1000, missing=0)


def _probe() -> dict[str, np.ndarray]:
    steps = np.full((2, MOST), np.nan)
    steps[0, :3] = 1.0, 2.0, 6.0
    steps[1, :3] = 8.0
    times = {"validate": 0.04, "intensity": 0.08, "references": 0.02, "draw": 0.5, "save": 1.5}
    memory = {"memory": np.array(10**9), "device_memory": np.array(0)}
    found = {name: np.array(value) for name, value in times.items()}
    return {"sides": np.array([64, 128]), "steps": steps, **found, **memory}


def test_the_estimate_adds_steps_and_what_follows_every_epoch() -> None:
    config = load_preset("smoke", ["train.sizes=[[64, 3], [128, 2]]", "train.batch=30"])
    found = Estimate.of(_probe(), config, FACES)
    passes = 50 * 0.04 + 50 * 0.08 + 100 * 0.02
    after = 3 * (passes / 4 + 1.5) + 2 * (passes + 1.5)
    assert found.seconds == pytest.approx(3 * (3 * 2.0 + 2 * 8.0) + after)
    assert found.low == pytest.approx(min(3 * (3 * 1.0 + 2 * 8.0) + after, 0.9 * found.seconds))
    assert found.high == pytest.approx(3 * (3 * 6.0 + 2 * 8.0) + after)
    assert found.memory == 10**9 + 150 * 1000
    assert "2 s at 64 px, 8 s at 128 px" in found.steps_in_words
    assert "From 6 training steps on random faces on this machine; " in found.source
    assert found.shortage(2 * 10**9) is None
    assert "smaller batch" in (found.shortage(10**8) or "")


def test_a_size_that_was_not_timed_follows_from_the_next_larger_one() -> None:
    config = load_preset("smoke", ["train.sizes=[[64, 3], [96, 1], [128, 2]]", "train.batch=30"])
    steps = np.full((3, MOST), np.nan)
    steps[2, :2] = 8.0, 16.0
    known = _probe() | {"sides": np.array([64, 96, 128]), "steps": steps}
    phases = Estimate.of(known, config, FACES).phases
    assert [phase.step for phase in phases] == pytest.approx([3.0, 6.75, 12.0])
    assert [phase.fastest for phase in phases] == pytest.approx([2.0, 4.5, 8.0])
    assert [phase.timed for phase in phases] == [0, 0, 2]
    assert "From 2 training steps" in Estimate.of(known, config, FACES).source
    assert "those at 64 px and 96 px by their pixels" in Estimate.of(known, config, FACES).source
    steps[1, 0] = 5.0
    phases = Estimate.of(known, config, FACES).phases
    assert [phase.step for phase in phases] == pytest.approx([5.0 / 2.25, 5.0, 12.0])


def test_faces_that_are_drawn_take_their_time_once() -> None:
    config = load_preset("smoke", ["train.sizes=[[128, 2]]"])
    drawn = FaceCounts(100, 50, 7, 1000, missing=120)
    longer = Estimate.of(_probe(), config, drawn).seconds
    assert longer - Estimate.of(_probe(), config, FACES).seconds == pytest.approx(120 * 0.5)


def test_equal_steps_still_leave_a_range() -> None:
    config = load_preset("smoke", ["train.sizes=[[128, 2]]"])
    found = Estimate.of(_probe(), config, FACES)
    assert found.low == pytest.approx((1 - SPREAD) * found.seconds)
    assert found.high == pytest.approx((1 + SPREAD) * found.seconds)


def test_a_batch_that_is_never_full_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"train\.batch = 128 is more than the 100"):
        FACES.steps(load_preset("quick", ["train.batch=128"]))


def test_a_batch_must_hold_a_face_for_every_cluster() -> None:
    few = ["train.batch=5"]
    with pytest.raises(ConfigError, match=r"train\.batch = 5 is fewer faces than the 7 clusters"):
        FACES.steps(load_preset("quick", few))
    assert FACES.steps(load_preset("quick", [*few, "clbs.clusters=5"])) == 20
    assert FACES.steps(load_preset("quick", [*few, "clbs.enabled=false"])) == 20


def test_the_probe_times_every_image_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clfer.training.probe.SECONDS", 1000.0)  # enough for a busy machine
    changes = ["train.sizes=[[96, 3], [64, 9]]", "train.batch=8", "model.fd=16"]
    request = probe_request(load_preset("quick", changes), 7, "cpu", "auto", 1)
    progress: list[tuple[int, int]] = []
    found = probe(request.arguments, lambda done, total: progress.append((done, total)))
    assert found["sides"].tolist() == [64, 96]
    timed = found["steps"]
    assert (timed[~np.isnan(timed)] > 0).all()
    assert (~np.isnan(timed)).any(axis=1).all()
    for name in ("validate", "intensity", "references", "draw", "save"):
        assert found[name] > 0
    assert 10**8 < found["memory"] < 10**10
    assert progress == sorted(progress)
    assert progress[0][0] == 0
    assert progress[-1][0] == progress[-1][1]


@pytest.mark.parametrize("step", [0.1, 1.0, 5.0, 30.0])
def test_however_slow_the_machine_the_steps_keep_to_their_time(
    monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """``step`` is the seconds of a step at 128 px, on a clock that only steps move."""
    now = [0.0]

    class Slow(probing._Rig):
        on_gpu = False

        def __init__(self) -> None:
            self.config = load_preset("scratch")

        def _step(self, config: Config, number: int) -> None:
            now[0] += step * (config.train.sizes[0][0] / 128) ** 2

    for clock in ("monotonic", "process_time"):
        monkeypatch.setattr(probing.time, clock, lambda: now[0])
    sides = [64, 96, 128]
    progress: list[int] = []
    pieces = probing._Pieces(lambda done, total: progress.append(done), 3 * (MOST + 1))
    found = probing._time_steps(Slow(), sides, pieces)
    assert now[0] <= probing.SECONDS + step
    assert found[2, 0] == pytest.approx(step)
    for row, side in zip(found, sides, strict=True):
        assert row[~np.isnan(row)] == pytest.approx(step * (side / 128) ** 2)
    assert np.isnan(found).all(axis=1).tolist() == [step > 2, step > 2, False]
    assert progress == sorted(progress)
    assert progress[-1] == 3 * (MOST + 1)


@pytest.mark.parametrize("threads", [1, 2])
def test_other_work_on_the_core_does_not_count_for_one_thread(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    class Idle(probing._Rig):
        on_gpu = False

        def __init__(self) -> None:
            pass

    def rest() -> None:
        time.sleep(0.2)

    monkeypatch.setattr(probing.torch, "get_num_threads", lambda: threads)
    found = Idle()._timed(rest)
    assert found < 0.1 if threads == 1 else found >= 0.2
    assert Idle()._timed(rest, waits=True) >= 0.2


def test_a_probe_serves_what_costs_the_same_and_nothing_else() -> None:
    def key(*changes: str) -> str:
        return probe_request(load_preset("scratch", changes), 8, "cpu", "32-true", None).key

    same = ["seed=3", "train.learning_rate=1", "train.sizes=[[128, 7], [64, 1]]"]
    assert key(*same, "data.root=/elsewhere", "model.init=imagenet") == key()
    for other in ("train.batch=32", "clfm.clusters=8", "model.msr=false", "train.sizes=[[64, 1]]"):
        assert key(other) != key()


def test_faces_are_counted_as_a_run_loads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path))
    assert count_faces(DataConfig(), 0).train == 4200
    few = count_faces(DataConfig(count=70), 0)
    assert (few.train, few.valid, few.classes) == (70, 700, 7)
    assert few.missing == 770
    load_synthetic("train", count=49)
    assert count_faces(DataConfig(count=70), 0).missing == 721
    assert count_faces(DataConfig(count=28), 0).missing == 700
    assert count_faces(DataConfig(count=28, valid_count=35), 0).valid == 35
    with pytest.raises(DataError, match="/nowhere"):
        count_faces(DataConfig(name="ferplus", root="/nowhere"), 0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (42.4, "42 s"),
        (190, "3.2 min"),
        (600, "10 min"),
        (3599, "60 min"),
        (5400, "1 h 30 min"),
        (200_000, "2 d 8 h"),
    ],
)
def test_times_are_said_in_the_units_that_matter(seconds: float, words: str) -> None:
    assert spoken_time(seconds) == words
    assert spoken_memory(3 * 2**29) == "1.5 GB"
