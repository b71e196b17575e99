"""The one typed result of every model; losses, analyses and the app read nothing else."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class ModelOutput:
    """What a network says about a batch of B faces with ``n_c`` classes.

    Attributes:
        logits: ``[B, n_c]``.
        features: The outputs f_{i,j} of the four encoder blocks, each ``[B, C_j, H_j, W_j]``.
        embedding: The vector the classifier sees: F_i of Eq. 9 ``[B, fd]``, or the pooled deepest
            block ``[B, 512]`` for a model without MSR, or RUL's μ of it ``[B, D]``.
        attention: The weights μ_{i,j} of Eq. 8, ``[B, 4]``; None without MSR.
        layer_embeddings: The reshaped features f'_{i,j} of Eq. 8, ``[B, 4, fd]``; None without MSR.
        certainty: SCN's α, by which the logits are scaled, ``[B]``; None without SCN.
        uncertainty: RUL's u, ``[B]``; None without RUL.
        layer_logits: What the classifier says of each f'_{i,j} alone, ``[B, 4, n_c]``; None without
            supervision of the layers.
        class_maps: Class activation maps of the deepest block, ``[B, n_c, H_4, W_4]``; None
            without EAC.
    """

    logits: Tensor
    features: tuple[Tensor, ...]
    embedding: Tensor
    attention: Tensor | None = None
    layer_embeddings: Tensor | None = None
    certainty: Tensor | None = None
    uncertainty: Tensor | None = None
    layer_logits: Tensor | None = None
    class_maps: Tensor | None = None
