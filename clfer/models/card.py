"""The card of a checkpoint: readable metadata that says how to build, feed and judge the model."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from clfer.config import Config
from clfer.errors import CheckpointError, shown
from clfer.models.files import read_bounded
from clfer.models.preprocess import Preprocess

CARD = "card.json"
MAX_BYTES = 1_000_000
"""Of a card; it holds a few thousand."""

MAX_CLASSES = 1000
"""Expressions; a network for more would take the memory before it is refused."""

FORMAT: Literal[1] = 1
"""Version of the layout of a checkpoint folder."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has control characters")
    return text


def _expressions(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) > MAX_CLASSES:
        raise ValueError(f"{len(names):,} expressions are named, at most {MAX_CLASSES:,} may be")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the expression {twice!r} is named twice")
    if any(mark in name for name in names for mark in "<>"):
        raise ValueError("the name of an expression has an angle bracket")
    return names


Text = Annotated[str, Field(max_length=300), AfterValidator(_printable)]
Expression = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]
Fraction = Annotated[FiniteFloat, Field(ge=-1, le=2)]
Point = tuple[Fraction, Fraction]


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

    name: str = Field(max_length=300)
    title: Text
    dataset: Text
    classes: Annotated[tuple[Expression, ...], Field(min_length=2), AfterValidator(_expressions)]
    preprocess: Preprocess
    face_side: int | None = Field(default=None, ge=16, le=1024)
    template: tuple[Point, Point, Point, Point, Point] | None = None
    config: Config
    epoch: int = Field(ge=0, le=10**9)
    code_version: Text
    created: Text
    metrics: Annotated[dict[Text, FiniteFloat], Field(max_length=1000)] = {}
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
        return Card.model_validate_json(read_bounded(path, MAX_BYTES))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise CheckpointError(f"{path} {_first_reason(error)}.") from error


def _first_reason(error: ValidationError) -> str:
    """What is wrong, in words; the format comes first, since it explains all the rest."""
    first = min(error.errors(), key=lambda e: e["loc"] != ("format",))
    key = shown(".".join(str(part) for part in first["loc"]))
    if key == "format":
        return (
            f"has format {shown(repr(first['input']))}, but this version of CLFER reads format "
            f"{FORMAT}: update CLFER or take another checkpoint"
        )
    if first["type"] == "extra_forbidden":
        return f"is not a valid card: {key} is not a known key"
    if not key:
        return f"is not a valid card: {first['msg']}"
    return f"is not a valid card: {key}: {first['msg'].removeprefix('Value error, ')}"
