"""Generated input for the property tests: ordinary and degenerate, each from its case alone."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from numpy.typing import NDArray

from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.curves import NEEDED, Curve, curve_of_rows
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.tables import face_table
from clfer.config import ClbsConfig, ClfmConfig, Config, ModelConfig
from clfer.data.faceset import FaceSet
from clfer.expressions import EXPRESSIONS
from clfer.methods.joint import JointObjective
from clfer.models.card import Card
from clfer.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from clfer.models.network import FerNetwork
from clfer.models.preprocess import Preprocess
from clfer.runs.record import Run, open_run
from clfer.training.run_folder import RunFolder

SIDE = 64
KINDS = ("plain", "zeros", "constant", "identical", "one label", "large", "small")
"""What the numbers of a case are like; ``identical``: all rows, or channels, alike."""


@dataclass(frozen=True)
class Case:
    """One input.

    Attributes:
        n: Number of faces, or of whatever the function takes several of.
        classes: Number of expressions.
        kind: One of :data:`KINDS`.
        wide: Float64 rather than float32.
        seed: Of the numbers.
    """

    n: int
    classes: int
    kind: str
    wide: bool
    seed: int

    @cached_property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    @property
    def names(self) -> tuple[str, ...]:
        return EXPRESSIONS[: self.classes]

    def floats(self, *shape: int) -> NDArray[Any]:
        """Numbers of the case's kind and precision."""
        values = self.rng.normal(size=shape)
        if self.kind == "zeros":
            values = np.zeros(shape)
        elif self.kind == "constant":
            values = np.full(shape, 0.3)
        elif self.kind == "identical" and len(shape) > 1:
            values = np.broadcast_to(values[:1], shape).copy()
        elif self.kind in ("large", "small"):
            values = values * (1e4 if self.kind == "large" else 1e-9)
        return values.astype(np.float64 if self.wide else np.float32)

    def doubles(self, *shape: int) -> NDArray[np.float64]:
        return self.floats(*shape).astype(np.float64)

    def shares(self, *shape: int) -> NDArray[np.float64]:
        """Numbers from 0 to 1."""
        return 1 / (1 + np.exp(-np.clip(self.doubles(*shape), -50, 50)))

    @property
    def labels(self) -> NDArray[np.int64]:
        if self.kind == "one label":
            return np.zeros(self.n, dtype=np.int64)
        return np.random.default_rng(self.seed + 1).integers(0, self.classes, self.n)

    def counts(self, *shape: int) -> NDArray[np.int64]:
        values = np.zeros(shape) if self.kind == "zeros" else self.rng.integers(0, 50, shape)
        return np.asarray(values, dtype=np.int64)

    @property
    def confusion(self) -> NDArray[np.int64]:
        return self.counts(self.classes, self.classes)

    def images(self, side: int = 48, channels: int = 3) -> NDArray[np.uint8]:
        """Faces uint8 ``[n, side, side, channels]``."""
        pixels = self.rng.integers(0, 256, (self.n, side, side, channels), dtype=np.uint8)
        if self.kind in ("zeros", "constant"):
            pixels[:] = 0 if self.kind == "zeros" else 128
        if self.kind == "identical":
            pixels[:] = pixels[:1, ..., :1]
        return pixels

    @property
    def crop(self) -> NDArray[np.uint8]:
        return self.images()[0]

    @property
    def batch(self) -> torch.Tensor:
        """Normalised faces ``[n, 3, 64, 64]``."""
        return self.checkpoint.card.preprocess(self.images())

    def faces(self, split: str = "valid") -> FaceSet:
        names = tuple(f"face{i}" for i in range(self.n))
        images = self.images(channels=1 + 2 * (self.seed % 2))
        return FaceSet("ferplus", split, self.names, images, self.labels, names, names)

    def scored(self, msr: bool = True, shift: int = 0) -> ScoredFaces:
        other = Case(self.n, self.classes, self.kind, self.wide, self.seed + 7 * shift)
        return other._scored(self.labels, msr)

    def _scored(self, labels: NDArray[np.int64], msr: bool) -> ScoredFaces:
        names = tuple(f"face{i}" for i in range(self.n))
        shares = self.doubles(self.n, self.classes, 4)
        extra: dict[str, Any] = {
            "attention": self.shares(self.n, 4),
            "attention_norm": np.abs(self.doubles(self.n, 4)),
            "contributions": shares,
        }
        return ScoredFaces(
            "ferplus",
            "valid",
            self.names,
            names,
            names,
            labels,
            shares.sum(axis=2),
            self.floats(self.n, 16).astype(np.float32),
            epoch=3,
            grad_norm_cls=np.abs(self.doubles(self.n, 4)),
            grad_norm_joint=np.abs(self.doubles(self.n, 4)),
            group_sizes=self.counts(self.n, 4, 4),
            **(extra if msr else {}),
        )

    @property
    def pair(self) -> Comparison:
        return compare(self.scored(), self.scored(msr=False, shift=1))

    @property
    def checkpoint(self) -> Checkpoint:
        """With MSR, CLFM and CLBS; its maps are constant where the case is."""
        return model(True, self.kind in ("zeros", "constant"))

    @property
    def baseline(self) -> Checkpoint:
        return model(False, self.kind in ("zeros", "constant"))

    @property
    def features(self) -> tuple[torch.Tensor, ...]:
        with torch.inference_mode():
            features: tuple[torch.Tensor, ...] = self.checkpoint.network(self.batch).features
        return features

    @property
    def rows(self) -> list[dict[str, float]]:
        """A history of n epochs."""
        found = []
        for epoch in range(1, self.n + 1):
            row = dict.fromkeys(NEEDED, 0.0)
            values = np.abs(self.doubles(len(NEEDED)))
            row |= dict(zip(NEEDED, values.tolist(), strict=True))
            row |= {name: min(1.0, row[name]) for name in NEEDED if "accuracy" in name}
            found.append(row | {"epoch": epoch, "side": SIDE, "seconds": 1.0})
        return found

    def curve(self, name: str = "one", seed: int = 0) -> Curve:
        return curve_of_rows(Path(name), name, Config(seed=seed), self.rows)

    def run(self, name: str = "run", seed: int = 0) -> Run:
        """A finished run on disk."""
        folder = place() / f"{name}-{self.seed}-{self.kind}-{self.n}"
        if not folder.exists():
            run = RunFolder.create(folder, Config(seed=seed), resume=False)
            lines = "".join(json.dumps(row) + "\n" for row in self.rows)
            (folder / "metrics.jsonl").write_text(lines)
            run.write_status("done", epoch=self.n, epochs=self.n)
        return open_run(folder)


def cases() -> st.SearchStrategy[Case]:
    return st.builds(
        Case,
        n=st.sampled_from([1, 2, 3, 5, 12, 40]),
        classes=st.integers(2, 8),
        kind=st.sampled_from(KINDS),
        wide=st.booleans(),
        seed=st.integers(0, 10_000),
    )


@lru_cache
def place() -> Path:
    """A folder for whatever the functions write, until the tests end."""
    kept = tempfile.TemporaryDirectory(prefix="clfer-properties-")
    place.keep = kept  # type: ignore[attr-defined]
    return Path(kept.name)


@lru_cache
def model(ours: bool, dead: bool) -> Checkpoint:
    """A checkpoint on disk with random weights, or those of zero, whose maps are constant."""
    config = Config(
        model=ModelConfig(msr=ours, normalise_fusion=True),
        clfm=ClfmConfig(enabled=ours),
        clbs=ClbsConfig(enabled=ours),
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = FerNetwork.of(config, len(EXPRESSIONS))
        objective = JointObjective(config, len(EXPRESSIONS))
        references = torch.randn(config.clfm.clusters, 16) * 0.1
    if dead:
        for parameter in network.encoder.parameters():
            parameter.data.zero_()
    folder = place() / f"{'ours' if ours else 'baseline'}-{'dead' if dead else 'live'}"
    card = Card(
        name=folder.name,
        title="Untrained",
        dataset="ferplus",
        classes=EXPRESSIONS,
        preprocess=Preprocess(side=SIDE, colour="grey", mean=0.5, std=0.25),
        face_side=48,
        config=config,
        epoch=3,
        code_version="0",
        created="2024-01-01T00:00:00",
        metrics={"accuracy": 0.1},
    )
    save_checkpoint(folder, card, network.eval(), objective.eval(), references)
    checkpoint = load_checkpoint(folder)
    rng = np.random.default_rng(0)
    names = tuple(f"face{i}" for i in range(6))
    images = rng.integers(0, 256, (6, 48, 48, 1), dtype=np.uint8)
    labels = rng.integers(0, len(EXPRESSIONS), 6)
    faces = FaceSet("ferplus", "valid", EXPRESSIONS, images, labels, names, names)
    face_table(checkpoint, faces).to_parquet(folder / "faces.parquet")
    return checkpoint


Property = Callable[[Case], object]
