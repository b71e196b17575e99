"""The golden prediction: what a checkpoint answered to a known picture when it was written.

A model whose expressions, colours, normalisation or input size are confused still answers, only
wrongly. So the logits for a drawn picture, brought to the network as every face is, lie beside the
weights in ``golden.json``, and loading compares. The file is not part of the checkpoint's hash: it
changes no answer.

Two things cannot be told apart. A model of mode ``grey`` sees three equal channels, hence weights
of which only the first convolution's input channels are exchanged are the same model. And a file
that was changed together with what it guards fits it again.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from clfer.errors import CheckpointError, shown
from clfer.models.card import CARD, MAX_BYTES, Card, Point
from clfer.models.files import read_bounded
from clfer.models.network import FerNetwork
from clfer.models.preprocess import Preprocess

GOLDEN = "golden.json"

NOTICE = (
    f"has no {GOLDEN}, as checkpoints of earlier versions: class order, colours, normalisation "
    "and input size are taken from its card unchecked."
)
"""What is said, behind its name, of a checkpoint without a golden prediction; it is no error."""

RELATIVE = 1e-3
"""Allowed difference of a logit as a share of the largest: a hundred times float32's rounding."""

LARGEST_SHARE = 1e-2
"""The largest such share that a file may ask for."""

_SMALLEST = 1e-6


class Golden(BaseModel):
    """What ``golden.json`` holds.

    Attributes:
        classes: Expressions in the order of the logits.
        preprocess: Input size, colour mode and normalisation.
        face_side: Side of the picture in pixels; None for the input size. See :class:`Card`.
        template: Alignment template of photos, which no picture without a face can check.
        logits: The answer to :func:`golden_picture`, in float32 on a CPU.
        tolerance: Largest absolute difference that a logit may have.
        format: Version of this file and of the picture.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    classes: tuple[str, ...]
    preprocess: Preprocess
    face_side: int | None
    template: tuple[Point, Point, Point, Point, Point] | None
    logits: tuple[FiniteFloat, ...]
    tolerance: Annotated[FiniteFloat, Field(gt=0)]
    format: Literal[1] = 1

    def content(self) -> bytes:
        """The file."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False).encode()


def golden_picture(side: int) -> NDArray[np.uint8]:
    """A drawn picture uint8 ``[side, side, 3]``, the same everywhere: integers alone make it.

    Red rises to the right, green falls from the top, blue runs in slanted stripes, and a dark disc
    lies off the centre: no mirror, turn or exchange of channels leaves it as it is.
    """
    rows, columns = np.indices((side, side), dtype=np.int64)
    last = side - 1
    red = columns * 255 // last
    green = 220 - rows * rows * 180 // last**2
    blue = (rows * 3 + columns * 5) * 4 // side % 4 * 70 + 20
    picture = np.stack([red, green, blue], axis=-1)
    disc = (10 * rows - 3 * side) ** 2 + (10 * columns - 6 * side) ** 2 < (2 * side) ** 2
    return np.where(disc[..., None], picture // 5, picture).astype(np.uint8)


def make_golden(card: Card, network: FerNetwork) -> Golden:
    """The golden prediction of a network in evaluation mode on the CPU, as it will be loaded.

    Raises:
        CheckpointError: its logits are not finite.
    """
    logits = _answer(card, network, golden_picture(card.crop_side))
    if not np.isfinite(logits).all():
        raise CheckpointError(
            f"The model {card.name} answers with numbers that are not finite: train it anew with "
            "a lower learning rate."
        )
    return Golden(
        classes=card.classes,
        preprocess=card.preprocess,
        face_side=card.face_side,
        template=card.template,
        logits=tuple(logits.tolist()),
        tolerance=max(RELATIVE * float(np.abs(logits).max()), _SMALLEST),
    )


def read_golden(folder: Path) -> Golden | None:
    """The golden prediction of a checkpoint folder; None where it has none.

    Raises:
        CheckpointError: the file cannot be read or is damaged.
    """
    path = folder / GOLDEN
    try:
        golden = Golden.model_validate_json(read_bounded(path, MAX_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = shown(".".join(str(part) for part in first["loc"])) or "the file"
        raise CheckpointError(
            f"{path} is no golden prediction ({key}: {first['msg']}): copy the checkpoint again."
        ) from error
    largest = max(map(abs, golden.logits), default=0.0)
    if golden.tolerance > max(LARGEST_SHARE * largest, _SMALLEST):
        raise CheckpointError(
            f"{path}: tolerance = {golden.tolerance:g} is more than {LARGEST_SHARE:.0%} of the "
            "largest logit and would let wrong answers pass: copy the checkpoint again."
        )
    return golden


def has_golden(folder: Path) -> bool:
    """Whether loading a checkpoint folder compares its answer; see :data:`NOTICE` otherwise."""
    return (folder / GOLDEN).is_file()


def check_golden(folder: Path, card: Card, network: FerNetwork) -> None:
    """Compare a network, in evaluation mode on the CPU, with the golden prediction of its folder.

    Raises:
        CheckpointError: the card was changed since, or the answer is another.
    """
    golden = read_golden(folder)
    if golden is None:
        return
    for name, found, stored in _facts(card, golden):
        if found != stored:
            raise CheckpointError(
                f"{folder / CARD}: {name} is {found}, but the weights were checked with {stored}: "
                "copy the checkpoint again."
            )
    if len(golden.logits) != len(golden.classes):
        raise CheckpointError(
            f"{folder / GOLDEN} holds {len(golden.logits)} logits for {len(golden.classes)} "
            "expressions: copy the checkpoint again."
        )
    logits = _answer(card, network, golden_picture(card.crop_side))
    difference = float(np.abs(logits - np.array(golden.logits)).max())
    if not difference <= golden.tolerance:  # so that NaN is refused
        raise CheckpointError(
            f"{folder} answers the golden picture otherwise than when it was written, by "
            f"{difference:.3g} where {golden.tolerance:.2g} is allowed: "
            f"{_cause(golden, card, network, logits)}; copy the checkpoint again."
        )


def _facts(card: Card, golden: Golden) -> list[tuple[str, object, object]]:
    """What a card and a golden prediction say of the same thing: name, card's, golden's."""
    now, then = card.preprocess.model_dump(), golden.preprocess.model_dump()
    return [
        ("classes", ", ".join(card.classes), ", ".join(golden.classes)),
        *((f"preprocess.{key}", now[key], then[key]) for key in then),
        ("face_side", card.face_side, golden.face_side),
        ("template", card.template, golden.template),
    ]


def _answer(card: Card, network: FerNetwork, picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Logits ``[n_c]`` for one uint8 RGB picture ``[S, S, 3]``, by the path of every face."""
    with torch.inference_mode():
        logits = network(card.preprocess(picture[None])).logits[0]
    found: NDArray[np.float64] = logits.double().numpy()
    return found


def _cause(golden: Golden, card: Card, network: FerNetwork, logits: NDArray[np.float64]) -> str:
    """The likeliest reason of a wrong answer, in words."""
    stored = np.array(golden.logits)
    if np.allclose(np.sort(logits), np.sort(stored), rtol=0, atol=golden.tolerance):
        return "its expressions stand in another order"
    exchanged = golden_picture(card.crop_side)[..., ::-1].copy()
    if np.allclose(_answer(card, network, exchanged), stored, rtol=0, atol=golden.tolerance):
        return "red and blue are exchanged"
    return "its weights, or how a face is brought to them, have changed"
