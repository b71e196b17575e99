"""Items that set the baseline beside ours: their runs, models and faces."""

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.typical import typical_faces
from clfer.data.faceset import FaceSet
from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.paper import ClaimedItem
from clfer.experiments.results import Results
from clfer.experiments.run_scores import best_model, scored_faces
from clfer.experiments.scale import Scale
from clfer.experiments.variants import BASELINE, OURS, Changes
from clfer.models.checkpoint import Checkpoint

METHODS: Mapping[str, Changes] = {"baseline": BASELINE, "ours": OURS}


class PairItem(Item):
    """A figure that compares methods on the same data sets.

    Attributes:
        name: As of every item, and the name of its claims.
        datasets: The paper's.
        methods: What is compared, the baseline first.
    """

    name: ClaimedItem
    datasets: tuple[str, ...] = ("rafdb",)
    methods: Mapping[str, Changes] = METHODS

    def plan(self, scale: Scale) -> list[Planned]:
        """Every method on every data set."""
        return [
            run
            for dataset in scale.datasets(self.datasets)
            for method, changes in self.methods.items()
            for run in planned(scale, dataset, (method,), changes)
        ]

    @abstractmethod
    def produce(self, results: Results) -> Product:
        """See :meth:`Item.produce`."""

    def complete(self, results: Results, dataset: str) -> bool:
        """Whether every method has a finished run."""
        return all(results.runs(dataset, method) for method in self.methods)


def models(results: Results, *key: str) -> list[Checkpoint]:
    """The published epoch of each finished run of a setting, in memory."""
    return [best_model(run) for run in results.runs(*key)]


def sample(results: Results, dataset: str, count: int, expression: str | None = None) -> FaceSet:
    """A seeded sample of the scored faces, as many of each expression as there are.

    Args:
        results: Name the split, and where the data set lies.
        dataset: Registry name.
        count: Faces, at most.
        expression: Only faces of this one.
    """
    faces = scored_faces(results.scale, dataset)
    if expression is not None:
        faces = faces.subset(np.flatnonzero(faces.labels == faces.classes.index(expression)))
    return faces.subset(balanced_rows(faces.labels, count))


def balanced_rows(labels: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Sorted rows of at most ``count`` faces, drawn in turn from each class with seed 0."""
    order = np.random.default_rng(0).permutation(len(labels))
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        mine = order[labels[order] == label]
        turn[mine] = np.arange(len(mine))
    chosen = order[np.argsort(turn[order], kind="stable")][:count]
    return np.sort(chosen)


def example(results: Results, dataset: str, *keys: str) -> FaceSet:
    """The one face, beside neutral ones where there are others, that a setting is surest of."""
    scored = next(iter(results.by_seed(dataset, *keys).values()))
    faces = scored_faces(results.scale, dataset)
    names = typical_faces(scored, len(scored.classes))
    expressive = [
        faces.names.index(name)
        for name in names
        if faces.classes[faces.labels[faces.names.index(name)]] != "neutral"
    ]
    row = expressive[0] if expressive else faces.names.index(names[0])
    return faces.subset(np.array([row]))


def faces_said(split: str, count: int = 2) -> str:
    """What the faces of a split are called."""
    return f"{'validation' if split == 'valid' else split} face{'s' * (count != 1)}"


def picture(faces: FaceSet, row: int = 0) -> NDArray[np.uint8]:
    """A face as it is printed: uint8 ``[H, W, 3]``, or ``[H, W]`` if grey."""
    image: NDArray[np.uint8] = faces.images[row]
    return image[..., 0] if image.shape[-1] == 1 else image
