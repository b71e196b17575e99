"""The training loop, on Lightning Fabric; the one file that imports it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from lightning_fabric import Fabric
from torch import Tensor

import clfer
from clfer.config import Config
from clfer.models.checkpoint import Card, Checkpoint
from clfer.models.device import resolve_device
from clfer.models.initialise import initialise
from clfer.training.epochs import TrainingFaces
from clfer.training.learner import Learner, StepResult, means
from clfer.training.measure import matched_references, measure_intensity, validate
from clfer.training.optimisation import WeightAverage, build_optimiser, learning_rate
from clfer.training.predictions import save_predictions
from clfer.training.run_folder import RunFolder
from clfer.training.state import TrainingState

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]

HEARTBEAT_SECONDS = 5.0


@dataclass(frozen=True)
class Progress:
    """Where a run is, for a progress bar.

    Attributes:
        epoch: Running epoch, counted from 1.
        epochs: All epochs.
        step: Finished steps of this epoch.
        steps: Steps of an epoch.
        seconds_left: Estimate for the whole run; None before the first steps.
        row: The history row of the epoch that has just ended, else None.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds_left: float | None
    row: dict[str, Any] | None = None


Report = Callable[[Progress], None]


def train(
    config: Config,
    folder: Path,
    *,
    device: str = "auto",
    precision: Precision = "32-true",
    resume: bool = False,
    report: Report | None = None,
) -> RunFolder:
    """Train a model in a run folder, writing its state after every epoch.

    Args:
        config: The full configuration.
        folder: Folder of the run.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        precision: Fabric's name of the arithmetic of the training step; evaluation is in float32.
        resume: Go on from the last whole epoch of the folder.
        report: Called after every step and epoch.

    Raises:
        ConfigError: the folder, device or configuration cannot be used.
        DataError: the data set cannot be read.
    """
    faces = TrainingFaces.load(config)
    run = RunFolder.create(folder, config, resume=resume)
    trainer = _Trainer(config, run, faces, _fabric(device, precision), report or (lambda _: None))
    try:
        trainer.fit()
    except BaseException as error:
        state = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        run.write_status(state, epoch=trainer.state.epoch, epochs=config.train.epochs, reason=str(error))
        raise
    return run


def _fabric(device: str, precision: Precision) -> Fabric:
    where = resolve_device(device)
    devices = 1 if where.index is None else [where.index]
    fabric = Fabric(accelerator=where.type, devices=devices, precision=precision)
    fabric.launch()
    return fabric


@dataclass
class _Trainer:
    config: Config
    run: RunFolder
    faces: TrainingFaces
    fabric: Fabric
    report: Report
    state: TrainingState = field(init=False)

    def __post_init__(self) -> None:
        torch.manual_seed(self.config.seed)
        learner = Learner(self.config, len(self.faces.train.classes))
        initialise(learner.network, self.config.model.init)
        learner.to(memory_format=torch.channels_last)
        self.average = WeightAverage(learner, self.config.train.average)
        self.average.module.to(self.fabric.device)
        optimiser = build_optimiser(learner, self.config.train)
        self.learner, self.optimiser = self.fabric.setup(learner, optimiser)
        self.steps = self.faces.steps_per_epoch(self.config.train.batch)
        self.state = TrainingState(learner, self.average.module, optimiser, 0, [], None)

    def fit(self) -> None:
        """Train all epochs that are left."""
        last = self.run.last_epoch()
        if last:
            self.state.load(self.run.epoch_folder(last))
        self.run.rewrite_metrics(self.state.history)
        self.heartbeat = 0.0
        for epoch in range(self.state.epoch, self.config.train.epochs):
            started = time.monotonic()
            row = {"epoch": epoch + 1, "side": self.config.train.side_at(epoch)}
            row |= self._train_epoch(epoch)
            row |= self._measure_epoch(epoch)
            row["seconds"] = time.monotonic() - started
            self._finish_epoch(row)
        self.run.write_status("done", epoch=self.state.epoch, epochs=self.config.train.epochs)

    def _train_epoch(self, epoch: int) -> dict[str, Any]:
        self.learner.train()
        results: list[StepResult] = []
        started = time.monotonic()
        rate = 0.0
        for images, target in self.faces.batches(self.config, epoch):
            step = epoch * self.steps + len(results)
            rate = learning_rate(self.config.train, step, self.steps)
            results.append(self._step(images, target, rate, step))
            self._show(epoch, len(results), (time.monotonic() - started) / len(results))
        return _training_row(means(results), rate, self.config.train.batch)

    def _step(self, images: Tensor, target: Tensor, rate: float, step: int) -> StepResult:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        result: StepResult = self.learner(*self.fabric.to_device((images, target)))
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(result.loss)
        self.optimiser.step()
        self.average.update(self.state.learner, step)
        return result._replace(loss=result.loss.detach())

    def _show(self, epoch: int, step: int, seconds_per_step: float) -> None:
        train = self.config.train
        # A step costs in proportion to the pixels of its phase.
        pixels = [train.side_at(e) ** 2 for e in range(epoch, train.epochs)]
        left = seconds_per_step * self.steps * (sum(pixels) / pixels[0] - step / self.steps)
        self.report(Progress(epoch + 1, train.epochs, step, self.steps, left))
        if time.monotonic() - self.heartbeat > HEARTBEAT_SECONDS:
            self.heartbeat = time.monotonic()
            self.run.write_status(
                "running",
                epoch=epoch,
                epochs=train.epochs,
                step=step,
                steps=self.steps,
                seconds_left=left,
            )

    def _measure_epoch(self, epoch: int) -> dict[str, Any]:
        model = self._snapshot(epoch)
        self.state.references = matched_references(model, self.faces.train, self.config.seed)
        model = self._snapshot(epoch)
        validation = validate(model, self.faces.valid)
        save_predictions(self.run.predictions(epoch + 1), validation.outputs)
        return validation.row | measure_intensity(model, self.faces.valid)

    def _snapshot(self, epoch: int) -> Checkpoint:
        """The averaged model as it would be published after this epoch."""
        side = self.config.train.side_at(epoch)
        card = Card(
            name=self.run.path.name,
            title=self.config.method,
            dataset=self.config.data.name,
            classes=self.faces.train.classes,
            preprocess=self.faces.preprocess.model_copy(update={"side": side}),
            config=self.config,
            epoch=epoch + 1,
            code_version=clfer.__version__,
            created="",
        )
        references = self.state.references
        if references is None:
            references = torch.zeros(self.config.clfm.clusters, 16)
        average = self.state.average
        return Checkpoint(
            self.run.path,
            "",
            card,
            average.network,
            average.objective,
            references.to(self.fabric.device),
            self.fabric.device,
        )

    def _finish_epoch(self, row: dict[str, Any]) -> None:
        self.state.epoch = row["epoch"]
        self.state.history.append(row)
        self.state.save(self.run.epoch_folder(self.state.epoch))
        self.run.append_metrics(row)
        self.run.prune({self.state.epoch, self.state.epoch - 1, best_epoch(self.state.history)})
        left = self.config.train.epochs - self.state.epoch
        self.report(
            Progress(
                self.state.epoch,
                self.config.train.epochs,
                self.steps,
                self.steps,
                0.0 if not left else None,
                row,
            )
        )


def best_epoch(history: list[dict[str, Any]]) -> int:
    """Epoch of the highest validation accuracy among those at the latest image side."""
    side = history[-1]["side"]
    rows = [row for row in history if row["side"] == side]
    return int(max(rows, key=lambda row: row["valid_accuracy"])["epoch"])


def _training_row(mean: dict[str, Tensor], rate: float, batch: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "learning_rate": rate,
        "train_loss": float(mean["loss"]),
        "train_accuracy": float(mean["correct"]) / batch,
    }
    row |= {f"attention_{j}": float(v) for j, v in enumerate(mean["attention"], start=1)}
    names = set(StepResult._fields) - {"loss", "correct", "attention"}
    return row | {name: float(mean[name]) for name in sorted(names)}
