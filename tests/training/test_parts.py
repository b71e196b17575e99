"""Augmentation, schedules, weight average, batches and the run folder."""

import json

import numpy as np
import pytest
import torch

from clfer.config import AugmentConfig, load_preset
from clfer.data.faceset import FaceSet
from clfer.errors import CheckpointError, ConfigError
from clfer.models.files import write_atomically, write_folder_atomically
from clfer.models.preprocess import Preprocess, measure_pixels
from clfer.training.augment import Augmenter
from clfer.training.epochs import TrainingFaces
from clfer.training.history import best_epoch
from clfer.training.optimisation import WeightAverage, build_optimiser, learning_rate
from clfer.training.progress import seconds_left
from clfer.training.run_folder import RunFolder
from clfer.training.state import load_average


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pixels(count=6, side=48):
    return torch.rand(count, 1, side, side, generator=generator())


def test_no_augmentation_at_the_same_size_changes_nothing():
    still = Augmenter(AugmentConfig(flip=0))
    torch.testing.assert_close(still(pixels(), 48, generator()), pixels(), atol=1e-5, rtol=0)


def test_flip_is_the_mirror_image():
    mirror = Augmenter(AugmentConfig(flip=1))
    expected = pixels().flip(-1)
    torch.testing.assert_close(mirror(pixels(), 48, generator()), expected, atol=1e-5, rtol=0)


def test_a_crop_shows_a_part_of_the_face_without_its_border():
    ramp = torch.linspace(0, 1, 64).expand(200, 1, 64, 64)
    cropped = Augmenter(AugmentConfig(flip=0, crop=0.75))(ramp, 48, generator())
    lengths = cropped[..., -1] - cropped[..., 0]
    torch.testing.assert_close(lengths, torch.full_like(lengths, 0.75 * 63 / 64), atol=0.02, rtol=0)
    assert cropped.min() < 0.03
    assert cropped.max() > 0.97


def test_rotation_by_a_known_angle_moves_a_corner_mark_along_the_circle():
    image = torch.zeros(64, 1, 65, 65)
    image[:, :, 32, 60] = 1.0
    turned = Augmenter(AugmentConfig(flip=0, rotate=45))(image, 65, generator())
    for face in turned:
        y, x = divmod(int(face[0].argmax()), 65)
        assert np.hypot(y - 32, x - 32) == pytest.approx(28, abs=1.5)
        assert abs(np.degrees(np.arctan2(y - 32, x - 32))) <= 46


def test_erasing_covers_the_configured_share_of_the_area():
    config = AugmentConfig(flip=0, erase=1, erase_area=(0.1, 0.2))
    image = torch.rand(200, 1, 64, 64, generator=generator())
    erased = (Augmenter(config)(image, 64, generator()) - image).abs() > 1e-4
    share = erased.float().mean(dim=(1, 2, 3))
    assert share.min() > 0.07
    assert share.max() < 0.23
    untouched = Augmenter(AugmentConfig(flip=0, erase=0))(image, 64, generator())
    torch.testing.assert_close(untouched, image, atol=1e-5, rtol=0)


def test_the_same_generator_state_gives_the_same_faces_and_another_does_not():
    augment = Augmenter(AugmentConfig(rotate=10, scale=0.1, shift=0.1, light=0.2, erase=0.5))
    first, again = augment(pixels(), 64, generator(3)), augment(pixels(), 64, generator(3))
    assert torch.equal(first, again)
    assert not torch.equal(first, augment(pixels(), 64, generator(4)))
    assert first.shape == (6, 1, 64, 64)
    assert 0 <= first.min() <= first.max() <= 1


def test_one_cycle_rises_to_the_peak_and_falls_to_nothing():
    config = load_preset("smoke").train
    rates = [learning_rate(config, step, 10) for step in range(10 * config.epochs)]
    assert max(rates) == pytest.approx(config.learning_rate)
    assert rates.index(max(rates)) < len(rates) * 0.2
    assert rates[-1] < 0.02 * config.learning_rate


def test_exponential_schedule_multiplies_by_gamma_each_epoch():
    config = load_preset("paper").train
    rates = [learning_rate(config, step, 7) for step in (0, 6, 7, 14)]
    assert rates == pytest.approx([1e-3, 1e-3, 0.9e-3, 0.81e-3])


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_optimisers_lower_a_loss_and_spare_vectors_from_decoupled_decay(name):
    module = torch.nn.Linear(4, 3)
    config = load_preset("smoke", [f"train.optimiser={name}"]).train
    optimiser = build_optimiser(module, config)
    held = {id(p): g["weight_decay"] for g in optimiser.param_groups for p in g["params"]}
    assert held[id(module.weight)] == config.weight_decay
    if name != "adam":
        assert held[id(module.bias)] == 0
    inputs, target = torch.randn(16, 4), torch.randn(16, 3)
    losses = []
    for _ in range(5):
        loss = (module(inputs) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_weight_average_follows_the_slow_recursion():
    module = torch.nn.BatchNorm1d(3)
    average = WeightAverage(module, 0.5)
    expected = module.weight.detach().clone()
    for step in range(6):
        with torch.no_grad():
            module.weight.add_(1.0)
            module.num_batches_tracked.add_(1)
        average.update(module, step)
        decay = min(0.5, step / (step + 10))
        expected = decay * expected + (1 - decay) * module.weight.detach()
    torch.testing.assert_close(average.module.weight, expected)
    assert average.module.num_batches_tracked == 6


def test_no_decay_follows_the_module_exactly():
    module = torch.nn.Linear(2, 2)
    average = WeightAverage(module, 0.0)
    with torch.no_grad():
        module.weight.mul_(3)
    average.update(module, 5)
    assert torch.equal(average.module.weight, module.weight)


def grey_faces(count=20):
    rng = np.random.default_rng(0)
    return FaceSet(
        dataset="folder",
        split="train",
        classes=("neutral", "happiness"),
        images=rng.integers(0, 256, (count, 48, 48, 1), dtype=np.uint8),
        labels=np.arange(count, dtype=np.int64) % 2,
        names=tuple(map(str, range(count))),
        digests=tuple(map(str, range(count))),
    )


def test_epochs_visit_each_face_once_and_repeat_from_seed_and_epoch_alone():
    faces = grey_faces()
    plain = Preprocess(side=32, colour="grey", mean=0.5, std=0.25)
    shown = TrainingFaces(faces, faces, plain)
    config = load_preset("smoke", ["train.sizes=[[64, 2]]", "train.batch=6"])
    first = list(shown.batches(config, 0))
    again = list(shown.batches(config, 0))
    other = list(shown.batches(config, 1))
    assert len(first) == shown.steps_per_epoch(6) == 3
    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0][0], other[0][0])
    assert first[0][0].is_contiguous(memory_format=torch.channels_last)
    assert first[0][0].shape == (6, 3, 64, 64)


def test_soft_labels_are_served_where_there_are_some():
    faces = grey_faces()
    soft = np.full((20, 2), 0.5, dtype=np.float32)
    shown = TrainingFaces(
        FaceSet(**{**vars(faces), "targets": soft}),
        faces,
        Preprocess(side=32, colour="grey", mean=0.5, std=0.25),
    )
    config = load_preset("smoke", ["train.sizes=[[64, 1]]", "train.batch=5"])
    assert next(iter(shown.batches(config, 0)))[1].shape == (5, 2)
    drawing = load_preset(
        "smoke",
        ["train.sizes=[[64, 40]]", "train.batch=5", "data.name=ferplus", "data.mode=probability"],
    )
    drawn = torch.cat([target for e in range(20) for _, target, *_ in shown.batches(drawing, e)])
    assert drawn.shape == (400,)
    assert drawn.double().mean() == pytest.approx(0.5, abs=0.1)


def test_pixel_statistics_equal_numpys():
    images = grey_faces().images
    mean, std = measure_pixels(images)
    assert mean == pytest.approx((images / 255).mean())
    assert std == pytest.approx((images / 255).std())


def test_time_left_counts_later_phases_by_their_pixels():
    config = load_preset("smoke", ["train.sizes=[[64, 2], [128, 1]]"]).train
    assert seconds_left(config, 0, 0.0, 10.0) == pytest.approx(10 + 10 + 40)
    assert seconds_left(config, 1, 0.5, 10.0) == pytest.approx(5 + 40)


def test_best_epoch_is_sought_at_the_final_size_only():
    rows = [(1, 64, 0.9), (2, 128, 0.7), (3, 128, 0.8), (4, 128, 0.75)]
    history = [{"epoch": e, "side": s, "valid_accuracy": a} for e, s, a in rows]
    assert best_epoch(history) == 3


def test_run_folder_refuses_to_overwrite_and_to_mix(tmp_path):
    config = load_preset("smoke")
    run = RunFolder.create(tmp_path / "run", config, resume=False)
    assert run.config() == config
    # Without a finished epoch there is nothing to lose.
    RunFolder.create(tmp_path / "run", config, resume=False)
    run.epoch_folder(1).mkdir()
    with pytest.raises(ConfigError, match="--resume"):
        RunFolder.create(tmp_path / "run", config, resume=False)
    with pytest.raises(ConfigError, match="another configuration"):
        RunFolder.create(tmp_path / "run", load_preset("smoke", ["seed=1"]), resume=True)


def test_unfinished_epoch_folders_do_not_count(tmp_path):
    run = RunFolder.create(tmp_path / "run", load_preset("smoke"), resume=False)

    def interrupted(folder):
        (folder / "state.json").write_text("{}")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder_atomically(run.epoch_folder(1), interrupted)
    assert run.last_epoch() == 0
    write_folder_atomically(run.epoch_folder(1), lambda folder: None)
    assert run.last_epoch() == 1


def test_atomic_write_replaces_whole_files_and_leaves_nothing_behind(tmp_path):
    target = tmp_path / "status.json"
    for value in (1, 2):
        write_atomically(target, json.dumps(value).encode())
    assert json.loads(target.read_text()) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["status.json"]


def test_damaged_training_state_is_named(tmp_path):
    (tmp_path / "state.safetensors").write_bytes(b"not a tensor file")
    with pytest.raises(CheckpointError, match=str(tmp_path)):
        load_average(tmp_path, torch.nn.Linear(1, 1))


def test_the_last_phase_can_start_anew_and_falls_to_nothing():
    changes = ["train.sizes=[[64, 2], [96, 1]]", "train.last_phase_rate=0.0004"]
    config = load_preset("smoke", changes).train
    through = load_preset("smoke", changes[:1]).train
    rates = [learning_rate(config, step, 10) for step in range(30)]
    assert rates[:20] == [learning_rate(through, step, 10) for step in range(20)]
    assert rates[20] == pytest.approx(0.0004)
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] < 0.0004 * 0.03
