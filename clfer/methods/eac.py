"""Erasing attention consistency, EAC (Zhang et al., ECCV 2022): a mirrored face is seen alike.

Only the faces, parts of which are erased, have a cross-entropy; their mirror images do not. The
class activation maps of both should be mirror images of each other, which a network cannot achieve
by remembering one part of a face together with a wrong label.
"""

import torch
from torch import Tensor


def class_maps(deepest: Tensor, classifier: Tensor) -> Tensor:
    """Class activation maps M_c = Σ_k w_{c,k} f_k, whose means are the logits without bias.

    Args:
        deepest: Output of the deepest block, ``[B, C, H, W]``.
        classifier: Weights of the classifier, ``[n_c, C]``; constants for the gradient, as in the
            authors' code.

    Returns:
        ``[B, n_c, H, W]``.
    """
    return torch.einsum("nc,bchw->bnhw", classifier.detach(), deepest)


def eac_loss(maps: Tensor, of_mirrored: Tensor, weight: float) -> Tensor:
    """λ · mean (M − mirror(M′))² over faces, classes and cells, scalar.

    Args:
        maps: M of the faces, ``[B, n_c, H, W]``.
        of_mirrored: M′ of their mirror images, of the same shape.
        weight: λ.
    """
    return weight * (maps - of_mirrored.flip(3)).square().mean()
