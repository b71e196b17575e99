"""Gains in accuracy as findings: a setting against others on the same faces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.mcnemar import McNemar, mcnemar_of
from clfer.experiments.difference import LEVEL, both, improved, signed
from clfer.experiments.findings import Finding, judged
from clfer.experiments.item import Key
from clfer.experiments.results import Results

Correct = Mapping[int, NDArray[np.bool_]]

GAINS_NOTE = (
    f"Gains in accuracy hold where McNemar's exact test on the same faces has p below {LEVEL:g}, "
    "are refuted where it has for a loss, and are open otherwise."
)


@dataclass(frozen=True)
class Gain:
    """What a setting gains over another.

    Attributes:
        what: Both in words, such as ``MSR over the baseline``.
        test: On the faces of all seeds.
        seeds: Trainings of each.
    """

    what: str
    test: McNemar
    seeds: int

    @property
    def said(self) -> str:
        """E.g. ``MSR over the baseline −0.87 points (−1.80 to +0.06, p = 0.071)``."""
        low, high = self.test.interval()
        mean, low_said, high_said = (
            signed(100 * share, 2) for share in (self.test.difference, low, high)
        )
        p_value = f"{self.test.p_value:.2g}"
        return f"{self.what} {mean} points ({low_said} to {high_said}, p = {p_value})"


def gain_over(what: str, a: Correct, b: Correct) -> Gain | None:
    """What B gains over A on the same faces.

    Args:
        what: Both in words, such as ``MSR over the baseline``.
        a: Whether A is right, bool ``[N]`` by seed.
        b: The same of B.

    Returns:
        None while they have no seed in common.
    """
    seeds = [seed for seed in a if seed in b]
    if not seeds:
        return None
    right = (np.concatenate([side[seed] for seed in seeds]) for side in (a, b))
    return Gain(what, mcnemar_of(*right), len(seeds))


def correct(results: Results, *key: str) -> Correct:
    """Whether each finished run of a setting is right, face by face."""
    return {seed: scored.correct for seed, scored in results.by_seed(*key).items()}


def all_gain(
    gains: Sequence[Gain | None], results: Results, *keys: Key, least: bool = False
) -> Finding:
    """Whether all of several gains are there.

    Args:
        gains: At least one; None where runs are missing.
        results: Of the item.
        keys: The settings that take part, for :func:`~clfer.experiments.findings.judged`.
        least: Word the smallest of them alone.
    """
    found = [gain for gain in gains if gain is not None]
    if len(found) < len(gains):
        return Finding("nothing: its runs are not finished")
    worded = [min(found, key=lambda gain: gain.test.difference)] if least else found
    text = "; ".join(gain.said for gain in worded)
    seeds = min(gain.seeds for gain in found)
    faces = found[0].test.n // seeds
    said = f"least {text}" if least else text
    return judged(
        Finding(said, both(improved(gain.test) for gain in found), faces, seeds), results, *keys
    )
