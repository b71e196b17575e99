"""Runs that look finished, on a folder of noise, whose predictions a test knows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from grid_runs import write_run
from noise_faces import write_noise_faces
from numpy.typing import NDArray

from clfer.analysis.outputs import Outputs
from clfer.data import load_faces
from clfer.experiments.item import Item, Key
from clfer.experiments.reproduce import produce
from clfer.experiments.scale import Scale, load_scale
from clfer.experiments.table import ResultTable
from clfer.expressions import BASIC_EXPRESSIONS
from clfer.paths import runs_dir
from clfer.runs.launch import config_hash
from clfer.training.predictions import save_predictions
from clfer.training.run_folder import RunFolder

DATASET = "folder"
CLASSES = BASIC_EXPRESSIONS
Logits = NDArray[np.float16]


@dataclass(frozen=True)
class Finished:
    """Some finished runs of an item.

    Attributes:
        scale: Their size.
        labels: True classes of the faces.
        logits: What each run says, by its setting and seed.
        folders: The same runs on disk.
    """

    scale: Scale
    labels: list[int]
    logits: dict[tuple[Key, int], Logits]
    folders: dict[tuple[Key, int], Path]

    def right(self, key: Key, seed: int = 0) -> list[bool]:
        """Whether each face is right, counted one by one."""
        said = self.logits[key, seed]
        return [
            max(range(len(CLASSES)), key=lambda c: said[i, c]) == label
            for i, label in enumerate(self.labels)
        ]

    def accuracy(self, key: Key, seed: int = 0) -> float:
        """Per cent."""
        right = self.right(key, seed)
        return 100 * sum(right) / len(right)

    def tables(self, item: Item) -> dict[str, ResultTable]:
        """What an item makes of them."""
        return {table.name: table for table in produce(item, self.scale).tables}


def folder_scale(root: Path) -> Scale:
    """The smallest size, on a folder of 35 validation faces of noise."""
    write_noise_faces(root, train=1, valid=5, side=16)
    scale = load_scale("smoke", {DATASET: str(root)})
    return replace(scale, own_datasets=(DATASET,))


def finish(item: Item, scale: Scale, wanted: Callable[[Key], bool] = lambda key: True) -> Finished:
    """Write the runs of an item whose setting is wanted; each predicts something of its own."""
    faces = load_faces(DATASET, scale.root(DATASET), "valid")
    logits: dict[tuple[Key, int], Logits] = {}
    folders: dict[tuple[Key, int], Path] = {}
    for number, one in enumerate(item.plan(scale)):
        if not wanted(one.key):
            continue
        rng = np.random.default_rng(number)
        said = rng.normal(0, 1, (len(faces), len(CLASSES)))
        said[np.arange(len(faces)), faces.labels] += rng.uniform(0, 2)
        said[::4] *= 0.1  # so unsure that the top probability is below 0.25
        found = said.astype(np.float16)
        folder = write_run(runs_dir() / config_hash(one.config)[:12], one.config, "done", 0.5)
        outputs = Outputs(found.astype(np.float64), np.zeros((len(faces), 2), np.float32))
        save_predictions(RunFolder(folder).predictions(1), outputs)
        logits[one.key, one.config.seed] = found
        folders[one.key, one.config.seed] = folder
    return Finished(scale, faces.labels.tolist(), logits, folders)
