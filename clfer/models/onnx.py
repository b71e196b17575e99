"""The inference graph as an ONNX file, for runtimes without PyTorch.

The graph takes normalised faces and gives what a prediction needs; the contrastive heads are left
out. How faces become its input stands in the file's metadata (``onnx.load(...).metadata_props``).
"""

import json
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from clfer.errors import ClferError
from clfer.models.checkpoint import Checkpoint
from clfer.models.files import write_atomically

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

INPUT = "images"
"""Name of the input, float32 ``[batch, 3, S, S]``."""

TOLERANCE = 1e-4
"""Largest absolute difference that an output may have from PyTorch's."""

_CHECKED_BATCHES = (1, 3)


@dataclass(frozen=True)
class OnnxExport:
    """What was written.

    Attributes:
        path: The file.
        outputs: Names of the outputs: ``logits`` ``[batch, n_c]`` and ``embedding``
            ``[batch, D]``, with MSR also ``attention`` ``[batch, 4]`` and ``contributions``
            ``[batch, n_c, 4]``.
        difference: Largest absolute difference of any output from PyTorch's on noise.
    """

    path: Path
    outputs: tuple[str, ...]
    difference: float


class InferenceGraph(nn.Module):
    """A checkpoint's network with plain tensors as its result."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.network = checkpoint.network

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the results, in their order."""
        shares = () if self.network.head is None else ("attention", "contributions")
        return ("logits", "embedding", *shares)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """The results for normalised images ``[B, 3, S, S]``."""
        found = self.network(images)
        if found.attention is None:
            return found.logits, found.embedding
        shares = self.network.contributions(found)
        return found.logits, found.embedding, found.attention, shares


def export_onnx(checkpoint: Checkpoint, path: Path) -> OnnxExport:
    """Write the inference graph of a model on the CPU, with any batch size, and check it.

    Args:
        checkpoint: The model.
        path: The file; replaced where it exists.

    Raises:
        ClferError: the extra ``onnx`` is not installed, the file cannot be written, or the file
            computes something else than PyTorch does.
    """
    _need_packages()
    graph = InferenceGraph(checkpoint).eval()
    side = checkpoint.card.preprocess.side
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about its own parts
        program = torch.onnx.export(
            graph,
            (torch.zeros(2, 3, side, side),),
            input_names=[INPUT],
            output_names=list(graph.outputs),
            dynamic_shapes={"images": {0: torch.export.Dim("batch")}},
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise ClferError(f"torch.onnx made no graph of {checkpoint.card.name}: update torch.")
    model = program.model_proto
    for key, value in metadata(checkpoint).items():
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString()
    difference = _largest_difference(graph, content, side)
    if not difference <= TOLERANCE:
        raise ClferError(
            f"{path} is not written: its outputs would differ from PyTorch's by {difference:.2g}; "
            "install the newest onnxruntime."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        raise ClferError(f"{path} cannot be written: {error.strerror}.") from error
    return OnnxExport(path, graph.outputs, difference)


def metadata(checkpoint: Checkpoint) -> dict[str, str]:
    """What a user of the file must know, each value as JSON."""
    card = checkpoint.card
    facts = {
        "classes": card.classes,
        "colour": card.preprocess.colour,
        "side": card.preprocess.side,
        "mean": card.preprocess.mean,
        "std": card.preprocess.std,
        "face_side": card.face_side,
        "template": card.template,
        "preprocessing": (
            "crop the face as the template has it, to face_side pixels if that is given; scale to "
            "[0, 1]; for colour grey take 0.299 R + 0.587 G + 0.114 B; subtract mean, divide by "
            "std; resize to side × side, bilinear with antialiasing; three equal channels for grey"
        ),
        "name": card.name,
        "dataset": card.dataset,
        "method": card.method,
        "sha256": checkpoint.sha256,
    }
    return {key: json.dumps(value, ensure_ascii=False) for key, value in facts.items()}


def onnx_session(content: bytes, threads: int) -> "InferenceSession":
    """ONNX Runtime on the CPU, with a number of threads, over the bytes of a file."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    return InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _largest_difference(graph: InferenceGraph, content: bytes, side: int) -> float:
    session = onnx_session(content, torch.get_num_threads())
    generator = torch.Generator().manual_seed(0)
    largest = []
    for batch in _CHECKED_BATCHES:
        images = torch.randn(batch, 3, side, side, generator=generator)
        with torch.inference_mode():
            expected = graph(images)
        found = session.run(None, {INPUT: images.numpy()})
        largest += [
            float((torch.from_numpy(a) - b).abs().max())
            for a, b in zip(found, expected, strict=True)
        ]
    return max(largest)


def _need_packages() -> None:
    for package in ("onnx", "onnxscript", "onnxruntime"):
        if find_spec(package) is None:
            raise ClferError(
                f"ONNX export needs the package {package}, which is not installed: "
                "pip install 'clfer[onnx]', or '.[onnx]' in a checkout."
            )
