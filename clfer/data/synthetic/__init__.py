"""Synthetic faces: drawn from parameters, with every factor known."""

from clfer.data.synthetic.action_units import ActionUnits
from clfer.data.synthetic.dataset import DEFAULT_COUNTS, describe_face, draw_face, load_synthetic
from clfer.data.synthetic.parameters import FaceParameters, Identity, Light, Pose, Scene
from clfer.data.synthetic.render import render_face
from clfer.data.synthetic.sampling import sample_face, sample_identity

__all__ = [
    "DEFAULT_COUNTS",
    "ActionUnits",
    "FaceParameters",
    "Identity",
    "Light",
    "Pose",
    "Scene",
    "describe_face",
    "draw_face",
    "load_synthetic",
    "render_face",
    "sample_face",
    "sample_identity",
]
