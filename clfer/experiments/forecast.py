"""Time and memory of runs before they start, from a probe of this machine."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from clfer.config import Config
from clfer.models.device import resolve_device
from clfer.runs.grid import GridRun
from clfer.runs.launch import Launch, side_by_side
from clfer.training.estimate import Estimate, spoken_memory, spoken_time
from clfer.training.face_counts import FaceCounts, count_faces
from clfer.training.probe import probe, probe_request
from clfer.work.results import load_result, save_result
from clfer.work.tasks import Arrays


@dataclass(frozen=True)
class Forecast:
    """What missing runs will take on this machine.

    Attributes:
        runs: Their number.
        at_a_time: How many of them are trained side by side.
        seconds: Until all are done.
        low: If every step were as fast as the fastest one that was timed.
        high: If every step were as slow as the slowest one.
        memory: The most that those trained at a time take, in bytes.
    """

    runs: int
    at_a_time: int
    seconds: float
    low: float
    high: float
    memory: int

    @property
    def sentence(self) -> str:
        """For people."""
        runs = "1 run to train"
        if self.runs > 1:
            order = "one after the other" if self.at_a_time == 1 else f"{self.at_a_time} at a time"
            runs = f"{self.runs} runs to train, {order}"
        return (
            f"{runs}: about "
            f"{spoken_time(self.seconds)} ({spoken_time(self.low)} to {spoken_time(self.high)}) "
            f"and at most {spoken_memory(self.memory)}, from a probe of this machine."
        )


def forecast(runs: Sequence[GridRun], launch: Launch) -> Forecast:
    """Probe the costliest method at each size and batch of the runs, and add up.

    The probe of one method stands for all that cost no more, so the time is a little too long for
    the baselines among them. A probe takes seconds and is kept for the next time.

    Args:
        runs: At least one.
        launch: How they are executed.

    Raises:
        ClferError: the data set of a run cannot be counted, or its memory does not suffice.
    """
    counted: dict[str, FaceCounts] = {}
    probes: dict[tuple[object, ...], Arrays] = {}
    found = []
    for config in (run.config for run in _costliest_first(runs)):
        said = config.data.model_dump_json()
        counts = counted.setdefault(said, count_faces(config.data, config.seed))
        kind = (config.train.sizes, config.train.batch, config.data.colour, _views(config))
        if kind not in probes:
            probes[kind] = _probe(config, counts.classes, launch)
        found.append(Estimate.of(probes[kind], config, counts))
    at_a_time = min(side_by_side(launch), len(found))
    return Forecast(
        len(found),
        at_a_time,
        _until_done([one.seconds for one in found], at_a_time),
        _until_done([one.low for one in found], at_a_time),
        _until_done([one.high for one in found], at_a_time),
        sum(sorted(one.memory for one in found)[-at_a_time:]),
    )


def _until_done(seconds: Sequence[float], at_a_time: int) -> float:
    """Time until all have ended, when each place takes the next one as soon as it is free."""
    free_at = [0.0] * at_a_time
    for one in seconds:
        heapq.heapreplace(free_at, free_at[0] + one)
    return max(free_at)


def _costliest_first(runs: Sequence[GridRun]) -> list[GridRun]:
    def parts(run: GridRun) -> int:
        config = run.config
        return config.model.msr + config.clfm.enabled + config.clbs.enabled

    return sorted(runs, key=parts, reverse=True)


def _views(config: Config) -> int:
    """Augmented views of a face in a step, each of which passes through the network."""
    return 2 if config.two_views else 1


def _probe(config: Config, classes: int, launch: Launch) -> Arrays:
    device = str(resolve_device(launch.device))
    request = probe_request(config, classes, device, launch.precision, launch.threads)
    found = load_result(request)
    if found is None:
        arguments = {**request.arguments, **request.places}
        save_result(request, probe(arguments, lambda done, total: None))
        found = load_result(request)
    assert found is not None  # it was saved a moment ago
    return found
