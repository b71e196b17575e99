"""How many faces a run would use, counted without opening an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.config import Config, DataConfig
from clfer.data.listing import Listing
from clfer.data.registry import SYNTHETIC, dataset_classes, on_disk
from clfer.data.splits import hold_out
from clfer.data.synthetic.dataset import DEFAULT_COUNTS
from clfer.errors import ConfigError

_SYNTHETIC_BYTES = 64 * 64 * 3
_RGB = 3


@dataclass(frozen=True)
class FaceCounts:
    """The faces of a run.

    Attributes:
        train: Training faces.
        valid: Validation faces.
        classes: Number of expressions.
        face_bytes: Memory that one face takes while a run goes on.
        drawn: Whether the faces are drawn when the run starts rather than read.
    """

    train: int
    valid: int
    classes: int
    face_bytes: int
    drawn: bool

    @property
    def memory(self) -> int:
        """Bytes of both splits."""
        return (self.train + self.valid) * self.face_bytes

    def steps(self, config: Config) -> int:
        """Steps of an epoch.

        Raises:
            ConfigError: a batch is more than the training faces, or has fewer faces than CLBS
                makes clusters of.
        """
        batch = config.train.batch
        if self.train < batch:
            raise ConfigError(
                f"train.batch = {batch} is more than the {self.train} training faces."
            )
        clusters = config.clbs.clusters or self.classes
        if config.clbs.enabled and batch < clusters:
            raise ConfigError(
                f"train.batch = {batch} is fewer faces than the {clusters} clusters of CLBS: "
                f"choose a larger batch or switch CLBS off."
            )
        return self.train // batch


def count_faces(data: DataConfig, seed: int) -> FaceCounts:
    """Count the faces of the configured data set.

    Args:
        data: The data set, its root, and how many of its faces are used.
        seed: Seed of the run, which draws them.

    Raises:
        DataError: there is no such data set, or its root is missing, laid out otherwise, or lacks
            a split.
    """
    classes = len(dataset_classes(data.name, data.root))
    if data.name == SYNTHETIC:
        train = DEFAULT_COUNTS["train"] if data.count is None else data.count
        return FaceCounts(train, DEFAULT_COUNTS["valid"], classes, _SYNTHETIC_BYTES, drawn=True)
    dataset = on_disk(data.name)
    with dataset.open(data.root) as tree:
        train_faces, valid_faces = (
            dataset.read(tree, split, mode).used()
            for split, mode in (("train", data.mode), ("valid", "majority"))
        )
    train = _chosen(train_faces, data.count, seed)
    face_bytes = dataset.side**2 * (dataset.channels or _RGB)
    return FaceCounts(train, len(valid_faces.labels), classes, face_bytes, drawn=False)


def _chosen(faces: Listing, count: int | None, seed: int) -> int:
    labels: NDArray[np.int64] = faces.labels
    if count is None or count >= len(labels):
        return len(labels)
    return len(hold_out(labels, count / len(labels), seed)[1])
