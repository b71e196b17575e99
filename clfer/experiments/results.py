"""What the finished runs of an item say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from clfer.analysis.metrics import wilson_interval
from clfer.analysis.scored import ScoredFaces
from clfer.experiments.item import Planned
from clfer.experiments.run_scores import score_run
from clfer.experiments.scale import Scale
from clfer.runs.launch import config_hash
from clfer.runs.record import Run


@dataclass(frozen=True)
class Score:
    """Accuracy of a setting.

    Attributes:
        seeds: Seeds of its runs.
        accuracies: One per seed, as fractions.
        n: Faces that each was scored on.
    """

    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]
    n: int

    @classmethod
    def of(cls, correct: Mapping[int, NDArray[np.bool_]]) -> "Score | None":
        """From whether each face is right, bool ``[N]`` by seed; None without a seed."""
        if not correct:
            return None
        accuracies = tuple(float(one.mean()) for one in correct.values())
        return cls(tuple(correct), accuracies, len(next(iter(correct.values()))))

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return float(np.mean(self.accuracies))

    @property
    def std(self) -> float:
        """Sample standard deviation over the seeds; NaN for a single one."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.seeds) > 1 else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """95 %: Wilson's over the faces for a single seed, Student's over several seeds."""
        if len(self.seeds) == 1:
            return wilson_interval(round(self.accuracies[0] * self.n), self.n)
        half = (
            float(student.ppf(0.975, len(self.seeds) - 1)) * self.std / math.sqrt(len(self.seeds))
        )
        return max(0.0, self.mean - half), min(1.0, self.mean + half)


class Results:
    """The runs of an item, those that are done by their setting.

    Args:
        scale: The size.
        runs: What the item needs, in its order.
        known: Runs by identity, of which only finished ones count.
    """

    def __init__(self, scale: Scale, runs: Sequence[Planned], known: Mapping[str, Run]) -> None:
        self.scale = scale
        self.planned = tuple(runs)
        self._known = {name: run for name, run in known.items() if run.status.state == "done"}
        self._scores: dict[str, ScoredFaces] = {}

    @cached_property
    def missing(self) -> tuple[Planned, ...]:
        """The runs that are not done."""
        return tuple(one for one in self.planned if config_hash(one.config) not in self._known)

    @cached_property
    def done(self) -> tuple[Run, ...]:
        """The runs that are done, each once."""
        names = dict.fromkeys(config_hash(one.config) for one in self.planned)
        return tuple(self._known[name] for name in names if name in self._known)

    def runs(self, *key: str) -> list[Run]:
        """Finished runs of a setting, in the order of their seeds."""
        found = (config_hash(one.config) for one in self.planned if one.key == key)
        return [self._known[name] for name in dict.fromkeys(found) if name in self._known]

    def scores(self, *key: str) -> list[ScoredFaces]:
        """What each finished run of a setting says about the faces of the scale's split."""
        return list(self.by_seed(*key).values())

    def by_seed(self, *key: str) -> dict[int, ScoredFaces]:
        """:meth:`scores` by the seed of the run."""
        return {run.config.seed: self._scored(run) for run in self.runs(*key)}

    def score(self, *key: str) -> Score | None:
        """Accuracy of a setting; None while it has no finished run."""
        return Score.of({seed: one.correct for seed, one in self.by_seed(*key).items()})

    def _scored(self, run: Run) -> ScoredFaces:
        name = config_hash(run.config)
        if name not in self._scores:
            self._scores[name] = score_run(run, self.scale.split, self.scale.root)
        return self._scores[name]
