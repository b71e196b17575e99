"""What a model says about the faces of a photo; a verdict never depends on the other faces."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clfer.analysis.attention import centred_contributions
from clfer.analysis.crops import Box, CroppedFace, crop_faces, default_detector, whole_face
from clfer.analysis.metrics import softmax
from clfer.analysis.outputs import Outputs, classifier_bias, run_network
from clfer.expressions import UNKNOWN_THRESHOLD
from clfer.faces.decode import decode_image
from clfer.faces.detector import FaceDetector
from clfer.models.checkpoint import Checkpoint

Layers = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class FacePrediction:
    """The verdict on one face.

    Attributes:
        expression: The most probable expression.
        known: False when its probability is below :data:`UNKNOWN_THRESHOLD`.
        probabilities: Softmax of the logits by expression.
        logits: By expression; contributions plus bias where the model has MSR.
        attention: μ_1 … μ_4 (Eq. 8); None without MSR.
        attention_norm: μ_j·‖f'_j‖ of every block; None without MSR.
        contributions: Exact share of the four blocks in each logit; None without MSR.
        bias: Classifier bias by expression; None without MSR.
        crop: What the model was shown, uint8 ``[S, S, 3]``, before grey and normalisation.
        view: The same framing for people, uint8 ``[V, V, 3]``.
        box: Left, top, width, height in pixels of the photo; None for a face given as a crop.
        score: The detector's confidence; None where no detector was asked.
    """

    expression: str
    known: bool
    probabilities: dict[str, float]
    logits: dict[str, float]
    attention: Layers | None
    attention_norm: Layers | None
    contributions: dict[str, Layers] | None
    bias: dict[str, float] | None
    crop: NDArray[np.uint8]
    view: NDArray[np.uint8]
    box: Box | None
    score: float | None

    def centred(self) -> tuple[dict[str, Layers], dict[str, float]] | None:
        """Contributions and bias centred over the expressions; None without MSR.

        Softmax ignores what a block, or the bias, adds to all logits alike.
        """
        if self.contributions is None or self.bias is None:
            return None
        shares = centred_contributions(np.array(list(self.contributions.values())))
        rows = (tuple(row) for row in shares.tolist())
        mean = sum(self.bias.values()) / len(self.bias)
        return (
            dict(zip(self.contributions, rows, strict=True)),
            {name: value - mean for name, value in self.bias.items()},
        )

    def as_json(self) -> dict[str, Any]:
        """The face as ``clfer predict --json`` prints it."""
        shares = self.contributions
        return {
            "box": None if self.box is None else list(self.box),
            "score": self.score,
            "expression": self.expression,
            "probabilities": self.probabilities,
            "attention": None if self.attention is None else list(self.attention),
            "contributions": None if shares is None else {k: list(v) for k, v in shares.items()},
            "logits": self.logits,
            "bias": self.bias,
        }


@dataclass(frozen=True, eq=False)
class ImagePrediction:
    """All faces of one photo, largest first; empty when there is none.

    Attributes:
        image: The path as given, or ``"image"`` for a picture that is no file.
        width: In pixels, upright.
        height: In pixels, upright.
        faces: The verdicts.
    """

    image: str
    width: int
    height: int
    faces: tuple[FacePrediction, ...]

    def as_json(self) -> dict[str, Any]:
        """The photo as ``clfer predict --json`` prints it."""
        return {"image": self.image, "faces": [face.as_json() for face in self.faces]}


def predict_image(
    checkpoint: Checkpoint,
    image: str | Path | Image.Image | NDArray[np.uint8],
    *,
    detector: FaceDetector | None = None,
    whole_image: bool = False,
    mirror: bool = False,
) -> ImagePrediction:
    """Predict every face of a photo.

    Args:
        checkpoint: The model.
        image: A path, a PIL image, or a uint8 RGB array ``[H, W, 3]``.
        detector: MTCNN by default.
        whole_image: The picture is a face already: show its central square to the model.
        mirror: Average every face with its mirror image, which the paper does not.

    Raises:
        ImageError: the picture cannot be read.
    """
    pixels = decode_image(image)
    if whole_image:
        found = [whole_face(checkpoint, pixels)]
    else:
        found = crop_faces(checkpoint, pixels, detector or default_detector())
    height, width = pixels.shape[:2]
    name = str(image) if isinstance(image, str | Path) else "image"
    return ImagePrediction(
        name, width, height, tuple(predict_cropped(checkpoint, found, mirror=mirror))
    )


def predict_faces(checkpoint: Checkpoint, crops: NDArray[np.uint8]) -> list[FacePrediction]:
    """Predict faces that are cropped already, uint8 ``[N, S, S, 3]`` of any side S."""
    return predict_cropped(checkpoint, [CroppedFace(crop, crop, None, None) for crop in crops])


def predict_cropped(
    checkpoint: Checkpoint, faces: list[CroppedFace], *, mirror: bool = False
) -> list[FacePrediction]:
    """Predict faces cut out of a photo; views, boxes and scores ride along."""
    if not faces:
        return []
    outputs = run_network(checkpoint, np.stack([face.crop for face in faces]), mirror=mirror)
    return [_verdict(checkpoint, outputs, i, face) for i, face in enumerate(faces)]


def _verdict(checkpoint: Checkpoint, outputs: Outputs, i: int, face: CroppedFace) -> FacePrediction:
    classes = checkpoint.card.classes
    probabilities = softmax(outputs.logits[i])
    top = int(probabilities.argmax())
    shares = outputs.contributions
    return FacePrediction(
        expression=classes[top],
        known=bool(probabilities[top] >= UNKNOWN_THRESHOLD),
        probabilities=_by_class(classes, probabilities),
        logits=_by_class(classes, outputs.logits[i]),
        attention=_layers(outputs.attention, i),
        attention_norm=_layers(outputs.attention_norm, i),
        contributions=None
        if shares is None
        else {name: tuple(row) for name, row in zip(classes, shares[i].tolist(), strict=True)},
        bias=None if shares is None else _by_class(classes, classifier_bias(checkpoint)),
        crop=face.crop,
        view=face.view,
        box=face.box,
        score=face.score,
    )


def _by_class(classes: tuple[str, ...], values: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(classes, values.tolist(), strict=True))


def _layers(values: NDArray[np.float64] | None, i: int) -> Layers | None:
    return None if values is None else tuple(values[i].tolist())
