"""The card of a checkpoint: readable metadata that says how to build, feed and judge the model."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clfer.config import Config
from clfer.errors import CheckpointError
from clfer.models.preprocess import Preprocess

CARD = "card.json"
FORMAT: Literal[1] = 1
"""Version of the layout of a checkpoint folder."""

Point = tuple[float, float]


class Card(BaseModel):
    """Readable metadata of a checkpoint.

    Attributes:
        name: Name of the checkpoint folder.
        title: One line for people.
        dataset: Registry name of the training set.
        classes: Expressions in the order of the logits.
        preprocess: Input size, colour mode and normalisation.
        face_side: Side in pixels in which the training faces were stored. Photos are cropped to
            it and then enlarged to the input size, or they would be sharper than any face the
            model has seen; None for the input size itself.
        template: Five landmarks of a training face in the unit square; None if not measured.
        config: The full configuration of the run.
        epoch: Epoch of the weights, counted from 1.
        code_version: Version of the package that trained it.
        created: ISO 8601 time.
        metrics: Figures on the validation split, e.g. ``accuracy``.
        format: Version of this layout.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    dataset: str
    classes: tuple[str, ...] = Field(min_length=2)
    preprocess: Preprocess
    face_side: int | None = Field(default=None, ge=16)
    template: tuple[Point, Point, Point, Point, Point] | None = None
    config: Config
    epoch: int = Field(ge=0)
    code_version: str
    created: str
    metrics: dict[str, float] = {}
    format: Literal[1] = FORMAT

    @property
    def method(self) -> str:
        """Short name of the method, e.g. ``baseline`` or ``MSR+CLFM+CLBS``."""
        return self.config.method

    @property
    def crop_side(self) -> int:
        """Side in pixels of the crops that are taken from photos."""
        return self.face_side or self.preprocess.side


def read_card(folder: Path) -> Card:
    """The metadata of a checkpoint folder.

    Raises:
        CheckpointError: the card is missing, damaged, or of another format.
    """
    path = folder / CARD
    try:
        return Card.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise CheckpointError(f"{path} {_first_reason(error)}.") from error


def _first_reason(error: ValidationError) -> str:
    """What is wrong, in words; the format comes first, since it explains all the rest."""
    first = min(error.errors(), key=lambda e: e["loc"] != ("format",))
    key = ".".join(str(part) for part in first["loc"])
    if key == "format":
        return (
            f"has format {first['input']!r}, but this version of CLFER reads format {FORMAT}: "
            "update CLFER or take another checkpoint"
        )
    if first["type"] == "extra_forbidden":
        return f"is not a valid card: {key} is not a known key"
    if not key:
        return f"is not a valid card: {first['msg']}"
    return f"is not a valid card: {key}: {first['msg'].removeprefix('Value error, ')}"
