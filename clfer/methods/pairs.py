"""Pairs of layers that are aligned, and how much each counts.

With ``fixed`` weights, as in the paper, every shallow block j with α_j > 0 is aligned with the
deepest block, L = 4, at that weight (Eq. 6; β_j in Eq. 7). With ``learned`` ones the pairs 1→4,
2→4, 3→4 and 2→3 share A = Σ_j α_j: pair p counts A π_p, where π = softmax(θ) is learned.

Minimising Σ_p π_p L_p over θ as well would give all weight to the pair that is easiest to align.
Kendall et al. (CVPR 2018) weigh losses by L_p / (2σ_p²) + log σ_p, whose second term forbids
σ_p → ∞; with 1/(2σ_p²) ∝ π_p it is −½ log π_p, up to a constant. Under the constraint Σ_p π_p = 1
the same idea reads, for P pairs,

    A ( Σ_p π_p L_p − 1/P Σ_p log(P π_p) ),

the second sum being the divergence KL(1/P ‖ π) of the weights from even ones: 0 at the start, and
without bound as a weight vanishes. For given losses the optimum is

    π_p = 1/P · 1/(1 + L_p − Σ_q π_q L_q):

a pair that is harder to align counts less, but with cosines, which differ by 2 at most, never less
than a third of an even share, so that the weights stay alive.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from clfer.config import BLOCK_CHANNELS, PairWeighting

DEEPEST = len(BLOCK_CHANNELS) - 1


class Pair(NamedTuple):
    """Two blocks, counted from 0: the groups of one follow the clusters of the other."""

    shallow: int
    deep: int

    @property
    def name(self) -> str:
        """``2_4`` for blocks 2 and 4, counted from 1 as in the paper."""
        return f"{self.shallow + 1}_{self.deep + 1}"


LEARNED = (Pair(0, DEEPEST), Pair(1, DEEPEST), Pair(2, DEEPEST), Pair(1, 2))
"""The pairs that share the sum: every shallow block with the deepest, and blocks 2 and 3."""


class PairWeights(nn.Module):
    """The pairs in use and their weights; fixed ones have no parameters.

    Args:
        weights: α_1, α_2, α_3 (or β).
        weighting: ``fixed`` or ``learned``.

    Attributes:
        pairs: The pairs in use.
        shallow: Blocks that are aligned, without repetition.
        deep: Blocks that are clustered, the deepest first.
    """

    def __init__(self, weights: Sequence[float], weighting: PairWeighting) -> None:
        super().__init__()
        self.learned = weighting == "learned"
        self.total = sum(weights)
        self.fixed = tuple(weight for weight in weights if weight > 0)
        at_fixed = (Pair(j, DEEPEST) for j, weight in enumerate(weights) if weight > 0)
        self.pairs = LEARNED if self.learned else tuple(at_fixed)
        self.shallow = tuple(dict.fromkeys(pair.shallow for pair in self.pairs))
        self.deep = tuple(dict.fromkeys((DEEPEST, *(pair.deep for pair in self.pairs))))
        if self.learned:
            self.theta = nn.Parameter(torch.zeros(len(LEARNED)))

    def weights(self) -> Sequence[float | Tensor]:
        """The weight of every pair: numbers, or scalars with a gradient; they sum to A."""
        if not self.learned:
            return self.fixed
        return (self.total * self.theta.softmax(dim=0)).unbind()

    def restraint(self) -> Tensor:
        """A · KL(1/P ‖ π), scalar, which keeps learned weights alive; 0 at even weights."""
        logarithms = self.theta.log_softmax(dim=0)
        return -self.total * (logarithms.mean() + math.log(len(self.pairs)))

    def columns(self, prefix: str) -> dict[str, Tensor]:
        """Learned weights by name, e.g. ``weight_fm_2_4``; empty for fixed ones."""
        if not self.learned:
            return {}
        named = zip(self.pairs, self.weights(), strict=True)
        return {f"{prefix}_{pair.name}": torch.as_tensor(w).detach() for pair, w in named}
