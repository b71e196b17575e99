"""Where each block responds to a face, over several models (Fig. 11)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from clfer.analysis.outputs import image_batches
from clfer.models.checkpoint import Checkpoint

ABLATION = ("baseline", "MSR", "MSR+CLFM+CLBS")
"""Methods in the rows of Fig. 11."""

SALIENT = 0.5
"""Part of its peak above which a cell counts as salient."""


@dataclass(frozen=True, eq=False)
class BlockMaps:
    """The four blocks of one model on one face.

    Attributes:
        maps: Per block the mean over the channels of its output, ``[H_j, W_j]``, divided by its
            largest value: where the block responds, whatever its level. Zero for a silent block.
        levels: The largest value of each mean, in the units of the feature, ``[4]``.
        breadth: Share of the cells above :data:`SALIENT` of the peak, ``[4]``: how broad the
            salient region is.
    """

    maps: tuple[NDArray[np.float64], ...]
    levels: NDArray[np.float64]
    breadth: NDArray[np.float64]


def block_maps(checkpoint: Checkpoint, crop: NDArray[np.uint8]) -> BlockMaps:
    """Channel means of the block outputs for one face, uint8 ``[H, W, C]``."""
    return next(all_block_maps(checkpoint, crop[None]))


def all_block_maps(checkpoint: Checkpoint, crops: NDArray[np.uint8]) -> Iterator[BlockMaps]:
    """The same for many faces, uint8 ``[N, H, W, C]``, one after the other."""
    for _, inputs in image_batches(checkpoint, crops):
        with torch.inference_mode():
            features = checkpoint.network.encoder(inputs)
            means = [feature.double().mean(dim=1).cpu().numpy() for feature in features]
        for of_face in zip(*means, strict=True):
            yield _scaled(of_face)


def _scaled(means: Sequence[NDArray[np.float64]]) -> BlockMaps:
    """From the channel means of the four blocks of one face."""
    levels = np.array([mean.max() for mean in means])
    maps = tuple(
        mean / level if level > 0 else np.zeros_like(mean)
        for mean, level in zip(means, levels, strict=True)
    )
    breadth = np.array([(scaled > SALIENT).mean() for scaled in maps])
    return BlockMaps(maps, levels, breadth)


def ablation_rows(
    methods: Mapping[str, str], preferred: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The installed models that make the rows of Fig. 11.

    Args:
        methods: Method of every installed checkpoint by its name.
        preferred: Names taken first where several checkpoints have the same method.

    Returns:
        Names in the order of :data:`ABLATION`, and the methods of which none is installed.
    """
    order = [*(name for name in preferred if name in methods), *methods]
    first = {
        method: next((name for name in order if methods[name] == method), None)
        for method in ABLATION
    }
    return (
        tuple(name for name in first.values() if name is not None),
        tuple(method for method, name in first.items() if name is None),
    )
