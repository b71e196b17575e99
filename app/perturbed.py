"""The subject after a perturbation: what the models say of it, each made once per session."""

from dataclasses import replace

import state
from clfer.analysis.perturb import Perturbation, Settings, perturb
from clfer.analysis.predict import FacePrediction, predict_cropped
from clfer.analysis.robustness import ProbabilityCurve, probability_curve
from clfer.models.checkpoint import Checkpoint
from components.picture import jpeg
from photos import Subject, cropped, prediction

SHOWN = 256
"""Side in pixels of the faces that are sent to the browser."""


def verdict(checkpoint: Checkpoint, subject: Subject, settings: Settings) -> FacePrediction:
    """The model's verdict on the perturbed subject."""
    if not settings.strengths:
        return prediction(checkpoint, subject)

    def predict() -> FacePrediction:
        face = cropped(checkpoint, subject)
        changed = replace(face, crop=perturb(face.crop[None], settings)[0])
        return predict_cropped(checkpoint, [changed])[0]

    return state.remembered(("perturbed", checkpoint.sha256, settings, *subject.key), predict)


def curve(
    checkpoint: Checkpoint, subject: Subject, kind: Perturbation, settings: Settings
) -> ProbabilityCurve:
    """Probabilities against the strength of one perturbation, all else as set."""
    others = settings.at(kind, kind.neutral)
    crop = prediction(checkpoint, subject).crop
    key = ("curve", checkpoint.sha256, kind.name, others, *subject.key)
    return state.remembered(key, lambda: probability_curve(checkpoint, crop, kind, others))


def pictures(checkpoint: Checkpoint, subject: Subject, settings: Settings) -> tuple[str, str]:
    """The face before and after, framed as the model frames it, as data addresses."""
    view = prediction(checkpoint, subject).view

    def draw(chosen: Settings) -> str:
        key = ("picture", checkpoint.sha256, chosen, *subject.key)
        return state.remembered(key, lambda: jpeg(perturb(view[None], chosen)[0], SHOWN))

    return draw(Settings()), draw(settings)
