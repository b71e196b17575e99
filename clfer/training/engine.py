"""The training loop, on Lightning Fabric; the one file that imports it."""

import math
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor

from clfer.config import Config
from clfer.errors import TrainingError
from clfer.models.device import Precision, resolve_device, resolve_precision
from clfer.models.initialise import initialise, starting_weights
from clfer.training.epochs import Batch, TrainingFaces
from clfer.training.history import training_row
from clfer.training.learner import Learner, StepResult, means
from clfer.training.optimisation import WeightAverage, build_optimiser, learning_rate
from clfer.training.parallel import Processes, has_idle_parameters, plan_processes, share_method
from clfer.training.prefetch import prefetched
from clfer.training.progress import Progress, Report, seconds_left
from clfer.training.reason import reason_of
from clfer.training.recorder import Recorder
from clfer.training.relabelling import current_labels, extended, no_changes
from clfer.training.run_folder import RunFolder
from clfer.training.state import TrainingState
from clfer.training.workers import ProcessLostError, other_processes

HEARTBEAT_SECONDS = 5.0


def train(
    config: Config,
    folder: Path,
    *,
    device: str = "auto",
    precision: str = "32-true",
    devices: int = 1,
    nodes: int = 1,
    resume: bool = False,
    report: Report = lambda _: None,
) -> RunFolder:
    """Train a model in a run folder, writing its state after every epoch.

    With several devices this process is the first of the run and starts the others, unless Slurm
    or torchrun has started them all; then each of them calls this function alike, on one file
    system.

    Args:
        config: The full configuration.
        folder: Folder of the run.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        precision: Arithmetic of the training step, see
            :func:`~clfer.models.device.resolve_precision`; evaluation is in float32.
        devices: Devices of each node; every batch is shared evenly by all.
        nodes: Machines.
        resume: Go on from the last whole epoch of the folder.
        report: Called after every step and epoch, in the first process.

    Raises:
        ConfigError: the folder, devices, precision or configuration cannot be used.
        DataError: the data set cannot be read.
        ProcessLostError: another process of the run has ended before its time.
        TrainingError: the loss is no finite number any more; nothing of that epoch is kept.
    """
    where = resolve_device(device)
    arithmetic = resolve_precision(precision, where)
    processes = plan_processes(config.train.batch, where, devices, nodes)
    # Before the faces are read, for minutes: whoever lacks these weights shall hear of it at once.
    starting_weights(config.model.init, config.model.stem)
    faces = TrainingFaces.load(config)
    if not processes.first:
        run = RunFolder(folder)
        _Trainer(config, run, faces, _fabric(config, where, arithmetic, processes), processes).fit()
        return run
    run = RunFolder.create(folder, config, resume=resume)

    def end(state: str, **fields: object) -> None:
        run.write_status(state, epoch=run.last_epoch(), epochs=config.train.epochs, **fields)

    with other_processes(
        processes, folder, device, arithmetic, lambda reason: end("failed", reason=reason)
    ) as others:
        try:
            fabric = _fabric(config, where, arithmetic, processes)
            _Trainer(config, run, faces, fabric, processes, report).fit()
        except KeyboardInterrupt:
            end("stopped")
            raise
        except Exception as error:
            lost = others.lost(patience=2.0)
            end("failed", reason=lost or reason_of(error))
            if lost:
                raise ProcessLostError(lost) from error
            raise
    return run


def _fabric(
    config: Config, where: torch.device, precision: Precision, processes: Processes
) -> Fabric:
    index: int | None = where.index  # torch's stub knows only int
    strategy: DDPStrategy | str = "auto"
    if processes.count > 1:
        strategy = DDPStrategy(find_unused_parameters=has_idle_parameters(config))
    fabric = Fabric(
        accelerator=where.type,
        strategy=strategy,
        devices=processes.devices if index is None else [index],
        num_nodes=processes.nodes,
        precision=precision,
    )
    fabric.launch()
    return fabric


def _finite(module: torch.nn.Module) -> bool:
    tensors = (t for t in module.state_dict().values() if t.is_floating_point())
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)


@dataclass
class _Trainer:
    config: Config
    run: RunFolder
    faces: TrainingFaces
    fabric: Fabric
    processes: Processes
    report: Report = lambda _: None
    state: TrainingState = field(init=False)
    recorder: Recorder = field(init=False)
    heartbeat: float = field(init=False, default=-math.inf)

    def __post_init__(self) -> None:
        torch.manual_seed(self.config.seed)
        device = self.fabric.device
        learner = Learner(self.config, len(self.faces.train.classes))
        initialise(learner.network, self.config.model.init)
        learner.to(memory_format=torch.channels_last)
        # Copied before the batch is shared: the first process measures it alone.
        self.average = WeightAverage(learner, self.config.train.average)
        self.average.module.to(device)
        if self.processes.count > 1:
            share_method(learner, device)
        optimiser = build_optimiser(learner, self.config.train)
        self.learner, self.optimiser = self.fabric.setup(learner, optimiser)
        self.steps = self.faces.steps_per_epoch(self.config.train.batch)
        log = no_changes() if self.config.scn.enabled else None
        self.state = TrainingState(learner, self.average.module, optimiser, 0, [], None, log)
        self.recorder = Recorder(self.config, self.run, self.faces, self.state, device)

    def fit(self) -> None:
        """Train all epochs that are left."""
        last: int = self.fabric.broadcast(self.run.last_epoch())
        if last:
            left = last < self.config.train.epochs
            self.state.load(self.run.epoch_folder(last), to_go_on=left)
        if self.processes.first:
            self.run.rewrite_metrics(self.state.history)
            self.recorder.write_relabelled()
        for epoch in range(last, self.config.train.epochs):
            started = time.monotonic()
            row: dict[str, Any] = {"epoch": epoch + 1, "side": self.config.train.side_at(epoch)}
            row |= self._train_epoch(epoch)
            if self.processes.first:
                row |= self.recorder.measure(epoch)
                row["seconds"] = time.monotonic() - started
                self.recorder.finish(row)
                self._show_finished(row)
            self.fabric.barrier()
        if self.processes.first:
            epochs = self.config.train.epochs
            self.run.write_status("done", epoch=self.state.epoch, epochs=epochs)
        if self.processes.count > 1:
            torch.distributed.destroy_process_group()

    def _train_epoch(self, epoch: int) -> dict[str, float]:
        self.learner.train()
        results: list[StepResult] = []
        started = time.monotonic()
        rate = 0.0
        rows, log = self.processes.rows(self.config.train.batch), self.state.relabelled
        labels = None if log is None else current_labels(self.faces.train.labels, log)
        served: list[Tensor] = []
        made = self.faces.batches(self.config, epoch, rows, labels)
        with closing(prefetched(made)) as batches:
            for batch in batches:
                step = epoch * self.steps + len(results)
                rate = learning_rate(self.config.train, step, self.steps)
                results.append(self._step(batch, rate, step))
                served.append(batch.rows)
                if self.processes.first:
                    self._show(epoch, len(results), time.monotonic() - started)
        mean = cast(dict[str, Tensor], self.fabric.all_reduce(means(results)))
        if not math.isfinite(float(mean["loss"])):
            raise self._spoiled(epoch, self._when_lost(results))
        if not _finite(self.state.learner):  # of the last step, the loss does not tell
            raise self._spoiled(epoch, "after its last step")
        return training_row(mean, rate) | self._relabel(epoch + 1, served, results)

    def _relabel(
        self, epoch: int, served: list[Tensor], results: list[StepResult]
    ) -> dict[str, float]:
        """Change labels by what SCN proposed in the steps of an epoch, counted from 1."""
        before = self.state.relabelled
        if before is None:
            return {}
        after = before
        if epoch >= self.config.scn.relabel_from:
            proposed = [result.proposal for result in results if result.proposal is not None]
            # Every process keeps the labels of all faces.
            gather, device = self.state.learner.objective.gather, self.fabric.device
            rows = gather(torch.cat(served).to(device)).cpu()
            proposals = gather(torch.cat(proposed)).cpu()
            labels = current_labels(self.faces.train.labels, before)
            self.state.relabelled = after = extended(before, labels, rows, proposals, epoch)
        changed = len(after) - len(before)
        return {"relabelled": float(changed), "relabelled_total": float(len(after))}

    def _step(self, batch: Batch, rate: float, step: int) -> StepResult:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        inputs = self.fabric.to_device((batch.images, batch.target, batch.second))
        result: StepResult = self.learner(*inputs)
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(result.loss)
        self.optimiser.step()
        self.average.update(self.state.learner, step)
        return result._replace(loss=result.loss.detach())

    def _spoiled(self, epoch: int, when: str) -> TrainingError:
        """Why the training ends here and nothing of this epoch, counted from 0, is saved."""
        kept = f"; what was saved after epoch {epoch} is whole" if epoch else ""
        return TrainingError(
            f"The loss of epoch {epoch + 1} is no finite number {when}: train anew with a lower "
            f"train.learning_rate than {self.config.train.learning_rate:g}, or in precision "
            f"32-true{kept}."
        )

    def _when_lost(self, results: list[StepResult]) -> str:
        losses = torch.stack([result.loss for result in results])
        lost = torch.nonzero(~torch.isfinite(losses)).flatten().tolist()
        return f"from step {lost[0] + 1} of {self.steps} on" if lost else "in another process"

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

    def _show_finished(self, row: dict[str, Any]) -> None:
        train, epoch = self.config.train, int(row["epoch"])
        left = 0.0
        if epoch < train.epochs:
            pixels = train.side_at(epoch) ** 2 / row["side"] ** 2
            left = seconds_left(train, epoch, 0.0, row["seconds"] * pixels)
        self.report(Progress(epoch, train.epochs, self.steps, self.steps, left, row))
