"""What all sessions share: trained models and the validation distributions, in bounded caches.

Every key holds the checkpoint's sha256. Loaded models are in eval mode, without gradients, and
nobody changes them.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from weakref import WeakValueDictionary

import streamlit as st
import torch

from clfer.analysis.attention import AttentionDistribution, attention_distribution
from clfer.models.card import CARD
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.models.library import (
    WEIGHTS,
    CheckpointSummary,
    broken_checkpoints,
    list_checkpoints,
)
from clfer.paths import checkpoint_folders

_LOADED: WeakValueDictionary[tuple[str, str], Checkpoint] = WeakValueDictionary()
"""Models in memory by folder and device, for as long as anything holds them."""


@dataclass(frozen=True)
class Pair:
    """The two models that are compared: A left, B right."""

    a: Checkpoint
    b: Checkpoint


@dataclass(frozen=True)
class Installed:
    """The checkpoints on this machine.

    Attributes:
        sound: Summaries by name.
        broken: One sentence for each that cannot be used.
    """

    sound: dict[str, CheckpointSummary]
    broken: tuple[str, ...]


def installed() -> Installed:
    """What is installed; read again when a file changes."""
    stamps = []
    for parent in checkpoint_folders():
        for path in sorted((*parent.glob(f"*/{CARD}"), *parent.glob(f"*/{WEIGHTS}"))):
            stamps.append((str(path), path.stat().st_mtime_ns))
    return _installed(tuple(stamps))


def load(summary: CheckpointSummary, device: str) -> Checkpoint:
    """The model of a card, shared by all sessions.

    Raises:
        CheckpointError: it is damaged.
    """
    return _load(str(summary.folder), summary.sha256, device)


def loaded() -> list[str]:
    """Names of the models that are in memory, for whichever session."""
    held = [reference() for reference in _LOADED.valuerefs()]
    return sorted({model.folder.name for model in held if model is not None})


def devices() -> list[str]:
    """Devices the models can run on, the fastest first."""
    return [*(f"cuda:{i}" for i in range(torch.cuda.device_count())), "cpu"]


@cache
def device_name(device: str) -> str:
    """A device in words; the same in every thread, of which each has its own number of threads."""
    if device == "cpu":
        count = torch.get_num_threads()
        return f"CPU, {count} thread{'s' * (count > 1)}"
    return torch.cuda.get_device_name(device)


@st.cache_resource(max_entries=2, show_spinner=False)
def _installed(stamps: tuple[tuple[str, int], ...]) -> Installed:
    return Installed(
        {summary.folder.name: summary for summary in list_checkpoints()},
        tuple(sentence for _, sentence in broken_checkpoints()),
    )


@st.cache_resource(max_entries=6, show_spinner="Loading the models")
def _load(folder: str, sha256: str, device: str) -> Checkpoint:
    model = load_checkpoint(Path(folder), device)
    _LOADED[folder, device] = model
    return model


@st.cache_resource(max_entries=8, show_spinner=False)
def _distribution(
    sha256: str, folder: str, _checkpoint: Checkpoint
) -> AttentionDistribution | None:
    faces = _checkpoint.table("faces")
    return None if faces is None else attention_distribution(faces)


def distribution(checkpoint: Checkpoint) -> AttentionDistribution | None:
    """Attention over the validation faces; None without MSR or without a published table."""
    return _distribution(checkpoint.sha256, str(checkpoint.folder), checkpoint)
