"""The faces of a run, and the order and augmentation of every epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from clfer.config import Config
from clfer.data import load_faces
from clfer.data.faceset import FaceSet
from clfer.data.registry import SYNTHETIC
from clfer.data.splits import hold_out
from clfer.data.synthetic import load_synthetic
from clfer.errors import ConfigError
from clfer.models.preprocess import Preprocess, as_tensor, measure_pixels
from clfer.training.augment import Augmenter

WHOLE = slice(None)


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
            ConfigError: it has fewer training faces than one batch.
        """
        data = config.data
        if data.name == SYNTHETIC:
            train = load_synthetic("train", count=data.count)
        else:
            train = load_faces(data.name, data.root, "train", mode=data.mode)
        if data.count is not None and data.count < len(train):
            chosen = hold_out(train.labels, data.count / len(train), config.seed)[1]
            train = train.subset(chosen)
        valid = load_faces(data.name, data.root, "valid")
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
        self, config: Config, epoch: int, rows: slice = WHOLE
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """The augmented, normalised batches of an epoch, counted from 0.

        Order and augmentation depend on the seed and the epoch alone, so a resumed run goes on
        as the interrupted one would have, and processes that share a batch serve the faces that
        one process would.

        Args:
            config: The run's configuration.
            epoch: Counted from 0.
            rows: The part of every batch that this process takes.

        Yields:
            Images ``[B, 3, S, S]`` in channels-last memory, and labels ``[B]`` or soft labels
            ``[B, n_c]``. In mode ``probability`` a label is drawn from the soft labels each time
            a face is served, as the FER+ protocol has it.
        """
        generator = torch.Generator().manual_seed(config.seed * 100_003 + epoch)
        order = torch.randperm(len(self.train), generator=generator).numpy()
        augment = Augmenter(config.augment)
        side, size = config.train.side_at(epoch), config.train.batch
        targets = self.train.labels if self.train.targets is None else self.train.targets
        for step in range(self.steps_per_epoch(size)):
            chosen = np.sort(order[step * size : (step + 1) * size])
            # Drawn for the whole batch, so that every process stays at the same random number.
            draws = augment.draw(size, generator).of(rows)
            pixels = augment.apply(as_tensor(self.train.images[chosen[rows]]), side, draws)
            images = self.preprocess.normalise(pixels)
            target = torch.from_numpy(targets[chosen])
            if config.data.mode == "probability":
                target = torch.multinomial(target, 1, generator=generator).squeeze(1)
            yield images.contiguous(memory_format=torch.channels_last), target[rows]
