"""The faces of a run, and the order and augmentation of every epoch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clfer.config import Config, DataConfig
from clfer.data import load_faces
from clfer.data.faceset import FaceSet
from clfer.data.listing import UNUSED
from clfer.data.reduction import labelled_rows, training_rows, validation_rows, without_labels
from clfer.data.registry import SYNTHETIC
from clfer.data.synthetic import load_synthetic
from clfer.data.synthetic.dataset import synthetic_valid
from clfer.errors import ConfigError
from clfer.models.preprocess import Preprocess, as_tensor, measure_pixels
from clfer.training.augment import Augmenter

WHOLE = slice(None)
_SECOND_VIEW = 2**40
"""Added to the seed of an epoch for the second view, whose draws leave those of the first alone."""


class Batch(NamedTuple):
    """What a training step is given: B faces.

    Attributes:
        images: Augmented and normalised, ``[B, 3, S, S]`` in channels-last memory.
        target: Labels int64 ``[B]`` or soft labels ``[B, n_c]``; -1 or a row of zeros for a face
            without label.
        rows: Which training faces they are, int64 ``[B]``.
        second: Another augmented view of the same faces for SimSiam, or the mirror images of these
            for EAC; None without them.
    """

    images: Tensor
    target: Tensor
    rows: Tensor
    second: Tensor | None


@dataclass(frozen=True)
class TrainingFaces:
    """The splits of a run and how they are shown to the network.

    Attributes:
        train: Training faces.
        valid: Validation faces, by which the epoch is selected.
        preprocess: Normalisation measured on the training faces; side of the last phase.
    """

    train: FaceSet
    valid: FaceSet
    preprocess: Preprocess

    @classmethod
    def load(cls, config: Config) -> "TrainingFaces":
        """Read the configured data set.

        Raises:
            DataError: the data set cannot be read.
            ConfigError: it has fewer training faces than one batch, or not the expression whose
                faces are taken away.
        """
        data = config.data
        train = _training_faces(data, config.seed)
        valid = validation_faces(data.name, data.root, data.valid_count)
        if len(train) < config.train.batch:
            raise ConfigError(
                f"train.batch = {config.train.batch} is more than the {len(train)} training faces."
            )
        mean, std = measure_pixels(train.images)
        return cls(
            train,
            valid,
            Preprocess(side=config.train.final_side, colour=data.colour, mean=mean, std=std),
        )

    def steps_per_epoch(self, batch: int) -> int:
        """Whole batches of an epoch; the last short one is dropped."""
        return len(self.train) // batch

    def batches(
        self,
        config: Config,
        epoch: int,
        rows: slice = WHOLE,
        labels: NDArray[np.int64] | None = None,
    ) -> Iterator[Batch]:
        """The augmented, normalised batches of an epoch, counted from 0.

        Order and augmentation depend on the seed and the epoch alone, so a resumed run goes on
        as the interrupted one would have, and processes that share a batch serve the faces that
        one process would.

        Args:
            config: The run's configuration.
            epoch: Counted from 0.
            rows: The part of every batch that this process takes.
            labels: Labels of the training faces, int64 ``[N]``, where SCN has changed some; those
                of the data set by default.

        Yields:
            The batches. In mode ``probability`` a label is drawn from the soft labels each time a
            face is served, as the FER+ protocol has it.
        """
        seed = config.seed * 100_003 + epoch
        generator = torch.Generator().manual_seed(seed)
        other = torch.Generator().manual_seed(seed + _SECOND_VIEW)
        order = torch.randperm(len(self.train), generator=generator).numpy()
        augment = Augmenter(config.augment)
        side, size = config.train.side_at(epoch), config.train.batch
        targets = self.train.labels if self.train.targets is None else self.train.targets
        targets = targets if labels is None else labels
        for step in range(self.steps_per_epoch(size)):
            chosen = np.sort(order[step * size : (step + 1) * size])
            # Drawn for the whole batch, so that every process stays at the same random number.
            draws = augment.draw(size, generator).of(rows)
            pixels = as_tensor(self.train.images[chosen[rows]])
            images, second = self._shown(augment.apply(pixels, side, draws)), None
            if config.simsiam.enabled:
                draws = augment.draw(size, other).of(rows)
                second = self._shown(augment.apply(pixels, side, draws))
            elif config.eac.enabled:
                second = images.flip(3).contiguous(memory_format=torch.channels_last)
            target = torch.from_numpy(targets[chosen])
            if config.data.mode == "probability":
                target = _drawn(target, generator)
            yield Batch(images, target[rows], torch.from_numpy(chosen[rows]), second)

    def _shown(self, pixels: Tensor) -> Tensor:
        """Faces as the network takes them."""
        images = self.preprocess.normalise(pixels)
        return images.contiguous(memory_format=torch.channels_last)


def validation_faces(dataset: str, root: str | None, count: int | None) -> FaceSet:
    """The faces by which the epoch of a run is chosen.

    Args:
        dataset: Registry name.
        root: Folder or ``.zip`` of the data set.
        count: ``data.valid_count`` of the run.

    Raises:
        DataError: the data set cannot be read.
    """

    def choose(labels: NDArray[np.int64], classes: tuple[str, ...]) -> NDArray[np.int64]:
        return validation_rows(labels, count)

    if dataset == SYNTHETIC:  # the first ones are balanced, and the others need not be drawn
        return load_synthetic("valid", count=synthetic_valid(count))
    return load_faces(dataset, root, "valid", choose=choose)


def _training_faces(data: DataConfig, seed: int) -> FaceSet:
    """The faces that lie in the batches."""

    def choose(labels: NDArray[np.int64], classes: tuple[str, ...]) -> NDArray[np.int64]:
        return training_rows(labels, classes, data, seed)

    if data.name == SYNTHETIC:
        drawn = load_synthetic("train", count=data.count)
        train = drawn.subset(choose(drawn.labels, drawn.classes))
    else:
        train = load_faces(data.name, data.root, "train", mode=data.mode, choose=choose)
    if not data.unlabelled:
        return train
    return without_labels(train, ~labelled_rows(train.labels, data.labelled, seed))


def _drawn(targets: Tensor, generator: torch.Generator) -> Tensor:
    """A label ``[B]`` from each row of ``[B, n_c]``; -1 for a row of zeros."""
    hidden = ~targets.any(dim=1)
    # Every row takes part in the draw, so that the others do not depend on which are hidden.
    labels = torch.multinomial(targets + hidden[:, None], 1, generator=generator).squeeze(1)
    return torch.where(hidden, UNUSED, labels)
