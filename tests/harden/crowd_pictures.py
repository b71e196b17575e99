"""The pictures of a crowd of visitors, each its own, and what the models say of every one."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clfer.analysis.explain import explain_groups
from clfer.analysis.predict import FacePrediction, predict_image
from clfer.data.synthetic import draw_face
from clfer.expressions import BASIC_EXPRESSIONS, ordered
from clfer.faces import SAMPLES, load_sample
from clfer.models.checkpoint import Checkpoint

SEED = 8
SIDE = 256
BLOCK = 4
"""The block that the page explains first."""

APART = 0.02
"""Two pictures differ at least this much in a probability, twenty times what a page may be off."""

Pair = dict[str, Checkpoint]


@dataclass(frozen=True)
class Verdict:
    """What one model says of a picture, as its card shows it.

    Attributes:
        word: The expression, or that none is known.
        probabilities: In the order of the rows, from top to bottom.
        sizes: Channels in each semantic group of block 4; empty where they were not asked for.
    """

    word: str
    probabilities: list[float]
    sizes: list[int]


@dataclass(frozen=True)
class Expected:
    """A picture, and what a page that shows it has to say.

    Attributes:
        name: File name, which no other picture has.
        A: Verdict of the baseline.
        B: Verdict of ours.
        attention: μ_1 … μ_4 of B.
    """

    name: str
    A: Verdict
    B: Verdict
    attention: list[float]


def write_pictures(folder: Path, models: Pair, visitors: int, each: int) -> list[list[str]]:
    """Draw faces until every visitor has `each`; the verdicts on any two of them differ.

    Args:
        folder: Gets a PNG and a JSON file of what is expected for every picture.
        models: A and B.
        visitors: How many there are.
        each: Pictures of a visitor.

    Returns:
        The JSON files by visitor.
    """
    taken: list[NDArray[np.float64]] = []
    faces = _faces()
    return [
        [_write(folder, f"visitor-{v:02d}-{i}", models, faces, taken) for i in range(each)]
        for v in range(visitors)
    ]


def write_sample(folder: Path, models: Pair) -> str:
    """The same for the sample that a page starts with, which all visitors share."""
    pixels = load_sample(next(iter(SAMPLES)))
    found = _expected(next(iter(SAMPLES)).capitalize(), pixels, models)
    assert found is not None
    return _save(folder / "sample", found, pixels)


def distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How far apart two verdicts are: the largest difference of a probability of a model."""
    return float(np.abs(one - other).max())


def _faces() -> Iterator[NDArray[np.uint8]]:
    """Faces of ever other people, with all expressions in turn."""
    person = 0
    while True:
        yield draw_face(BASIC_EXPRESSIONS[person % 7], person, size=SIDE, seed=SEED)
        person += 1


def _write(
    folder: Path,
    stem: str,
    models: Pair,
    faces: Iterator[NDArray[np.uint8]],
    taken: list[NDArray[np.float64]],
) -> str:
    """The next face in which the detector finds one, and of which nothing alike was said yet."""
    for pixels in faces:
        found = _expected(f"{stem}.png", pixels, models)
        if found is None:
            continue
        said = np.array(found.A.probabilities + found.B.probabilities)
        if all(distance(said, other) > APART for other in taken):
            taken.append(said)
            return _save(folder / stem, found, pixels)
    raise AssertionError("there is no end of faces")


def _expected(name: str, pixels: NDArray[np.uint8], models: Pair) -> Expected | None:
    faces = {side: predict_image(model, pixels).faces for side, model in models.items()}
    if not all(faces.values()):
        return None
    rows = ordered({name for model in models.values() for name in model.card.classes})
    said = {side: _verdict(models[side], found[0], rows) for side, found in faces.items()}
    return Expected(name, said["A"], said["B"], list(faces["B"][0].attention or ()))


def _verdict(model: Checkpoint, face: FacePrediction, rows: tuple[str, ...]) -> Verdict:
    word = face.expression.capitalize() if face.known else "None of the known expressions"
    known = [face.probabilities[name] for name in rows if name in face.probabilities]
    return Verdict(word, known, explain_groups(model, face.crop, BLOCK).sizes.tolist())


def _save(path: Path, found: Expected, pixels: NDArray[np.uint8]) -> str:
    Image.fromarray(pixels).save(path.with_suffix(".png"))
    target = path.with_suffix(".json")
    target.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return str(target)
