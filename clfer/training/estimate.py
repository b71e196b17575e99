"""Time and memory of a run before it starts, from a probe of this machine."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clfer.config import Config
from clfer.training.face_counts import FaceCounts
from clfer.training.measure import PROBE, REFERENCE_FACES
from clfer.work.tasks import Arrays

SPREAD = 0.1
"""Half-width of an estimate's range, at least, as a share of it."""

_GIGABYTE = 2**30


@dataclass(frozen=True)
class Phase:
    """What the probe says of the epochs at one image size.

    A size for which the probe had no time takes its steps from the next larger one that was timed,
    in proportion to the pixels.

    Attributes:
        side: Image side in pixels.
        epochs: Epochs at this side.
        step: Seconds of a training step, the median of those timed.
        fastest: Seconds of the fastest one.
        slowest: Seconds of the slowest one.
        timed: Number of steps timed; 0 where they follow from another size.
        after: Seconds between two epochs: references, validation, gradient norms, saving.
    """

    side: int
    epochs: int
    step: float
    fastest: float
    slowest: float
    timed: int
    after: float


@dataclass(frozen=True)
class Estimate:
    """Time and memory of a run.

    Attributes:
        seconds: Time of the whole run.
        low: The same if every step were as fast as the fastest one.
        high: The same if every step were as slow as the slowest one.
        memory: Peak memory of the process in bytes, the faces included.
        device_memory: Peak memory on the GPU in bytes; 0 on the CPU.
        phases: One for every phase of the run.
    """

    seconds: float
    low: float
    high: float
    memory: int
    device_memory: int
    phases: tuple[Phase, ...]

    @classmethod
    def of(cls, probe: Arrays, config: Config, faces: FaceCounts) -> Self:
        """Read a probe.

        Args:
            probe: What :func:`clfer.training.probe.probe` returned for this configuration.
            config: The configuration.
            faces: The faces of the run.

        Raises:
            ConfigError: see :meth:`FaceCounts.steps`.
        """
        steps = faces.steps(config)
        phases = tuple(_phase(probe, *size, faces) for size in config.train.sizes)
        start = faces.missing * float(probe["draw"])
        after = start + sum(phase.epochs * phase.after for phase in phases)
        middle, low, high = (
            after + steps * sum(phase.epochs * getattr(phase, pace) for phase in phases)
            for pace in ("step", "fastest", "slowest")
        )
        return cls(
            middle,
            min(low, middle * (1 - SPREAD)),
            max(high, middle * (1 + SPREAD)),
            int(probe["memory"]) + faces.memory,
            int(probe["device_memory"]),
            phases,
        )

    @property
    def range_in_words(self) -> str:
        """From the fastest to the slowest, e.g. ``34 min to 41 min``."""
        return f"{spoken_time(self.low)} to {spoken_time(self.high)}"

    @property
    def steps_in_words(self) -> str:
        """Seconds a step by image side, e.g. ``0.31 s at 64 px``."""
        sides = {phase.side: phase.step for phase in self.phases}
        return ", ".join(f"{step:.2g} s at {side} px" for side, step in sides.items())

    @property
    def source(self) -> str:
        """What the numbers come from, in a sentence."""
        timed = {phase.side: phase.timed for phase in self.phases}
        derived = [f"{side} px" for side, steps in sorted(timed.items()) if not steps]
        largest = max(timed)
        return (
            f"From {sum(timed.values())} training steps on random faces on this machine"
            + (f", those at {' and '.join(derived)} by their pixels" if derived else "")
            + "; validation, gradient norms and saving after every epoch included, as timed at "
            f"{largest} px. The range is that of the fastest and the slowest step, at least "
            f"±{100 * SPREAD:.0f} %; other work on the machine adds to it."
        )

    def shortage(self, free: int) -> str | None:
        """A warning if the machine has less memory free, in bytes, than the run takes."""
        if self.memory <= free:
            return None
        return (
            f"The run takes {spoken_memory(self.memory)}, but only {spoken_memory(free)} are "
            "free: choose a smaller batch or smaller images."
        )


def spoken_time(seconds: float) -> str:
    """A duration, as exact as an estimate can be."""
    for unit, size, part, smaller in (("d", 86_400, "h", 3600), ("h", 3600, "min", 60)):
        if seconds >= size:
            whole, rest = divmod(round(seconds / smaller), size // smaller)
            return f"{whole} {unit} {rest} {part}"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 600 else f"{seconds / 60:.0f} min"


def spoken_memory(size: int) -> str:
    """Bytes in gigabytes of 2³⁰."""
    return f"{size / _GIGABYTE:.1f} GB"


def _phase(probe: Arrays, side: int, epochs: int, faces: FaceCounts) -> Phase:
    sides: list[int] = probe["sides"].tolist()
    where = sides.index(side)
    was_timed = ~np.isnan(probe["steps"][:, 0])
    nearest = where + int(was_timed[where:].argmax())
    row = probe["steps"][nearest] * (side / sides[nearest]) ** 2
    times = row[~np.isnan(row)]
    # A pass costs in proportion to its pixels; what follows an epoch was timed at the largest.
    scale = (side / sides[-1]) ** 2
    passes = (
        faces.valid * float(probe["validate"])
        + min(PROBE, faces.valid) * float(probe["intensity"])
        + min(REFERENCE_FACES, faces.train) * float(probe["references"])
    )
    return Phase(
        side,
        epochs,
        float(np.median(times)),
        float(times.min()),
        float(times.max()),
        len(times) if nearest == where else 0,
        scale * passes + float(probe["save"]),
    )
