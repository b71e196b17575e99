"""Where tensors are computed, and in which arithmetic."""

import platform
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

import torch

from clfer.errors import ConfigError

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
PRECISIONS: tuple[str, ...] = get_args(Precision)
"""Fabric's names of the arithmetic of a training step."""

AUTO = "auto"
"""Stands for a device, or for an arithmetic, that is chosen by what this machine has."""

_PROCESSORS = Path("/proc/cpuinfo")
_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


def resolve_device(name: str) -> torch.device:
    """The device that ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` stands for on this machine.

    Raises:
        ConfigError: the name is unknown, or a GPU is asked for that is not usable.
    """
    if name == AUTO:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not (kind == "cuda" and index.isdigit())):
        raise ConfigError(f"Device '{name}' is not one of auto, cpu, cuda, cuda:N.")
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        raise ConfigError(f"Device '{name}' asks for a GPU that is not usable: use --device cpu.")
    return torch.device(name)


def check_precision(name: str) -> None:
    """Refuse an arithmetic that does not exist.

    Raises:
        ConfigError: the name is neither ``auto`` nor one of :data:`PRECISIONS`.
    """
    if name not in (AUTO, *PRECISIONS):
        raise ConfigError(f"Precision '{name}' is not one of {', '.join((AUTO, *PRECISIONS))}.")


def resolve_precision(name: str, device: torch.device) -> Precision:
    """The arithmetic that a name stands for: ``auto`` is bfloat16 where the device computes in it.

    Raises:
        ConfigError: see :func:`check_precision`.
    """
    check_precision(name)
    if name == AUTO:
        return "bf16-mixed" if computes_in_bfloat16(device) else "32-true"
    return cast(Precision, name)


def computes_in_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is this device's own arithmetic, and not imitated at many times the time."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and not _BFLOAT16_FLAGS.isdisjoint(_cpu_flags())


def slow_precision(name: str, device: torch.device) -> str:
    """A sentence where an arithmetic is imitated on a device; empty where it is not."""
    if name == "bf16-mixed" and not computes_in_bfloat16(device):
        return (
            "This processor imitates bfloat16, many times slower than float32: precision auto or "
            "32-true is the faster one."
        )
    if name == "16-mixed" and device.type == "cpu":
        return "Processors imitate float16: precision auto or 32-true is the faster one."
    return ""


def processor_name() -> str:
    """What the processor of this machine is called; ``CPU`` where nothing tells."""
    return _processor().get("model name") or platform.processor() or "CPU"


def _cpu_flags() -> frozenset[str]:
    """What the processor says it can do, by x86's word and ARM's."""
    said = _processor()
    return frozenset((said.get("flags") or said.get("features") or "").split())


@cache
def _processor() -> dict[str, str]:
    """What Linux tells about the first processor; nothing on other systems."""
    try:
        text = _PROCESSORS.read_text("utf-8", errors="replace")
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in lines}
