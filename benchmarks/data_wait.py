"""Row data-wait: the share of an epoch in which the training step waits for its batch."""

import os
import time
from collections.abc import Generator
from contextlib import closing

import torch

from benchmarks.frame import Measurement, alone
from clfer.config import Config, load_preset
from clfer.models.device import resolve_device
from clfer.training.epochs import Batch, TrainingFaces
from clfer.training.learner import Learner
from clfer.training.optimisation import build_optimiser
from clfer.training.prefetch import prefetched

TARGET = 0.03
SIDES = (96, 128)
"""Sides in pixels that bracket 96 to 112: the network takes multiples of 32."""
STEPS = 3
"""Training steps of a repeat."""


def run(repeats: int) -> Measurement:
    """Share of the time that the loop of ``clfer train`` stands still for data, at both sides.

    The first batch of an epoch, which nothing can hide, is left out: one of hundreds.

    Args:
        repeats: Epochs begun at each side, of :data:`STEPS` steps each.
    """
    root = os.environ.get("CLFER_FERPLUS_ROOT")
    faces = TrainingFaces.load(_config(SIDES[0], root))
    ahead, unhidden, batch_seconds, step_seconds = {}, [], [], []
    for side in SIDES:
        config = _config(side, root)
        loop = _Loop(config, faces)
        loop.share(prefetched(faces.batches(config, 0)))
        ahead[side] = []
        for epoch in range(repeats):
            ahead[side].append(loop.share(prefetched(faces.batches(config, epoch))))
            if side == SIDES[0]:
                unhidden.append(loop.share(faces.batches(config, epoch)))
                batch_seconds.append(loop.waited / STEPS)
                step_seconds.append((loop.passed - loop.waited) / STEPS)
    what = "FER+" if root else "drawn faces (set CLFER_FERPLUS_ROOT for FER+)"
    return Measurement(
        "data-wait",
        "share",
        ahead[SIDES[0]],
        TARGET,
        f"Waiting for batches of 64 at {SIDES[0]} px, made one ahead in a thread; {what}.",
        {"seconds_batch": min(batch_seconds), "seconds_step": min(step_seconds), "faces": what},
        (
            Measurement(f"at {SIDES[1]} px", "share", ahead[SIDES[1]], TARGET),
            Measurement(
                "without the thread", "share", unhidden, None, "What the thread has to hide."
            ),
        ),
    )


def _config(side: int, root: str | None) -> Config:
    drawn = ("data.name=synthetic", "data.mode=majority")
    data = (f"data.root={root}",) if root else drawn
    return load_preset("scratch", [*data, f"train.sizes=[[{side}, 1000]]"])


class _Loop:
    """Trains on batches as the engine does, and measures how long each lets it wait."""

    def __init__(self, config: Config, faces: TrainingFaces) -> None:
        self.device = resolve_device("auto")
        learner = Learner(config, len(faces.train.classes)).to(self.device)
        self.learner = learner.to(memory_format=torch.channels_last)
        self.optimiser = build_optimiser(self.learner, config.train)
        self.waited = self.passed = 0.0

    def share(self, batches: Generator[Batch, None, None]) -> float:
        """Share of the time of some steps, after a first one, that passed without a batch."""
        with closing(batches):
            self._step(next(batches))
            self.waited, start = 0.0, time.perf_counter()
            for _ in range(STEPS):
                asked = time.perf_counter()
                batch = next(batches)
                self.waited += time.perf_counter() - asked
                self._step(batch)
            self.passed = time.perf_counter() - start
        return self.waited / self.passed

    def _step(self, batch: Batch) -> None:
        result = self.learner(batch.images.to(self.device), batch.target.to(self.device))
        self.optimiser.zero_grad(set_to_none=True)
        result.loss.backward()
        self.optimiser.step()
        if self.device.type == "cuda":
            torch.cuda.synchronize()


if __name__ == "__main__":
    alone(run)
