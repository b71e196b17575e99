"""Validation logits and embeddings of an epoch, kept for the views that look back in time."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from clfer.analysis.outputs import Outputs
from clfer.models.files import write_atomically


def save_predictions(path: Path, outputs: Outputs) -> None:
    """Write logits ``[N, n_c]``, and embeddings ``[N, D]`` in half precision.

    Logits as they were: in half precision a face of three thousand changes its expression.
    """
    content = save(
        {
            # safetensors writes the memory of an array as it lies, whatever the order of its axes.
            "logits": np.ascontiguousarray(outputs.logits, np.float32),
            "embedding": np.ascontiguousarray(outputs.embedding, np.float16),
        }
    )
    write_atomically(path, content)


def load_predictions(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits ``[N, n_c]`` and embeddings ``[N, D]`` of an epoch."""
    arrays = load_file(path)
    return arrays["logits"].astype(np.float32), arrays["embedding"].astype(np.float32)
