"""Two settings seed by seed on the same faces: the only way in which differences are judged."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.mcnemar import McNemar, mcnemar_of
from clfer.analysis.paired_t import PairedT, paired_t
from clfer.analysis.score_changes import ScoreChanges, score_changes
from clfer.analysis.scored import ScoredFaces


@dataclass(frozen=True)
class Pairs:
    """Settings A and B.

    Attributes:
        comparisons: By the seeds of which both runs are done, at least one.
    """

    comparisons: Mapping[int, Comparison]

    @property
    def pooled(self) -> McNemar:
        """McNemar's exact test over the faces of all seeds.

        A face counts once per seed. The test takes these as independent, which they are not, so
        that with several seeds its p value is too small.
        """
        both = self.comparisons.values()
        return mcnemar_of(
            np.concatenate([one.a.correct for one in both]),
            np.concatenate([one.b.correct for one in both]),
        )

    @property
    def changes(self) -> ScoreChanges:
        """Of all scores, with intervals and tests that count a face once, whatever the seeds."""
        return score_changes(list(self.comparisons.values()))

    @property
    def over_seeds(self) -> PairedT:
        """Student's paired t test over the accuracies of the seeds."""
        both = self.comparisons.values()
        return paired_t([float(one.b.correct.mean() - one.a.correct.mean()) for one in both])


def paired(a: Mapping[int, ScoredFaces], b: Mapping[int, ScoredFaces]) -> Pairs | None:
    """Bring two settings together by their seeds; None while they have none in common.

    Raises:
        DataError: they were scored on different faces.
    """
    common = [seed for seed in a if seed in b]
    if not common:
        return None
    return Pairs({seed: compare(a[seed], b[seed]) for seed in common})
