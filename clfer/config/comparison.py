"""The sections of the comparison methods: SCN, SimSiam, RUL and EAC."""

import math

from pydantic import Field

from clfer.config.sections import Section


class ScnConfig(Section):
    """Self-cure network: attention, ranking and relabelling of uncertain faces (Wang et al. 2020).

    Attributes:
        enabled: Whether the logits of a face are scaled by its certainty α, which is learned, and
            uncertain faces are relabelled.
        share: Share of the batch, those of highest α, that forms the high group.
        margin: By how much the mean α of the high group should exceed that of the low group.
        weight: Weight of the rank regularisation beside the cross-entropy.
        relabel_from: First epoch, counted from 1 as in the history, after which faces are
            relabelled; their new labels are served from the next epoch on.
        relabel_margin: A face is relabelled if its most probable class exceeds its label by more
            than this probability.
    """

    enabled: bool = False
    share: float = Field(0.7, gt=0, lt=1)
    margin: float = Field(0.15, ge=0, le=1)
    weight: float = Field(1.0, ge=0, le=1000)
    relabel_from: int = Field(10, ge=1, le=100_000)
    relabel_margin: float = Field(0.2, ge=0, le=1)

    def high_group(self, batch: int) -> int:
        """Faces of the high group in a batch: ⌊share · batch⌋."""
        # 0.7 · 90 is 62.999… in binary.
        return math.floor(self.share * batch + 1e-9)


class SimSiamConfig(Section):
    """SimSiam: two views of every face predict each other (Chen and He 2021).

    Attributes:
        enabled: Whether the loss of the two views joins the classification loss.
        weight: Its weight.
        projector: Dimension of the projection z.
        predictor: Dimension of the predictor's hidden layer.
    """

    enabled: bool = False
    weight: float = Field(1.0, gt=0, le=1000)
    projector: int = Field(512, ge=2, le=8192)
    predictor: int = Field(128, ge=1, le=8192)


class RulConfig(Section):
    """Relative uncertainty learning: faces are mixed by their uncertainty (Zhang et al. 2021).

    Attributes:
        enabled: Whether the classifier sees a face through the heads of RUL, and is trained on
            mixtures of two faces.
        dimension: Length of the face's vector μ and of its log-variance.
    """

    enabled: bool = False
    dimension: int = Field(64, ge=1, le=2048)


class EacConfig(Section):
    """Erasing attention consistency: a mirrored face is seen alike (Zhang et al. 2022).

    Attributes:
        enabled: Whether the class activation maps of a face and of its mirror image should be
            mirror images too; ``augment.erase`` erases a part of both.
        weight: Weight λ of their mean squared difference beside the cross-entropy. 5 is published
            for networks that are pre-trained; from scratch it can keep one from learning.
    """

    enabled: bool = False
    weight: float = Field(5.0, ge=0, le=1000)
