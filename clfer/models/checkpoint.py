"""Trained models on disk: safetensors weights, a readable card, and Parquet tables.

A checkpoint is a folder with ``model.safetensors``, ``card.json``, ``golden.json`` (see
:mod:`clfer.models.golden`) and, where they were published, ``history.parquet``,
``faces.parquet``, ``snapshots.parquet`` and ``README.md`` (the model card).
Nothing is ever unpickled.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from clfer.errors import CheckpointError, shown
from clfer.methods.hash_coding import CODE_DIMENSION, ChannelCodes, hash_coding
from clfer.methods.joint import JointObjective
from clfer.models.card import CARD, Card, read_card
from clfer.models.files import read_bounded, write_atomically
from clfer.models.golden import GOLDEN, check_golden, make_golden
from clfer.models.library import MAX_BYTES, WEIGHTS, find_checkpoint, fingerprint
from clfer.models.network import FerNetwork

if TYPE_CHECKING:
    import pandas as pd

_REFERENCES = "references"
_REAL = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_WHOLE = (torch.int64, torch.int32)


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model, shared between threads: eval mode, no gradients on its parameters.

    Attributes:
        folder: Where it was read from.
        sha256: Hash of the weights file and the card, for cache keys and reports.
        card: The metadata.
        network: The classifier network.
        objective: The contrastive heads it was trained with (parts are None when switched off).
        references: Reference centroids of the semantic groups, ``[K, 16]``.
        device: Where the tensors are.
    """

    folder: Path
    sha256: str
    card: Card
    network: FerNetwork
    objective: JointObjective
    references: Tensor
    device: torch.device

    def codes(self, feature: Tensor, block: int) -> ChannelCodes:
        """Channel codes of a block output; conv-free for models without a trained CLFM."""
        if self.objective.clfm is not None:
            return self.objective.clfm.codes(feature, block)
        clfm = self.card.config.clfm
        return hash_coding(feature, clfm.coding, clfm.temperature)

    def table(self, name: str) -> "pd.DataFrame | None":
        """A Parquet table that rides with the checkpoint; None where it was not published.

        Args:
            name: ``history``, ``faces`` or ``snapshots``.
        """
        import pandas as pd  # which no prediction needs

        path = self.folder / f"{name}.parquet"
        return pd.read_parquet(path) if path.is_file() else None


def load_checkpoint(name_or_path: str | Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Load a model for inference and analysis.

    Args:
        name_or_path: Name of a shipped checkpoint, or the path of a checkpoint folder.
        device: Torch device.

    Raises:
        CheckpointError: it is missing, damaged, does not fit its own card, or answers otherwise
            than its golden prediction says, which is compared on the CPU in float32.
    """
    folder = find_checkpoint(name_or_path)
    card = read_card(folder)
    weights = folder / WEIGHTS
    tensors = _read_tensors(weights)
    network = FerNetwork.of(card.config, len(card.classes))
    objective = JointObjective(card.config, len(card.classes))
    whole = _whole(network, objective, torch.zeros(card.config.clfm.clusters, CODE_DIMENSION))
    _check_fit(tensors, whole, weights)
    for prefix, module in (("network.", network), ("objective.", objective)):
        module.load_state_dict(_below(prefix, tensors))
        module.eval().requires_grad_(False)
    check_golden(folder, card, network)
    network.to(device)
    objective.to(device)
    return Checkpoint(
        folder,
        fingerprint(folder),
        card,
        network,
        objective,
        tensors[_REFERENCES].float().to(device),
        torch.device(device),
    )


def save_checkpoint(
    folder: Path, card: Card, network: FerNetwork, objective: JointObjective, references: Tensor
) -> None:
    """Write weights, card and golden prediction.

    Matrices and kernels are stored in half precision, vectors in single; the golden prediction is
    that of the stored weights. A crash at any moment leaves each file whole, old or new, and no
    golden prediction beside weights or a card that it was not made with.

    Args:
        folder: Created if needed; its tables are left alone.
        card: The metadata.
        network: The trained network.
        objective: Its contrastive heads.
        references: Reference centroids of the semantic groups ``[K, 16]``, kept in single.

    Raises:
        CheckpointError: the folder cannot be written to, or the network's answers are not finite.
    """
    stored = {
        k: _stored(v, half=v.dim() >= 2 and k != _REFERENCES)
        for k, v in _whole(network, objective, references).items()
    }
    text = json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False)
    golden = make_golden(card, _as_loaded(card, stored)).content()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / GOLDEN).unlink(missing_ok=True)
        write_atomically(folder / WEIGHTS, save_tensors(stored))
        write_atomically(folder / CARD, text.encode())
        write_atomically(folder / GOLDEN, golden)
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written to: {error.strerror}.") from error


def _whole(network: nn.Module, objective: nn.Module, references: Tensor) -> dict[str, Tensor]:
    """All tensors of a checkpoint by the name that they have in its file."""
    parts = {"network.": network, "objective.": objective}
    named = {f"{p}{k}": v for p, part in parts.items() for k, v in part.state_dict().items()}
    return {**named, _REFERENCES: references}


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _as_loaded(card: Card, stored: dict[str, Tensor]) -> FerNetwork:
    """The network that :func:`load_checkpoint` will make of stored tensors."""
    network = FerNetwork.of(card.config, len(card.classes))
    network.load_state_dict(_below("network.", stored))
    return network.eval()


def _stored(tensor: Tensor, *, half: bool) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.detach().cpu().contiguous()
    return tensor.detach().cpu().to(torch.float16 if half else torch.float32).contiguous()


def _read_tensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_tensors(read_bounded(path, MAX_BYTES))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except (SafetensorError, KeyError) as error:  # KeyError: a number type torch does not have
        raise CheckpointError(f"{path} is not a valid safetensors file: {shown(error)}.") from error


def _check_fit(tensors: dict[str, Tensor], expected: dict[str, Tensor], path: Path) -> None:
    for key, value in expected.items():
        if key not in tensors:
            raise CheckpointError(f"{path} lacks the tensor '{key}'.")
        if tensors[key].shape != value.shape:
            raise CheckpointError(
                f"{path}: '{key}' has shape {tuple(tensors[key].shape)}, "
                f"the card's configuration needs {tuple(value.shape)}."
            )
        _check_numbers(tensors[key], value, f"{path}: '{key}'")
    unknown = sorted(tensors.keys() - expected.keys())
    if unknown:
        raise CheckpointError(
            f"{path} holds the tensor '{shown(unknown[0])}', "
            "for which the card's configuration has no place."
        )


def _check_numbers(tensor: Tensor, expected: Tensor, label: str) -> None:
    """Weights are finite numbers of a common floating-point type, counts are whole numbers."""
    real = expected.is_floating_point()
    if tensor.dtype not in (_REAL if real else _WHOLE):
        raise CheckpointError(
            f"{label} holds numbers of type {str(tensor.dtype).removeprefix('torch.')}, where "
            f"{'floating-point' if real else 'whole'} numbers are needed."
        )
    if real and not torch.isfinite(tensor).all():
        raise CheckpointError(f"{label} holds numbers that are not finite: copy or train it anew.")
