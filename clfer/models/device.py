"""Where tensors are computed."""

from typing import Literal, get_args

import torch

from clfer.errors import ConfigError

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
PRECISIONS: tuple[str, ...] = get_args(Precision)
"""Fabric's names of the arithmetic of a training step."""


def resolve_device(name: str) -> torch.device:
    """The device that ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` stands for on this machine.

    Raises:
        ConfigError: the name is unknown, or a GPU is asked for that is not usable.
    """
    if name == "auto":
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
        ConfigError: the name is not one of :data:`PRECISIONS`.
    """
    if name not in PRECISIONS:
        raise ConfigError(f"Precision '{name}' is not one of {', '.join(PRECISIONS)}.")
