"""Task "probe": how long the steps of a run take on this machine, and how much memory."""

import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import clfer
from clfer.config import Config
from clfer.data.faceset import FaceSet
from clfer.data.synthetic.dataset import describe_face, render_faces
from clfer.errors import ConfigError
from clfer.methods.hash_coding import CODE_DIMENSION
from clfer.models.card import Card
from clfer.models.checkpoint import Checkpoint
from clfer.models.device import resolve_precision
from clfer.models.preprocess import Preprocess
from clfer.training.epochs import TrainingFaces
from clfer.training.learner import Learner
from clfer.training.measure import matched_references, measure_intensity, validate
from clfer.training.optimisation import WeightAverage, build_optimiser
from clfer.training.state import TrainingState
from clfer.work.request import Request
from clfer.work.tasks import Arguments, Arrays, Progress

FACES = 64
"""Random faces on which validation and references are timed: one of their batches."""

INTENSITY_FACES = 16
"""Random faces on which the gradient norms are timed, whose cost is a face's times their number."""

MOST, SECONDS = 6, 12.0
"""Timed steps at an image size, at most, and the time that the steps of all sizes may take.

The largest size comes first, and gets a step whatever it takes. A smaller one for which too little
time is left is not timed; see :class:`clfer.training.estimate.Phase`.
"""

_AFTER = 5
"""What is timed after the steps: :meth:`_Rig.measure`."""

_DRAWN, _DRAWN_SIDE = 21, 64
_ARITHMETIC = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


def probe_request(
    config: Config, classes: int, device: str, precision: str, threads: int | None
) -> Request:
    """Ask for the probe of a configuration; answered by what :mod:`.estimate` reads.

    What changes no step's cost (epochs, seed, rates, the data set) is left out of the request, so
    that a probe serves all configurations that differ in it alone.

    Args:
        config: The configuration.
        classes: Number of expressions.
        device: ``cpu`` or ``cuda:N``.
        precision: Fabric's name of the arithmetic.
        threads: CPU threads; None for all.
    """
    said = config.model_dump(mode="json", exclude={"preset", "seed", "data"})
    said["data"] = {"colour": config.data.colour}
    said["model"].pop("init")
    train = said["train"]
    said["train"] = {name: train[name] for name in ("batch", "optimiser", "average")}
    said["train"]["sizes"] = [[side, 1] for side in sorted({s for s, _ in config.train.sizes})]
    machine = platform.node(), platform.processor(), torch.__version__, clfer.__version__
    how = {"device": device, "precision": precision, "threads": threads, "machine": machine}
    return Request("probe", {"config": said, "classes": classes, **how})


def probe(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`probe_request`.

    Returns:
        ``sides`` ``[S]`` in pixels; ``steps`` ``[S, MOST]`` seconds, NaN where fewer were timed,
        with one at least for the largest side;
        seconds a face of ``validate``, ``intensity``, ``references`` at the largest side and of
        ``draw``; seconds of ``save``; bytes ``memory`` and ``device_memory`` at the peak.

    Raises:
        ConfigError: the memory does not suffice for one step.
    """
    if arguments["threads"] is not None:
        torch.set_num_threads(arguments["threads"])
    config = Config.model_validate(arguments["config"])
    rig = _Rig(config, arguments["classes"], arguments["device"], arguments["precision"])
    sides = [side for side, _ in config.train.sizes]
    done = _Pieces(progress, len(sides) * (MOST + 1) + _AFTER)
    try:
        steps = _time_steps(rig, sides, done)
        measured = rig.measure(sides[-1], done.one)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ConfigError(
            f"train.batch = {config.train.batch} at {sides[-1]} px needs more memory than there "
            f"is: choose a smaller batch or smaller images."
        ) from error
    device_memory = torch.cuda.max_memory_reserved(rig.device) if rig.on_gpu else 0
    found = {"sides": np.array(sides), "steps": steps}
    found |= {name: np.array(value) for name, value in measured.items()}
    return found | {
        "memory": np.array(_peak_memory()),
        "device_memory": np.array(device_memory),
    }


def _time_steps(rig: "_Rig", sides: list[int], done: "_Pieces") -> NDArray[np.float64]:
    """Seconds of the steps at every side, ``[S, MOST]``, the sides ascending."""
    steps = np.full((len(sides), MOST), np.nan)
    pixels = np.array(sides, dtype=np.float64) ** 2
    until = time.monotonic() + SECONDS
    slowest = 0.0
    for row in reversed(range(len(sides))):
        left = until - time.monotonic()
        least = 2 * slowest * pixels[row] / pixels[-1]  # one that does not count, and one that does
        if least <= left:
            share = left * pixels[row] / pixels[: row + 1].sum()
            times = rig.steps(sides[row], share, done.one)
            steps[row, : len(times)] = times
            slowest = slowest or max(times)
        done.up_to((len(sides) - row) * (MOST + 1))
    return steps


class _Pieces:
    """Progress in pieces of work, some of which may turn out not to be needed."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0
        progress(0, total)

    def one(self) -> None:
        self.up_to(self.done + 1)

    def up_to(self, done: int) -> None:
        self.done = done
        self.progress(done, self.total)


class _Rig:
    """A learner on random faces, built as the engine builds it, without weights to load."""

    def __init__(self, config: Config, classes: int, device: str, precision: str) -> None:
        self.config, self.device = config, torch.device(device)
        self.arithmetic = _ARITHMETIC.get(resolve_precision(precision, self.device))
        self.learner = Learner(config, classes)
        self.learner.to(self.device)
        self.learner.to(memory_format=torch.channels_last)
        self.average = WeightAverage(self.learner, config.train.average)
        self.optimiser = build_optimiser(self.learner, config.train)
        few = _random_faces(FACES, classes)
        shown = Preprocess(side=config.train.final_side, colour=config.data.colour, mean=0.5, std=1)
        self.faces = TrainingFaces(_random_faces(config.train.batch, classes), few, shown)

    @property
    def on_gpu(self) -> bool:
        return self.device.type == "cuda"

    def steps(self, side: int, seconds: float, done: Callable[[], None]) -> list[float]:
        """Seconds of one to :data:`MOST` training steps at an image side.

        They come after a first one, which takes longer than others and is all there is if it
        has taken the time of all.

        Args:
            side: In pixels.
            seconds: Time after which no further step is taken.
            done: Called after every step.
        """
        train = self.config.train.model_copy(update={"sizes": ((side, 1),)})
        config = self.config.model_copy(update={"train": train})
        times: list[float] = []
        began = time.monotonic()
        while not times or (len(times) <= MOST and time.monotonic() - began < seconds):
            times.append(self._timed(lambda: self._step(config, len(times))))
            done()
        return times[1:] or times

    def _step(self, config: Config, number: int) -> None:
        batch = next(iter(self.faces.batches(config, number)))
        second = None if batch.second is None else batch.second.to(self.device)
        images, target = batch.images.to(self.device), batch.target.to(self.device)
        half = self.arithmetic is not None
        with torch.autocast(self.device.type, dtype=self.arithmetic, enabled=half):
            loss = self.learner(images, target, second).loss
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.average.update(self.learner, number)

    def measure(self, side: int, done: Callable[[], None]) -> dict[str, float]:
        """Seconds that what follows an epoch takes: a face each, and of saving the state.

        Args:
            side: In pixels.
            done: Called after every measurement.
        """
        model, faces = self._model(side), self.faces.valid
        few = faces.subset(np.arange(INTENSITY_FACES))
        works: dict[str, tuple[Callable[[], object], int]] = {
            "validate": (lambda: validate(model, faces), FACES),
            "references": (lambda: matched_references(model, faces, 0), FACES),
            "intensity": (lambda: measure_intensity(model, few), INTENSITY_FACES),
            "draw": (_draw, _DRAWN),
            "save": (self._save, 1),
        }
        found = {}
        for name, (work, parts) in works.items():
            found[name] = self._timed(work, waits=name == "save") / parts
            done()
        return found

    def _model(self, side: int) -> Checkpoint:
        shown = self.faces.preprocess.model_copy(update={"side": side})
        card = Card(
            name="probe",
            title="probe",
            dataset="random",
            classes=self.faces.valid.classes,
            preprocess=shown,
            config=self.config,
            epoch=1,
            code_version=clfer.__version__,
            created="",
        )
        network, objective = self.average.module.network, self.average.module.objective
        references = torch.zeros(self.config.clfm.clusters, CODE_DIMENSION, device=self.device)
        return Checkpoint(Path(), "", card, network, objective, references, self.device)

    def _save(self) -> None:
        state = TrainingState(self.learner, self.average.module, self.optimiser, 1, [], None)
        with tempfile.TemporaryDirectory() as folder:
            state.save(Path(folder) / "0001")

    def _timed(self, work: Callable[[], object], *, waits: bool = False) -> float:
        """Seconds that work takes.

        What one thread computes is timed by its own clock: an estimate is kept, and must not be
        that of the moment in which something else had the core.

        Args:
            work: To be done once.
            waits: For the disk, and not only computes.
        """
        alone = not self.on_gpu and torch.get_num_threads() == 1 and not waits
        clock = time.process_time if alone else time.monotonic
        began = clock()
        work()
        if self.on_gpu:
            torch.cuda.synchronize(self.device)
        return clock() - began


def _draw() -> None:
    """As a run does whose faces are not kept on disk."""
    render_faces([describe_face("valid", i) for i in range(_DRAWN)], _DRAWN_SIDE)


def _random_faces(count: int, classes: int) -> FaceSet:
    images = np.random.default_rng(0).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    names = tuple(str(i) for i in range(count))
    words = tuple(str(i) for i in range(classes))
    return FaceSet("random", "train", words, images, np.arange(count) % classes, names, names)


def _peak_memory() -> int:
    """Largest resident memory of this process so far, in bytes.

    On Linux ``getrusage`` inherits the peak of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
