"""The comparison methods in training: labels that change for good, second views, mixtures."""

import csv
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from noise_faces import write_noise_faces
from safetensors.numpy import load_file

from clfer.analysis.histories import History
from clfer.config import load_preset
from clfer.data.synthetic import load_synthetic
from clfer.expressions import BASIC_EXPRESSIONS
from clfer.figures.comparison_curves import comparison_panels
from clfer.models.checkpoint import load_checkpoint, save_checkpoint
from clfer.models.preprocess import Preprocess
from clfer.training.engine import train
from clfer.training.epochs import TrainingFaces
from clfer.training.history import training_row
from clfer.training.learner import Learner, means
from clfer.training.model_card import model_card
from clfer.training.recorder import card_of_epoch
from clfer.training.relabelling import changes_table, current_labels, extended, no_changes

PLAIN = ["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"]
SIMSIAM = ["simsiam.enabled=true", "simsiam.projector=16", "simsiam.predictor=4"]
SMALL = ["train.sizes=[[64, 1]]", "train.batch=10", "augment.erase=0.5", "augment.light=0.2"]


@pytest.fixture(scope="module")
def faces():
    drawn = load_synthetic("train", count=20)
    return TrainingFaces(drawn, drawn, Preprocess(side=64, colour="grey", mean=0.5, std=0.25))


def test_a_second_view_leaves_the_first_as_it_is(faces):
    plain = list(faces.batches(load_preset("smoke", SMALL), 0))
    both = list(faces.batches(load_preset("smoke", [*SMALL, *SIMSIAM]), 0))
    assert len(plain) == len(both) == 2
    for one, two in zip(plain, both, strict=True):
        assert torch.equal(one.images, two.images)
        assert torch.equal(one.target, two.target)
        assert one.second is None
        assert two.second.shape == two.images.shape
        assert two.second.is_contiguous(memory_format=torch.channels_last)
        changed = (two.second - two.images).abs().flatten(1).amax(dim=1)
        assert (changed > 0.01).sum() >= 8
    again = next(faces.batches(load_preset("smoke", [*SMALL, *SIMSIAM]), 0))
    other = next(faces.batches(load_preset("smoke", [*SMALL, *SIMSIAM]), 1))
    assert torch.equal(again.second, both[0].second)
    assert not torch.equal(other.second, both[0].second)


def test_the_second_view_of_eac_is_the_mirror_image_of_the_first(faces):
    for batch in faces.batches(load_preset("smoke", [*SMALL, *PLAIN, "eac.enabled=true"]), 0):
        assert torch.equal(batch.second, batch.images.flip(3))
        assert batch.second.is_contiguous(memory_format=torch.channels_last)
        assert batch.second.stride() == batch.images.stride()


def test_processes_share_the_second_view_too(faces):
    config = load_preset("smoke", [*SMALL, *SIMSIAM])
    whole = next(faces.batches(config, 0))
    parts = [next(faces.batches(config, 0, slice(5 * i, 5 * i + 5))) for i in range(2)]
    torch.testing.assert_close(torch.cat([part.second for part in parts]), whole.second)


def test_without_changes_the_second_view_is_the_first(faces):
    still = ["augment.flip=0", "augment.rotate=0", "augment.scale=0", "augment.shift=0"]
    still += ["augment.light=0", "augment.erase=0", "augment.crop=1"]
    batch = next(faces.batches(load_preset("smoke", [*SMALL, *SIMSIAM, *still]), 0))
    torch.testing.assert_close(batch.second, batch.images, atol=1e-5, rtol=0)


def test_batches_say_which_faces_they_hold_and_serve_changed_labels(faces):
    config = load_preset("smoke", SMALL)
    labels = np.random.default_rng(0).integers(0, 7, 20)
    batches = list(faces.batches(config, 0, labels=labels))
    rows = torch.cat([batch.rows for batch in batches])
    assert sorted(rows.tolist()) == list(range(20))
    assert torch.cat([batch.target for batch in batches]).tolist() == labels[rows].tolist()
    own = list(faces.batches(config, 0))
    assert torch.cat([b.target for b in own]).tolist() == faces.train.labels[rows].tolist()


def test_accuracy_counts_the_faces_with_a_label_only():
    settings_ = ["data.labelled=0.5", "data.unlabelled=true"]
    torch.manual_seed(0)
    learner = Learner(load_preset("smoke", [*PLAIN, *settings_]), 7).eval()
    images = torch.randn(6, 3, 64, 64)
    predicted = learner.network(images).logits.argmax(dim=1)
    first, second = predicted.clone(), torch.full((6,), -1)
    first[:2] = -1  # of four labels, one is wrong
    first[5] = (first[5] + 1) % 7
    with torch.no_grad():
        results = [learner(images, target) for target in (first, second)]
    assert training_row(means(results), 0.1)["train_accuracy"] == pytest.approx(3 / 4)
    assert training_row(means(results[1:]), 0.1)["train_accuracy"] == 0
    assert results[1].loss_cls == 0


def test_the_log_keeps_the_epoch_and_a_later_change_counts():
    labels = np.array([0, 1, 2, 3])
    rows = torch.tensor([2, 0, 3, 1])
    log = extended(no_changes(), labels, rows, torch.tensor([0, -1, 1, -1]), 10)
    assert log.tolist() == [[2, 2, 0, 10], [3, 3, 1, 10]]
    now = current_labels(labels, log)
    assert now.tolist() == [0, 1, 0, 1]
    log = extended(log, now, rows, torch.tensor([3, -1, -1, -1]), 11)
    assert log.tolist()[2:] == [[2, 0, 3, 11]]
    assert current_labels(labels, log).tolist() == [0, 1, 3, 1]
    assert labels.tolist() == [0, 1, 2, 3]


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(8)), st.lists(st.integers(-1, 4), min_size=8, max_size=8))
def test_the_order_in_which_faces_were_served_leaves_no_trace(order, proposals):
    labels, proposed = np.zeros(8, dtype=np.int64), torch.tensor(proposals)
    plain = extended(no_changes(), labels, torch.arange(8), proposed, 3)
    rows = torch.tensor(order)
    assert torch.equal(extended(no_changes(), labels, rows, proposed[rows], 3), plain)


def test_the_table_names_faces_and_expressions(faces):
    table = changes_table(torch.tensor([[3, 0, 6, 10]]), faces.train).splitlines()
    names, classes = faces.train.names, faces.train.classes
    assert table == ["name,from,to,epoch", f"{names[3]},{classes[0]},{classes[6]},10"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Noise, whose labels nothing supports."""
    return write_noise_faces(tmp_path_factory.mktemp("faces"), train=3)


def configuration(root, *changes):
    small = ["train.sizes=[[64, 3]]", "train.batch=7", "data.count=null"]
    data = ["data.name=folder", f"data.root={root}"]
    return load_preset("smoke", [*PLAIN, *small, *data, *changes])


def history(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def drawn_history(row):
    """A history of one row, as the figures take it."""
    mean = pd.DataFrame([row]).set_index("epoch")
    return History("A", "SimSiam", ("run",), mean, mean, mean, "none", ())


def killed_in_the_third_epoch(run, copy):
    """What a run has left on disk when it is killed after its second epoch."""
    shutil.copytree(run, copy, ignore=shutil.ignore_patterns("0003*", "relabelled.csv"))


def same_states(whole, broken):
    """The state after the third epoch, which two runs have in common to the last bit."""
    last = "epochs/0003/state.safetensors"
    first, second = load_file(whole / last), load_file(broken / last)
    assert first.keys() == second.keys()
    for key in first:
        np.testing.assert_array_equal(first[key], second[key], err_msg=key)
    return first


def test_a_run_that_relabels_ends_in_the_same_bits_after_an_interruption(root, tmp_path):
    scn = ["scn.enabled=true", "scn.relabel_from=2", "scn.relabel_margin=0.02"]
    config = configuration(root, *scn)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(config, whole, device="cpu")
    killed_in_the_third_epoch(whole, broken)
    train(config, broken, device="cpu", resume=True)
    first = same_states(whole, broken)
    assert history(whole) == history(broken)
    assert (whole / "relabelled.csv").read_bytes() == (broken / "relabelled.csv").read_bytes()
    log, rows = first["relabelled"], history(whole)
    assert set(log[:, 3].tolist()) == {2, 3}
    assert [row["relabelled"] for row in rows] == [0, *((log[:, 3] == e).sum() for e in (2, 3))]
    assert [row["relabelled_total"] for row in rows][1:] == [(log[:, 3] == 2).sum(), len(log)]
    table = list(csv.DictReader((whole / "relabelled.csv").open()))
    assert [BASIC_EXPRESSIONS.index(row["to"]) for row in table] == log[:, 2].tolist()
    assert all(0 < row["alpha_low"] < row["alpha_high"] < 1 for row in rows)


def card_of(faces, *changes):
    """The card of a model, with its figures."""
    config = load_preset("smoke", [*PLAIN, *SMALL, *changes])
    figures = ("n", "accuracy", "mean_class_accuracy", "macro_f1", "ece")
    metrics = dict.fromkeys(figures, 1.0)
    return card_of_epoch("model", config, faces, 1).model_copy(update={"metrics": metrics})


@pytest.mark.parametrize(
    "part",
    [["scn.enabled=true"], SIMSIAM, ["rul.enabled=true"], ["eac.enabled=true"]],
    ids=["SCN", "SimSiam", "RUL", "EAC"],
)
def test_a_stored_model_predicts_as_it_was_trained(faces, tmp_path, part):
    card = card_of(faces, *part)
    torch.manual_seed(0)
    learner = Learner(card.config, 7).eval()
    save_checkpoint(tmp_path, card, learner.network, learner.objective, torch.zeros(4, 16))
    stored = load_checkpoint(tmp_path).network
    images = torch.randn(3, 3, 64, 64)
    found, expected = stored(images), learner.network(images)
    torch.testing.assert_close(found.logits, expected.logits, atol=0.02, rtol=0.02)
    plain = stored.classifier(found.embedding)
    alpha = 1 if found.certainty is None else found.certainty.unsqueeze(1)
    torch.testing.assert_close(found.logits, alpha * plain)


def test_the_model_card_tells_how_every_method_went(faces):
    row = {"epoch": 1, "side": 64, "valid_accuracy": 0.5}
    scn = {"loss_rank": 0.1, "alpha_high": 0.7, "alpha_low": 0.2}
    said = model_card(
        card_of(faces, "scn.enabled=true"),
        [row | scn | {"relabelled": 12.0, "relabelled_total": 1034.0}],
        faces,
        [],
    )
    assert "| 1 | 64 | 0.5000 | 0.1000 | 0.700 | 0.200 | 12 | 1,034 |" in said
    measured = {"loss_simsiam": -0.9, "simsiam_std": 0.21, "simsiam_std_even": 0.25}
    said = model_card(card_of(faces, *SIMSIAM), [row | measured], faces, [])
    assert "| 1 | 64 | 0.5000 | -0.9000 | 0.2100 |" in said
    assert "0.2500 where the projections are spread evenly" in said
    measured = {"loss_rul": 1.5, "rul_wrong_part": 0.612}
    said = model_card(card_of(faces, "rul.enabled=true"), [row | measured], faces, [])
    assert "| 1 | 64 | 0.5000 | 1.5000 | 0.612 |" in said
    said = model_card(card_of(faces, "eac.enabled=true"), [row | {"loss_eac": 0.3}], faces, [])
    assert "| 1 | 64 | 0.5000 | 0.3000 |" in said
    assert "5 times the mean squared difference" in said
    measured = {"loss_distil": 0.7} | {f"distil_agreement_{j}": j / 10 for j in (1, 2, 3)}
    said = model_card(card_of(faces, "distil.enabled=true"), [row | measured], faces, [])
    assert "| 1 | 64 | 0.5000 | 0.7000 | 0.100 | 0.200 | 0.300 |" in said
    measured = {"loss_supervision": 0.6} | {f"layer_right_{j}": j / 10 for j in (1, 2, 3, 4)}
    said = model_card(
        card_of(faces, "model.msr=true", "supervision.enabled=true"), [row | measured], faces, []
    )
    assert "| 1 | 64 | 0.5000 | 0.6000 | 0.100 | 0.200 | 0.300 | 0.400 |" in said
    assert "0.5 times the mean cross-entropy" in said


def test_simsiam_learns_from_few_labels_and_is_watched(root, tmp_path):
    few = ["data.labelled=0.4", "data.unlabelled=true", "train.sizes=[[64, 1]]"]
    train(configuration(root, *SIMSIAM, *few), tmp_path / "run", device="cpu")
    (row,) = history(tmp_path / "run")
    panels = comparison_panels(drawn_history(row), "light")
    assert [title for title, _, _ in panels] == ["Spread of SimSiam's z/‖z‖"]
    assert -1 <= row["loss_simsiam"] < 1
    assert 0 < row["simsiam_std"] <= row["simsiam_std_even"] == 1 / np.sqrt(16)
    assert row["train_loss"] == pytest.approx(row["loss_cls"] + row["loss_simsiam"])
    assert not (tmp_path / "run" / "relabelled.csv").exists()


def test_mixtures_go_on_as_they_would_have_after_an_interruption(root, tmp_path):
    config = configuration(root, "rul.enabled=true", "rul.dimension=8")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(config, whole, device="cpu")
    killed_in_the_third_epoch(whole, broken)
    train(config, broken, device="cpu", resume=True)
    first = same_states(whole, broken)
    row = history(whole)[-1]
    assert first["learner.objective.rul._extra_state"] == 3 * (
        len(TrainingFaces.load(config).train) // config.train.batch
    )
    assert row["train_loss"] == pytest.approx(row["loss_rul"])
    assert row["loss_rul"] != pytest.approx(row["loss_cls"], rel=1e-4)
    (panel,) = comparison_panels(drawn_history(row), "light")
    assert panel[0] == "Part of wrongly read faces in RUL's mixtures"


def test_eac_makes_the_maps_of_mirrored_faces_more_alike(tmp_path):
    root = write_noise_faces(tmp_path / "faces", train=5)  # 15 steps; after 9 chance decides
    apart = {}
    for weight in (1e-6, 50):
        config = configuration(root, "eac.enabled=true", f"eac.weight={weight}")
        train(config, tmp_path / str(weight), device="cpu")
        row = history(tmp_path / str(weight))[-1]
        assert row["train_loss"] == pytest.approx(row["loss_cls"] + row["loss_eac"])
        apart[weight] = row["loss_eac"] / weight
    assert apart[50] < apart[1e-6] / 2
    (panel,) = comparison_panels(drawn_history(row), "light")
    assert panel[0] == "Attention consistency of EAC"
