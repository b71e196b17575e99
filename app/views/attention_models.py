"""The models that have attention over layers, with their scores."""

from dataclasses import dataclass

from clfer.analysis.comparison import Comparison
from clfer.analysis.scored import ScoredFaces
from clfer.sides import Side
from selection import Selection


@dataclass(frozen=True, eq=False)
class Attentive:
    """A model with MSR.

    Attributes:
        side: Which.
        title: Its name in words.
        scores: Its scores, attention and contributions included.
    """

    side: Side
    title: str
    scores: ScoredFaces


def attentive(chosen: Selection, comparison: Comparison) -> list[Attentive]:
    """A, B, both or neither: a baseline and an earlier epoch have no attention."""
    sides: list[tuple[Side, ScoredFaces]] = [("A", comparison.a), ("B", comparison.b)]
    return [
        Attentive(side, chosen.model(side).card.title, scores)
        for side, scores in sides
        if scores.attention is not None
    ]
