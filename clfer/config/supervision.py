"""The section of the supervision of every layer."""

from pydantic import Field

from clfer.config.sections import Section


class SupervisionConfig(Section):
    """Every layer is asked for the expression by itself, beside their fusion (MSR).

    Attributes:
        enabled: Whether the classifier also reads each f'_{i,j} alone. Without it the fusion may
            lean on the layers that learn first, and leave the deepest ones without gradient.
        weight: Weight of the mean cross-entropy of the four layers beside that of their fusion.
    """

    enabled: bool = False
    weight: float = Field(0.5, gt=0, le=1000)
