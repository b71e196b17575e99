"""The evaluation of ``clfer evaluate`` against a plain ResNet-18 over the same tensors."""

import numpy as np
import torch
import torchvision

from benchmarks.frame import Measurement, alone, alternate, medians, ratios
from benchmarks.onnx_latency import onnx_latency
from clfer.analysis.evaluate import evaluate
from clfer.analysis.outputs import BATCH, image_batches
from clfer.data import FaceSet, load_faces
from clfer.models.checkpoint import load_checkpoint
from clfer.models.device import resolve_device
from clfer.paths import data_root

FACES = 512
"""Faces of a pass: eight batches."""


def run(repeats: int, faces: int = FACES) -> Measurement:
    """Score the shipped model on faces as the command does; run the rival on its very inputs."""
    checkpoint = load_checkpoint("ferplus-ours", resolve_device("auto"))
    scored, source = _faces(faces)
    inputs = [images for _, images in image_batches(checkpoint, scored.images)]
    rival = torchvision.models.resnet18(num_classes=len(checkpoint.card.classes)).eval()
    rival = rival.to(checkpoint.device, memory_format=torch.channels_last)

    def ours() -> None:
        evaluate(checkpoint, scored)

    @torch.inference_mode()
    def plain() -> None:
        for images in inputs:
            rival(images).cpu()

    pairs = alternate(ours, plain, repeats)
    return Measurement(
        "evaluate",
        "ratio",
        ratios(pairs),
        1.15,
        f"{len(scored)} faces of {source} at {checkpoint.card.preprocess.side} px, batch {BATCH}: "
        "preprocessing, network, contributions and scores, ÷ torchvision's ResNet-18 on tensors.",
        {
            **medians(pairs, "ours", "resnet18"),
            "one face": onnx_latency("ferplus-ours", repeats),
        },
    )


def _faces(count: int) -> tuple[FaceSet, str]:
    """Evenly spaced validation faces of FER+ where its root is named, else drawn ones."""
    root = data_root("ferplus")
    if root is None:
        source = "synthetic validation (name FER+ in CLFER_FERPLUS_ROOT for its own)"
        whole = load_faces("synthetic", None, "valid")
    else:
        source = "FER+ validation"
        whole = load_faces("ferplus", root, "valid")
    places = np.linspace(0, len(whole) - 1, min(count, len(whole))).astype(np.int64)
    return whole.subset(places), source


if __name__ == "__main__":
    alone(run)
