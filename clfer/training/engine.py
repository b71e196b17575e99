"""The training loop, on Lightning Fabric; the one file that imports it."""

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

import torch
from lightning_fabric import Fabric
from torch import Tensor

import clfer
from clfer.config import Config
from clfer.errors import ConfigError
from clfer.methods.hash_coding import CODE_DIMENSION
from clfer.models.card import Card
from clfer.models.checkpoint import Checkpoint
from clfer.models.device import resolve_device
from clfer.models.initialise import initialise
from clfer.training.epochs import TrainingFaces
from clfer.training.history import best_epoch, training_row
from clfer.training.learner import Learner, StepResult, means
from clfer.training.measure import matched_references, measure_intensity, validate
from clfer.training.optimisation import WeightAverage, build_optimiser, learning_rate
from clfer.training.predictions import save_predictions
from clfer.training.progress import Progress, Report, seconds_left
from clfer.training.run_folder import RunFolder
from clfer.training.state import TrainingState

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
PRECISIONS: tuple[str, ...] = get_args(Precision)

HEARTBEAT_SECONDS = 5.0


def train(
    config: Config,
    folder: Path,
    *,
    device: str = "auto",
    precision: str = "32-true",
    resume: bool = False,
    report: Report = lambda _: None,
) -> RunFolder:
    """Train a model in a run folder, writing its state after every epoch.

    Args:
        config: The full configuration.
        folder: Folder of the run.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        precision: Fabric's name of the arithmetic of the training step, one of
            :data:`PRECISIONS`; evaluation is in float32.
        resume: Go on from the last whole epoch of the folder.
        report: Called after every step and epoch.

    Raises:
        ConfigError: the folder, device, precision or configuration cannot be used.
        DataError: the data set cannot be read.
    """
    fabric = _fabric(device, precision)
    faces = TrainingFaces.load(config)
    run = RunFolder.create(folder, config, resume=resume)
    trainer = _Trainer(config, run, faces, fabric, report)
    try:
        trainer.fit()
    except KeyboardInterrupt:
        run.write_status("stopped", epoch=trainer.state.epoch, epochs=config.train.epochs)
        raise
    except Exception as error:
        epochs, done = config.train.epochs, trainer.state.epoch
        run.write_status("failed", epoch=done, epochs=epochs, reason=str(error))
        raise
    return run


def _fabric(device: str, precision: str) -> Fabric:
    if precision not in PRECISIONS:
        raise ConfigError(f"Precision '{precision}' is not one of {', '.join(PRECISIONS)}.")
    where = resolve_device(device)
    index: int | None = where.index  # torch's stub knows only int
    devices = 1 if index is None else [index]
    fabric = Fabric(accelerator=where.type, devices=devices, precision=cast(Precision, precision))
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
    heartbeat: float = field(init=False, default=-math.inf)

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
        for epoch in range(self.state.epoch, self.config.train.epochs):
            started = time.monotonic()
            row: dict[str, Any] = {"epoch": epoch + 1, "side": self.config.train.side_at(epoch)}
            row |= self._train_epoch(epoch)
            row |= self._measure_epoch(epoch)
            row["seconds"] = time.monotonic() - started
            self._finish_epoch(row)
        self.run.write_status("done", epoch=self.state.epoch, epochs=self.config.train.epochs)

    def _train_epoch(self, epoch: int) -> dict[str, float]:
        self.learner.train()
        results: list[StepResult] = []
        started = time.monotonic()
        rate = 0.0
        for images, target in self.faces.batches(self.config, epoch):
            step = epoch * self.steps + len(results)
            rate = learning_rate(self.config.train, step, self.steps)
            results.append(self._step(images, target, rate, step))
            self._show(epoch, len(results), time.monotonic() - started)
        return training_row(means(results), rate, self.config.train.batch)

    def _step(self, images: Tensor, target: Tensor, rate: float, step: int) -> StepResult:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        result: StepResult = self.learner(*self.fabric.to_device((images, target)))
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(result.loss)
        self.optimiser.step()
        self.average.update(self.state.learner, step)
        return result._replace(loss=result.loss.detach())

    def _show(self, epoch: int, step: int, seconds: float) -> None:
        train, done = self.config.train, step / self.steps
        left = seconds_left(train, epoch, done, seconds / done)
        now = Progress(epoch + 1, train.epochs, step, self.steps, left)
        self.report(now)
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

    def _measure_epoch(self, epoch: int) -> dict[str, float]:
        before = self._snapshot(epoch)
        self.state.references = matched_references(before, self.faces.train, self.config.seed)
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
        average, references = self.state.average, self.state.references
        if references is None:
            references = torch.zeros(self.config.clfm.clusters, CODE_DIMENSION)
        device = self.fabric.device
        return Checkpoint(
            folder=self.run.path,
            sha256="",
            card=card,
            network=average.network,
            objective=average.objective,
            references=references.to(device),
            device=device,
        )

    def _finish_epoch(self, row: dict[str, Any]) -> None:
        state, epochs = self.state, self.config.train.epochs
        state.epoch = row["epoch"]
        state.history.append(row)
        state.save(self.run.epoch_folder(state.epoch))
        self.run.append_metrics(row)
        self.run.prune({state.epoch, state.epoch - 1, best_epoch(state.history)})
        left = 0.0
        if state.epoch < epochs:
            next_side = self.config.train.side_at(state.epoch)
            left = seconds_left(
                self.config.train,
                state.epoch,
                0.0,
                row["seconds"] * next_side**2 / row["side"] ** 2,
            )
        self.report(Progress(state.epoch, epochs, self.steps, self.steps, left, row))
