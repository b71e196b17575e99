"""What the paper says of an item, beside what is measured here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clfer.experiments.item import Key
from clfer.experiments.paper import ClaimedItem, claims
from clfer.experiments.results import Results
from clfer.experiments.table import Column, ResultTable

HOLDS = {True: "yes", False: "no", None: "open"}

COLUMNS = (
    *(Column("data"), Column("claim of the paper"), Column("measured here"), Column("holds")),
    *(Column("section"), Column("n"), Column("seeds")),
)


CHANCE_NOTE = (
    "No better than chance: no model recognises more faces than one that always names the most "
    "frequent expression would (95 %), so that nothing follows for the method."
)


@dataclass(frozen=True)
class Finding:
    """What the runs say about a claim.

    Attributes:
        measured: The numbers, in words.
        holds: Whether they agree; None where they cannot tell.
        n: Faces, or epochs, that they come from; None where nothing was measured.
        seeds: Trainings of each method; None likewise.
    """

    measured: str
    holds: bool | None = None
    n: int | None = None
    seeds: int | None = None


def judged(finding: Finding, results: Results, *keys: Key) -> Finding:
    """The finding, left open where none of the settings has learnt to tell expressions apart.

    What a model responds to, or gets right, says nothing about a method while the model is no
    better than one that always names the most frequent expression.
    """
    if any(_above_chance(results, key) for key in keys):
        return finding
    return replace(finding, measured=f"{finding.measured}; no better than chance", holds=None)


def _above_chance(results: Results, key: Key) -> bool:
    score, scored = results.score(*key), results.scores(*key)
    if score is None:
        return False
    return score.interval[0] > float(np.bincount(scored[0].labels).max()) / score.n


def findings_table(
    item: ClaimedItem, findings: Mapping[str, Sequence[Finding]], results: Results, *notes: str
) -> ResultTable:
    """A row per data set and claim.

    Args:
        item: Its name.
        findings: One finding per claim of the item, by data set.
        results: Names the runs that are missing.
        notes: What was measured, and how.

    Raises:
        ValueError: a data set has more or fewer findings than the item has claims.
    """
    rows = [
        (dataset, said.text, one.measured, HOLDS[one.holds], said.section, one.n, one.seeds)
        for dataset, found in findings.items()
        for said, one in zip(claims(item), found, strict=True)
    ]
    title = "What the paper says, and what is measured here"
    if any("no better than chance" in one.measured for of in findings.values() for one in of):
        notes += (CHANCE_NOTE,)
    below = (*notes, *missing_note(results))
    return ResultTable(f"{item}-claims", title, COLUMNS, tuple(rows), below)


def nothing(item: ClaimedItem, why: str = "its runs are not finished") -> list[Finding]:
    """Findings on a data set of which nothing can be measured yet."""
    return [Finding(f"nothing: {why}") for _ in claims(item)]


def missing_note(results: Results) -> list[str]:
    """The runs that are not finished, by name, as one sentence; none if all are."""
    names = [f"{' '.join(one.key)}, seed {one.config.seed}" for one in results.missing]
    return [f"Not finished: {'; '.join(names)}."] if names else []
