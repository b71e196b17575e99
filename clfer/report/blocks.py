"""What a report is made of: sections of sentences, charts and tables."""

from dataclasses import dataclass

import pandas as pd

from clfer.analysis.comparison import Comparison
from clfer.analysis.scored import ScoredFaces
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme
from clfer.models.checkpoint import Checkpoint
from clfer.sides import Side

_DATASETS = {
    "ferplus": "FER+",
    "rafdb": "RAF-DB",
    "sfew": "SFEW",
    "affectnet": "AffectNet-8",
    "affectnet7": "AffectNet-7",
}


@dataclass(frozen=True)
class Table:
    """A table to be read.

    Attributes:
        title: Its caption.
        frame: Texts and numbers; the first column names the rows.
        folded: Whether it is closed until it is asked for; printing opens it.
    """

    title: str
    frame: pd.DataFrame
    folded: bool = False


@dataclass(frozen=True)
class Prose:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class Listing:
    """A text in its own layout, closed until it is asked for."""

    title: str
    text: str


Block = Chart | Table | Prose | Listing


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it.

    Attributes:
        key: Its anchor.
        title: Its heading.
        blocks: Content, top to bottom.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, eq=False)
class Subject:
    """What a report is about.

    Attributes:
        comparison: Scores of both models on the same faces.
        a: Model A.
        b: Model B.
        theme: Theme of the figures.
    """

    comparison: Comparison
    a: Checkpoint
    b: Checkpoint
    theme: Theme

    @property
    def models(self) -> dict[Side, Checkpoint]:
        """The models by their letter."""
        return {"A": self.a, "B": self.b}

    @property
    def scores(self) -> dict[Side, ScoredFaces]:
        """Their scores by the same letter."""
        return {"A": self.comparison.a, "B": self.comparison.b}

    @property
    def faces(self) -> str:
        """Which faces, in words, e.g. ``FER+ valid``."""
        name = self.comparison.dataset
        return f"{_DATASETS.get(name, name)} {self.comparison.split}"

    def named(self, side: Side) -> str:
        """A model with its letter, e.g. ``A, Baseline``."""
        return f"{side}, {self.models[side].card.title}"
