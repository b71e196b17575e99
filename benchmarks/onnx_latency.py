"""Seconds of one face through PyTorch and through the exported graph in ONNX Runtime."""

import tempfile
from pathlib import Path
from typing import Any

import torch

from benchmarks.frame import alternate, medians
from clfer.errors import ClferError
from clfer.models.checkpoint import load_checkpoint
from clfer.models.onnx import INPUT, InferenceGraph, export_onnx, onnx_session


def onnx_latency(name: str, repeats: int, batch: int = 1) -> dict[str, Any]:
    """Both timed in turn on the CPU with torch's number of threads, for ``details``.

    Without the extra ``onnx`` the answer is the sentence that says so.
    """
    checkpoint = load_checkpoint(name)
    graph = InferenceGraph(checkpoint).eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        try:
            difference = export_onnx(checkpoint, path).difference
        except ClferError as error:
            return {"not measured": str(error)}
        session = onnx_session(path.read_bytes(), torch.get_num_threads())
    side = checkpoint.card.preprocess.side
    images = torch.randn(batch, 3, side, side, generator=torch.Generator().manual_seed(0))
    array = images.numpy()
    images = images.contiguous(memory_format=torch.channels_last)

    @torch.inference_mode()
    def torch_pass() -> None:
        graph(images)

    def onnx_pass() -> None:
        session.run(None, {INPUT: array})

    pairs = alternate(onnx_pass, torch_pass, 3 * repeats, warmup=3)
    return {
        "batch": batch,
        "largest_difference": difference,
        **medians(pairs, "onnxruntime", "pytorch"),
    }
