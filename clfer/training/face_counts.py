"""How many faces a run would use, counted without opening an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.config import Config, DataConfig
from clfer.data.reduction import labelled_rows, training_rows, validation_rows
from clfer.data.registry import SYNTHETIC, dataset_classes, on_disk
from clfer.data.synthetic.dataset import DEFAULT_COUNTS, faces_to_draw, synthetic_valid
from clfer.errors import ConfigError

_SYNTHETIC_BYTES = 64 * 64 * 3
_RGB = 3


@dataclass(frozen=True)
class FaceCounts:
    """The faces of a run.

    Attributes:
        train: Training faces in the batches: after ``data.count``, then ``data.reduce``, then
            ``data.labelled`` unless the faces without label stay.
        valid: Validation faces.
        classes: Number of expressions.
        face_bytes: Memory that one face takes while a run goes on.
        missing: Synthetic faces that have to be drawn when the run starts.
        unlabelled: Training faces without label.
    """

    train: int
    valid: int
    classes: int
    face_bytes: int
    missing: int
    unlabelled: int = 0

    @property
    def labels_in_words(self) -> str:
        """How many of the training faces have a label; empty if all have."""
        if not self.unlabelled:
            return ""
        return f"{self.train - self.unlabelled:,} with and {self.unlabelled:,} without label"

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

    Returns:
        Counts equal to those that the run will find.

    Raises:
        DataError: there is no such data set, or its root is missing, laid out otherwise, or lacks
            a split.
        ConfigError: ``data.reduce`` is no expression of the data set.
    """
    classes = dataset_classes(data.name, data.root)
    if data.name == SYNTHETIC:
        drawn = DEFAULT_COUNTS["train"] if data.count is None else data.count
        labels = np.arange(drawn, dtype=np.int64) % len(classes)
        valid = synthetic_valid(data.valid_count)
        train, unlabelled = _chosen(labels, classes, data, seed)
        missing = faces_to_draw("train", count=drawn) + faces_to_draw("valid", count=valid)
        return FaceCounts(train, valid, len(classes), _SYNTHETIC_BYTES, missing, unlabelled)
    dataset = on_disk(data.name)
    with dataset.open(data.root) as tree:
        train_faces, valid_faces = (
            dataset.read(tree, split, mode).used()
            for split, mode in (("train", data.mode), ("valid", "majority"))
        )
    train, unlabelled = _chosen(train_faces.labels, classes, data, seed)
    face_bytes = dataset.side**2 * (dataset.channels or _RGB)
    valid = len(validation_rows(valid_faces.labels, data.valid_count))
    return FaceCounts(train, valid, len(classes), face_bytes, 0, unlabelled)


def _chosen(
    labels: NDArray[np.int64], classes: tuple[str, ...], data: DataConfig, seed: int
) -> tuple[int, int]:
    """Number of training faces, and how many of them have no label."""
    rows = training_rows(labels, classes, data, seed)
    if not data.unlabelled:
        return len(rows), 0
    return len(rows), int((~labelled_rows(labels[rows], data.labelled, seed)).sum())
