"""Trained models on disk: safetensors weights, a readable card, and Parquet tables.

A checkpoint is a folder with ``model.safetensors``, ``card.json`` and, where they were published,
``history.parquet``, ``faces.parquet``, ``snapshots.parquet`` and ``README.md`` (the model card).
Nothing is ever unpickled.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from clfer.config import Config
from clfer.errors import CheckpointError
from clfer.methods.hash_coding import ChannelCodes, hash_coding
from clfer.methods.joint import JointObjective
from clfer.models.files import write_atomically
from clfer.models.network import FerNetwork
from clfer.models.preprocess import Preprocess
from clfer.paths import checkpoint_folders

WEIGHTS = "model.safetensors"
CARD = "card.json"
TABLES = ("history", "faces", "snapshots")
FORMAT = 1

Point = tuple[float, float]


class Card(BaseModel):
    """Readable metadata of a checkpoint.

    Attributes:
        name: Name of the checkpoint folder.
        title: One line for people.
        dataset: Registry name of the training set.
        classes: Expressions in the order of the logits.
        preprocess: Input size, colour mode and normalisation.
        template: Five landmarks of a training face in the unit square; None if not measured.
        config: The full configuration of the run.
        epoch: Epoch of the weights, counted from 1.
        code_version: Version of the package that trained it.
        created: ISO 8601 time.
        metrics: Figures on the validation split, e.g. ``accuracy``.
        format: Version of this layout.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    dataset: str
    classes: tuple[str, ...] = Field(min_length=2)
    preprocess: Preprocess
    template: tuple[Point, Point, Point, Point, Point] | None = None
    config: Config
    epoch: int = Field(ge=0)
    code_version: str
    created: str
    metrics: dict[str, float] = {}
    format: int = FORMAT

    @property
    def method(self) -> str:
        """Short name of the method, e.g. ``baseline`` or ``MSR+CLFM+CLBS``."""
        return self.config.method


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

    def table(self, name: str) -> pd.DataFrame | None:
        """A Parquet table that rides with the checkpoint; None where it was not published.

        Args:
            name: ``history``, ``faces`` or ``snapshots``.
        """
        path = self.folder / f"{name}.parquet"
        return pd.read_parquet(path) if path.is_file() else None


@dataclass(frozen=True)
class CheckpointSummary:
    """A checkpoint that could be loaded: its folder, card and hash, without the weights."""

    folder: Path
    card: Card
    sha256: str


def list_checkpoints() -> list[CheckpointSummary]:
    """All readable checkpoints of the known folders, by name; a name found first wins."""
    found: dict[str, CheckpointSummary] = {}
    for parent in checkpoint_folders():
        for path in sorted(parent.glob(f"*/{CARD}")):
            if path.parent.name not in found:
                found[path.parent.name] = CheckpointSummary(
                    path.parent, read_card(path.parent), fingerprint(path.parent)
                )
    return [found[name] for name in sorted(found)]


def find_checkpoint(name_or_path: str | Path) -> Path:
    """The folder of a checkpoint, by shipped name or by path.

    Raises:
        CheckpointError: nothing is there; the message lists the known names.
    """
    direct = Path(name_or_path)
    for folder in (direct, *(parent / name_or_path for parent in checkpoint_folders())):
        if (folder / CARD).is_file():
            return folder
    names = sorted({p.parent.name for f in checkpoint_folders() for p in f.glob(f"*/{CARD}")})
    known = f"known names are {', '.join(names)}" if names else "no checkpoint is installed"
    raise CheckpointError(
        f"There is no checkpoint '{name_or_path}': give the path of a folder with {CARD} and "
        f"{WEIGHTS}, or a name; {known}."
    )


def read_card(folder: Path) -> Card:
    """The metadata of a checkpoint folder.

    Raises:
        CheckpointError: the card is missing, damaged, or of another format.
    """
    path = folder / CARD
    try:
        return Card.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "its JSON"
        raise CheckpointError(f"{path} is not a valid card: {key}: {first['msg']}.") from error


def fingerprint(folder: Path) -> str:
    """sha256 over the weights and the card of a checkpoint folder."""
    digest = hashlib.sha256()
    for name in (WEIGHTS, CARD):
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{path} is missing: the checkpoint is incomplete.")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def load_checkpoint(name_or_path: str | Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Load a model for inference and analysis.

    Args:
        name_or_path: Name of a shipped checkpoint, or the path of a checkpoint folder.
        device: Torch device.

    Raises:
        CheckpointError: it is missing, damaged, or does not fit its own card.
    """
    folder = find_checkpoint(name_or_path)
    card = read_card(folder)
    tensors = _read_tensors(folder / WEIGHTS)
    references = tensors.pop("references", None)
    if references is None:
        raise CheckpointError(f"{folder / WEIGHTS} lacks the reference centroids.")
    network = FerNetwork(card.config.model, len(card.classes))
    objective = JointObjective(card.config, len(card.classes))
    _fill(network, tensors, "network.", folder)
    _fill(objective, tensors, "objective.", folder)
    for module in (network, objective):
        module.eval().requires_grad_(False).to(device)
    return Checkpoint(
        folder,
        fingerprint(folder),
        card,
        network,
        objective,
        references.float().to(device),
        torch.device(device),
    )


def save_checkpoint(
    folder: Path, card: Card, network: FerNetwork, objective: JointObjective, references: Tensor
) -> None:
    """Write weights and card; matrices and kernels in half precision, vectors in single.

    Args:
        folder: Created if needed; its tables are left alone.
        card: The metadata.
        network: The trained network.
        objective: Its contrastive heads.
        references: Reference centroids of the semantic groups ``[K, 16]``.
    """
    tensors = {f"network.{k}": v for k, v in network.state_dict().items()}
    tensors |= {f"objective.{k}": v for k, v in objective.state_dict().items()}
    stored = {
        k: v.detach().cpu().to(torch.float16 if v.dim() >= 2 else v.dtype).contiguous()
        for k, v in tensors.items()
    }
    stored["references"] = references.detach().cpu().float().contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / WEIGHTS, save_tensors(stored))
    text = json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False)
    write_atomically(folder / CARD, text.encode())


def _read_tensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_tensors(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except SafetensorError as error:
        raise CheckpointError(f"{path} is not a valid safetensors file: {error}.") from error


def _fill(module: torch.nn.Module, tensors: dict[str, Tensor], prefix: str, folder: Path) -> None:
    own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    expected = module.state_dict()
    for key, value in expected.items():
        if key not in own:
            raise CheckpointError(f"{folder / WEIGHTS} lacks the tensor '{prefix}{key}'.")
        if own[key].shape != value.shape:
            raise CheckpointError(
                f"{folder / WEIGHTS}: '{prefix}{key}' has shape {tuple(own[key].shape)}, "
                f"the card's configuration needs {tuple(value.shape)}."
            )
    module.load_state_dict({k: own[k].to(v.dtype) for k, v in expected.items()})
