"""Curves against strength: equal to the slow way, and to the evaluation where nothing is done."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clfer.analysis.evaluate import evaluate
from clfer.analysis.perturb import Settings, perturb, perturbations
from clfer.analysis.predict import predict_faces
from clfer.analysis.robustness import (
    ProbabilityCurve,
    accuracy_curve,
    probability_curve,
    shared_faces,
)
from clfer.data.synthetic import load_synthetic
from clfer.errors import DataError
from clfer.models.checkpoint import Checkpoint
from clfer.work import robustness as task


@pytest.fixture
def pair(ours: Checkpoint, baseline: Checkpoint) -> dict[str, Checkpoint]:
    """A and B, told apart by folder and hash."""
    return {
        "A": replace(baseline, folder=Path("a"), sha256="a" * 64),
        "B": replace(ours, folder=Path("b"), sha256="b" * 64),
    }


def test_a_curve_equals_a_loop_of_single_predictions(
    either: Checkpoint, crops: NDArray[np.uint8]
) -> None:
    kinds = perturbations(crops.shape[1])
    kind = kinds["patch"]
    settings = Settings(place=(30, 40)).at(kinds["brightness"], 1).at(kind, 20)
    curve = probability_curve(either, crops[0], kind, settings)
    assert curve.strengths == kind.fine_strengths
    for strength, row in zip(curve.strengths, curve.probabilities, strict=True):
        face = perturb(crops[:1], settings.at(kind, strength))
        single = predict_faces(either, face)[0].probabilities
        assert curve.classes == tuple(single)
        assert row == pytest.approx(list(single.values()), abs=1e-5)


def test_a_verdict_is_held_as_long_as_it_is_on_top_without_a_break() -> None:
    top = [1, 0, 0, 0, 1, 0]
    curve = ProbabilityCurve((-2, -1, 0, 1, 2, 3), ("joy", "fear"), np.eye(2)[top])
    assert curve.held(0) == ("joy", -1, 1)
    assert curve.held(2) == ("fear", 2, 2)
    assert curve.held(-2) == ("fear", -2, -2)


def test_accuracy_at_the_neutral_strength_is_that_of_the_evaluation(ours: Checkpoint) -> None:
    faces = load_synthetic("valid", count=21)
    kind = perturbations(faces.images.shape[1])["contrast"]
    steps: list[tuple[int, int]] = []
    curve = accuracy_curve(ours, faces, kind, progress=lambda *step: steps.append(step))
    clean = evaluate(ours, faces)
    at = curve.strengths.index(kind.neutral)
    assert curve.n == clean.n == 21
    assert curve.accuracy[at] == clean.accuracy
    assert tuple(curve.interval[at]) == clean.accuracy_interval
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1] == (21 * len(kind.strengths),) * 2


def test_both_models_are_scored_on_the_expressions_that_both_know(
    ours: Checkpoint, make_checkpoint: Callable[..., Checkpoint]
) -> None:
    faces = load_synthetic("valid", count=28)
    few = make_checkpoint(classes=("neutral", "happiness", "anger"))
    shared = shared_faces(faces, [ours, few])
    assert shared.classes == ("neutral", "happiness", "anger")
    names = {faces.classes[label] for label in faces.labels} & set(shared.classes)
    assert {shared.classes[label] for label in shared.labels} == names
    by_name = dict(zip(faces.names, faces.labels, strict=True))
    for name, label in zip(shared.names, shared.labels, strict=True):
        assert shared.classes[label] == faces.classes[by_name[name]]
    with pytest.raises(DataError, match="share no expression"):
        shared_faces(faces, [ours, make_checkpoint(classes=("boredom", "pride"))])


def test_the_task_equals_the_evaluation_and_reports_its_progress(
    pair: dict[str, Checkpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = load_synthetic("valid", count=14)
    monkeypatch.setattr(task, "load_faces", lambda *_: faces)
    monkeypatch.setattr(
        task, "load_checkpoint", {str(model.folder): model for model in pair.values()}.__getitem__
    )
    kind = perturbations(faces.images.shape[1])["patch"]
    request = task.robustness_request(pair, faces, None, kind, (40, 60))
    steps: list[tuple[int, int]] = []
    arrays = task.robustness(request.arguments | request.places, lambda *step: steps.append(step))
    curves = task.read_curves(arrays)
    for side, model in pair.items():
        at = curves[side].strengths.index(kind.neutral)
        assert curves[side].accuracy[at] == evaluate(model, faces).accuracy
        covered = perturb(faces.images, Settings(place=(40, 60)).at(kind, 40))
        assert curves[side].accuracy[curves[side].strengths.index(40)] == pytest.approx(
            np.mean(
                [
                    said.expression == faces.classes[label]
                    for said, label in zip(predict_faces(model, covered), faces.labels, strict=True)
                ]
            )
        )
    total = 2 * 14 * len(kind.strengths)
    assert steps[-1] == (total, total)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_the_place_of_the_patch_counts_for_the_patch_alone(pair: dict[str, Checkpoint]) -> None:
    faces = load_synthetic("valid", count=14)
    kinds = perturbations(faces.images.shape[1])

    def key(name: str, place: tuple[float, float]) -> str:
        return task.robustness_request(pair, faces, None, kinds[name], place).key

    assert key("patch", (40, 60)) != key("patch", (50, 50))
    assert key("blur", (40, 60)) == key("blur", (50, 50))
    assert key("blur", (50, 50)) != key("rotation", (50, 50))
