"""The card of a model names what differs: from its preset, and from runs of the same method."""

import pytest

from clfer.config import Config, load_preset
from clfer.models.card import Card
from clfer.training.epochs import TrainingFaces
from clfer.training.model_card import Rival, model_card
from clfer.training.recorder import card_of_epoch

LOSSES = [f"{part}_{what}" for part in ("fm", "bs") for what in ("similarity", "nonempty")]
ROW = {"epoch": 1, "side": 64, "valid_accuracy": 0.5} | dict.fromkeys(
    [*LOSSES, "loss_fm", "loss_bs"], 0.9
)
SMALL = ("data.count=70", "data.valid_count=70")
FIGURES = ("n", "accuracy", "mean_class_accuracy", "macro_f1", "ece")


@pytest.fixture(scope="module")
def faces() -> TrainingFaces:
    return TrainingFaces.load(load_preset("smoke", SMALL))


def _config(*changes: str) -> Config:
    return load_preset("smoke", [*SMALL, *changes])


def _card(faces: TrainingFaces, config: Config) -> Card:
    card = card_of_epoch("model", config, faces, 1)
    return card.model_copy(update={"metrics": dict.fromkeys(FIGURES, 1.0)})


def _said(faces: TrainingFaces, config: Config, *others: Config) -> str:
    rivals = [Rival(other, [ROW]) for other in others]
    return model_card(_card(faces, config), [ROW], faces, rivals)


def test_settings_other_than_those_of_the_preset_are_named(faces: TrainingFaces) -> None:
    assert "preset `smoke`.\n" in _said(faces, _config("seed=3", "model.msr=false"))
    changed = _config("model.normalise_fusion=false", "clfm.clusters=8")
    assert (
        "preset `smoke` with\n  `model.normalise_fusion=false`,\n  `clfm.clusters=8`.\n"
    ) in _said(faces, changed)


def test_a_preset_of_somebody_else_is_named_alone(faces: TrainingFaces) -> None:
    own = _config("clfm.clusters=8").model_copy(update={"preset": "custom"})
    assert "preset `custom`.\n" in _said(faces, own)


def test_runs_of_one_method_and_seed_are_told_apart(faces: TrainingFaces) -> None:
    own = _config()
    said = _said(faces, own, _config("seed=1"), _config("clfm.stop_gradient=true"))
    head = next(line for line in said.splitlines() if line.startswith("| epoch | side |"))
    assert head == (
        "| epoch | side | MSR+CLFM+CLBS, seed 0 | MSR+CLFM+CLBS, seed 1 | "
        "MSR+CLFM+CLBS, seed 0, clfm.stop_gradient=true |"
    )
