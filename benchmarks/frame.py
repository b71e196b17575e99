"""What every row is made of: a measurement against its target, and pairs timed alternately."""

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal

from clfer.errors import ClferError

Kind = Literal["ratio", "speedup", "seconds", "share", "growth"]
"""What a value is: a / b, b / a, seconds, a part of a whole, or a relative increase."""

Run = Callable[[], object]


class CannotRunError(ClferError):
    """A row lacks what it needs here; the message is one sentence with the way out."""


@dataclass(frozen=True)
class Measurement:
    """One measured quantity of a row.

    Attributes:
        name: Name of the row, or of what is measured besides in ``also``.
        kind: What the values are.
        values: One value a repeat, at least one.
        target: The bound; None where a figure is only listed. A speed-up must reach it, all
            others must not exceed it.
        note: One sentence: what was compared, on what.
        details: Further figures, ready for JSON.
        also: Further quantities of the same row, each with its own target.
    """

    name: str
    kind: Kind
    values: Sequence[float]
    target: float | None
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    also: tuple["Measurement", ...] = ()

    @property
    def median(self) -> float:
        """Median over the repeats."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool:
        """Whether this quantity and those beside it reach their targets."""
        return self._own_met and all(part.met for part in self.also)

    @property
    def _own_met(self) -> bool:
        if self.target is None:
            return True
        return self.median >= self.target if self.kind == "speedup" else self.median <= self.target

    def as_json(self) -> dict[str, Any]:
        """The measurement as ``clfer bench NAME --json`` prints it."""
        return self._figures() | machine() | self._rest()

    def _figures(self) -> dict[str, Any]:
        figures = {self.kind: self.median, "min": min(self.values), "max": max(self.values)}
        return {"name": self.name, **figures}

    def _rest(self) -> dict[str, Any]:
        return {
            "repeats": len(self.values),
            "kind": self.kind,
            "target": self.target,
            "met": self.met,
            "note": self.note,
            "details": self.details,
            "also": [part._figures() | part._rest() for part in self.also],
        }


def machine() -> dict[str, Any]:
    """Device and CPU threads of torch's operations."""
    import torch

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    return {"device": name, "threads": torch.get_num_threads()}


def timed(run: Run) -> float:
    """Seconds of one call, until what it started on a GPU is done."""
    _wait_for_gpu()
    start = perf_counter()
    run()
    _wait_for_gpu()
    return perf_counter() - start


def alternate(a: Run, b: Run, repeats: int = 7, warmup: int = 1) -> list[tuple[float, float]]:
    """Seconds of ``a`` and ``b``, called in turn A, B, A, B, ... after a warm-up of both.

    A machine that becomes slower or faster in the meantime changes both alike.
    """
    for _ in range(warmup):
        a()
        b()
    return [(timed(a), timed(b)) for _ in range(repeats)]


def ratios(pairs: list[tuple[float, float]]) -> list[float]:
    """The first over the second time of every pair."""
    return [a / b for a, b in pairs]


def medians(pairs: list[tuple[float, float]], a: str, b: str) -> dict[str, float]:
    """Median seconds of both sides, for ``details``, as ``seconds_<name>``."""
    first, second = zip(*pairs, strict=True)
    return {f"seconds_{a}": statistics.median(first), f"seconds_{b}": statistics.median(second)}


def alone(run: Callable[[int], Measurement]) -> None:
    """Measure and print a row whose module was started by itself: ``python -m benchmarks.step``."""
    from benchmarks.table import lines

    print("\n".join(lines(run(7).as_json())))


def _wait_for_gpu() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.synchronize()
