"""The section of the distillation from the whole network to its shallow blocks."""

from pydantic import Field

from clfer.config.sections import Section


class DistilConfig(Section):
    """Shallow heads learn the network's own class probabilities (Sec. V: other contrasts).

    Attributes:
        enabled: Whether small heads on blocks 1, 2 and 3 predict the class probabilities of the
            network, which are constants for the gradient.
        weight: Weight of their mean divergence beside the cross-entropy.
        temperature: Temperature T of both sides.
    """

    enabled: bool = False
    weight: float = Field(0.3, gt=0, le=1000)
    temperature: float = Field(2.0, gt=0, le=100)
