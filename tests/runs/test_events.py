"""TensorBoard event files hold every finished epoch once, where the package is installed."""

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from clfer.runs import events
from clfer.runs.events import event_writer
from clfer.training.progress import Progress


def row(epoch):
    return {"epoch": epoch, "valid_accuracy": epoch / 10, "loss_fm": float("nan"), "note": "text"}


def finished(epoch):
    return Progress(epoch, 9, 2, 2, 0.0, row(epoch))


def written(folder):
    found = EventAccumulator(str(folder / "tensorboard")).Reload()
    return {
        name: [(event.step, round(event.value, 6)) for event in found.Scalars(name)]
        for name in found.Tags()["scalars"]
    }


def test_a_killed_writer_and_a_repeated_epoch_leave_each_epoch_once(tmp_path):
    with event_writer(tmp_path, []) as write:
        write(Progress(1, 9, 1, 2, 0.0))  # a step
        for epoch in (1, 2, 3):
            write(finished(epoch))
        expected = [(1, 0.1), (2, 0.2), (3, 0.3)]
        assert written(tmp_path)["valid_accuracy"] == expected  # while the run goes on
    # Killed and resumed after epoch 2: the third is trained again.
    with event_writer(tmp_path, [row(1), row(2)]) as write:
        assert written(tmp_path)["valid_accuracy"] == expected[:2]
        write(finished(3))
    assert written(tmp_path) == {"valid_accuracy": expected, "epoch": [(n, n) for n in (1, 2, 3)]}


def test_without_tensorboard_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "find_spec", lambda name: None)
    with event_writer(tmp_path, [row(1)]) as write:
        write(finished(2))
    assert list(tmp_path.iterdir()) == []
