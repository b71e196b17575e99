"""The sections of a run's configuration, as validated models."""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from clfer.expressions import FIXED_CLASSES

BLOCK_CHANNELS = (64, 128, 256, 512)
"""Channels C_j of the four blocks of ResNet-18."""

_Weight = Annotated[float, Field(ge=0, le=1000)]
ShallowWeights = tuple[_Weight, _Weight, _Weight]
Multiple = Annotated[int, Field(ge=32, le=512, multiple_of=32)]
Clustering = Literal["kmeans", "spherical", "balanced"]
ContrastForm = Literal["cosine", "infonce"]
PairWeighting = Literal["fixed", "learned"]


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _truth_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        kinds = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and kinds in (int, float, int | None, float | None):
            raise ValueError("true and false are no numbers: write a number")
        return value


class ModelConfig(Section):
    """Which network is built.

    Attributes:
        stem: ``imagenet`` (7×7, stride 2) or ``small`` (3×3, stride 1), each before max-pooling.
        init: ``scratch``, ``imagenet`` (torchvision weights) or the path of a checkpoint folder.
        msr: Multi-scale representation head (Sec. III-C) instead of the pooled head.
        fd: Dimension of f'_{i,j} and F_i (Eq. 8, 9).
        normalise_fusion: LayerNorm on f' and W = 0 at the start, so that μ cannot trade its scale
            with ‖f'‖; off in the literal reading of the paper.
    """

    stem: Literal["imagenet", "small"] = "imagenet"
    init: str = "scratch"
    msr: bool = True
    fd: int = Field(128, ge=1, le=2048)
    normalise_fusion: bool = False


class ClfmConfig(Section):
    """Contrastive learning based on feature maps (Sec. III-B1, Eq. 1–6).

    Attributes:
        enabled: Whether L_fm is part of the joint loss.
        alpha: Weights α_1, α_2, α_3 of the shallow blocks (Table V).
        clusters: Number K of semantic groups (Fig. 8).
        scope: Cluster the channels of each ``image``, or those of the whole ``batch`` at once.
        coding: ``soft`` position maps (differentiable) or integer ``peaks`` (no gradient).
        temperature: Temperature of the softmax over the 16 cells of a soft code.
        iterations: Lloyd iterations of K-means.
        stop_gradient: Whether the deep centroids are constants for the gradient.
        clustering: ``kmeans``, ``spherical`` (K-means on unit vectors) or ``balanced`` (groups of
            equal size).
        contrast: ``cosine`` of shallow centres and deep centroids, or ``infonce`` with the other
            groups as negatives.
        contrast_temperature: Temperature τ of InfoNCE.
        pairs: ``fixed``: block j counts α_j; ``learned``: the pairs 1→4, 2→4, 3→4 and 2→3 share the
            sum of α by weights that are learned.
    """

    enabled: bool = True
    alpha: ShallowWeights = (0.0, 0.1, 0.0)
    clusters: int = Field(4, ge=2, le=BLOCK_CHANNELS[-1])
    scope: Literal["image", "batch"] = "image"
    coding: Literal["soft", "peaks"] = "soft"
    temperature: float = Field(0.5, gt=0, le=100)
    iterations: int = Field(5, ge=1, le=100)
    stop_gradient: bool = False
    clustering: Clustering = "kmeans"
    contrast: ContrastForm = "cosine"
    contrast_temperature: float = Field(0.1, gt=0, le=100)
    pairs: PairWeighting = "fixed"

    @model_validator(mode="after")
    def _pairs_have_a_weight(self) -> Self:
        _check_pairs(self.pairs, self.alpha, "clfm", "alpha")
        if self.pairs == "learned" and self.clusters > BLOCK_CHANNELS[2]:
            raise ValueError(
                f"clfm.clusters = {self.clusters} is more than the {BLOCK_CHANNELS[2]} channels of "
                f"block 3, which clfm.pairs = learned clusters too: use fewer"
            )
        return self


class ClbsConfig(Section):
    """Contrastive learning based on batch samples (Sec. III-B2, Eq. 7).

    Attributes:
        enabled: Whether L_bs is part of the joint loss.
        beta: Weights β_1, β_2, β_3 of the shallow blocks (Table V).
        centres: ``clusters`` found by K-means, or the means of the expression ``classes`` in the
            batch (Eq. 12, Table VI); faces without a label count in no class.
        clusters: Number K of clusters; null for the number of expression classes.
        fd: Dimension of the sample features, fd_bs.
        centre: Subtract the batch mean before the cosine; ReLU features are all positive.
        iterations: Lloyd iterations of K-means.
        stop_gradient: Whether the deep centroids are constants for the gradient.
        clustering: How the clusters are found: ``kmeans``, ``spherical`` or ``balanced``.
        contrast: ``cosine`` of shallow centres and deep centroids, or ``infonce`` with the other
            clusters as negatives.
        contrast_temperature: Temperature τ of InfoNCE.
        pairs: ``fixed``: block j counts β_j; ``learned``: the pairs 1→4, 2→4, 3→4 and 2→3 share the
            sum of β by weights that are learned.
    """

    enabled: bool = True
    beta: ShallowWeights = (0.0, 0.1, 0.0)
    centres: Literal["clusters", "classes"] = "clusters"
    clusters: int | None = Field(None, ge=2, le=1000)
    fd: int = Field(128, ge=1, le=2048)
    centre: bool = True
    iterations: int = Field(5, ge=1, le=100)
    stop_gradient: bool = False
    clustering: Clustering = "kmeans"
    contrast: ContrastForm = "cosine"
    contrast_temperature: float = Field(0.1, gt=0, le=100)
    pairs: PairWeighting = "fixed"

    @model_validator(mode="after")
    def _pairs_have_a_weight(self) -> Self:
        _check_pairs(self.pairs, self.beta, "clbs", "beta")
        return self

    @model_validator(mode="after")
    def _classes_are_not_clustered(self) -> Self:
        if self.centres == "classes" and self.clustering != "kmeans":
            raise ValueError(
                f"clbs.clustering = {self.clustering} has no meaning with clbs.centres = classes, "
                f"which are known: leave it kmeans"
            )
        return self

    @model_validator(mode="after")
    def _classes_are_counted(self) -> Self:
        if self.centres == "classes" and self.clusters is not None:
            raise ValueError(
                f"clbs.clusters = {self.clusters} has no meaning with clbs.centres = classes, of "
                f"which there are as many as expressions: leave it null"
            )
        return self


def _check_pairs(pairs: PairWeighting, weights: tuple[float, ...], section: str, name: str) -> None:
    if pairs == "learned" and not any(weights):
        raise ValueError(
            f"{section}.pairs = learned shares the sum of {section}.{name} among the pairs of "
            f"layers: one of its three weights must be above 0"
        )


class DataConfig(Section):
    """Which faces are read.

    Attributes:
        name: Registry name of the data set.
        root: Folder or ``.zip`` of the data set in its official layout; null for ``synthetic``.
        mode: Label mode of FER+: ``majority``, ``crossentropy`` or ``probability``.
        colour: ``grey`` or ``rgb``: what the network is shown.
        count: Use only this many training faces (seeded, stratified); null for all. Drawn first.
        valid_count: Choose the epoch on only this many validation faces (stratified, the same for
            every seed); null for all.
        reduce: Expression of which training faces are taken away (Table III); null for none. The
            classes of the network stay those of the data set; validation and test stay whole.
        keep: Share of the training faces of ``reduce`` that is kept.
        labelled: Share of the remaining training faces whose label is used (Table II).
        unlabelled: Keep the other faces in the batches without label, for the losses that need
            none; otherwise they are left out.
    """

    name: str = "synthetic"
    root: str | None = None
    mode: Literal["majority", "crossentropy", "probability"] = "majority"
    colour: Literal["grey", "rgb"] = "rgb"
    count: int | None = Field(None, ge=2, le=10**9)
    valid_count: int | None = Field(None, ge=2, le=10**9)
    reduce: str | None = None
    keep: float = Field(0.0, ge=0, le=1)
    labelled: float = Field(1.0, gt=0, le=1)
    unlabelled: bool = False

    @model_validator(mode="after")
    def _votes_exist(self) -> Self:
        if self.mode != "majority" and self.name != "ferplus":
            raise ValueError(
                f"mode {self.mode} needs the votes of ferplus; for {self.name} set "
                f"data.mode=majority"
            )
        return self

    @model_validator(mode="after")
    def _reduction_is_possible(self) -> Self:
        if self.reduce is None:
            if self.keep:
                raise ValueError("keep needs the expression that it is a share of: set data.reduce")
            return self
        known = FIXED_CLASSES.get(self.name, (self.reduce,))
        if self.reduce not in known:
            raise ValueError(
                f"reduce = {self.reduce} is no expression of {self.name}: "
                f"choose one of {', '.join(known)}"
            )
        if self.mode != "majority":
            raise ValueError(
                f"reduce needs data.mode=majority: with mode {self.mode} the votes on other faces "
                f"would still speak of {self.reduce}"
            )
        return self

    @model_validator(mode="after")
    def _some_labels_are_hidden(self) -> Self:
        if self.unlabelled and self.labelled == 1:
            raise ValueError("unlabelled leaves no face without label: set data.labelled below 1")
        return self


class AugmentConfig(Section):
    """Random changes to training faces, drawn per face.

    Attributes:
        crop: Side of a randomly placed crop as a fraction of the face's side; the paper crops 224
            of 256 pixels, 0.875. The whole face is evaluated.
        flip: Probability of a horizontal mirror.
        rotate: Largest rotation in degrees.
        scale: Largest relative change of size.
        shift: Largest shift as a fraction of the side.
        light: Largest change of brightness and relative change of contrast, in units of [0, 1].
        erase: Probability of erasing a rectangle.
        erase_area: Smallest and largest erased fraction of the area.
    """

    crop: float = Field(1.0, gt=0, le=1)
    flip: float = Field(0.5, ge=0, le=1)
    rotate: float = Field(0.0, ge=0, le=180)
    scale: float = Field(0.0, ge=0, lt=1)
    shift: float = Field(0.0, ge=0, lt=1)
    light: float = Field(0.0, ge=0, lt=1)
    erase: float = Field(0.0, ge=0, le=1)
    erase_area: tuple[float, float] = (0.02, 0.2)

    @model_validator(mode="after")
    def _area_in_order(self) -> Self:
        low, high = self.erase_area
        if not 0 < low <= high < 1:
            raise ValueError(
                f"erase_area = [{low:g}, {high:g}] must be two fractions with "
                "0 < smallest ≤ largest < 1"
            )
        return self


class TrainConfig(Section):
    """How the network learns.

    Attributes:
        sizes: Image side per phase as ``[side, epochs]`` pairs; sides are multiples of 32.
        batch: Faces per step; a last short batch is dropped.
        optimiser: ``adam``, ``adamw`` or ``sgd`` (Nesterov).
        learning_rate: Peak rate.
        weight_decay: L2 weight (Adam) or decoupled decay (AdamW); not applied to 1-D tensors
            by AdamW and SGD.
        schedule: ``exponential`` (×gamma an epoch), ``one-cycle`` or ``constant``.
        gamma: Factor of the exponential schedule.
        warmup: Share of all steps in which ``one-cycle`` rises.
        last_phase_rate: Learning rate at which the last phase starts, falling to 0 by cosine over
            it; a network needs a fresh start at a new image size. Null: the schedule runs through.
        label_smoothing: Mass spread evenly over the classes.
        average: Decay of the exponential moving average of the weights; 0 for none.
    """

    sizes: tuple[tuple[Multiple, Annotated[int, Field(ge=1, le=100_000)]], ...] = ((224, 100),)
    batch: int = Field(64, ge=2, le=65_536)
    optimiser: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = Field(1e-3, gt=0, le=100)
    weight_decay: float = Field(1e-4, ge=0, le=100)
    schedule: Literal["exponential", "one-cycle", "constant"] = "exponential"
    gamma: float = Field(0.9, gt=0, le=1)
    warmup: float = Field(0.15, gt=0, lt=1)
    last_phase_rate: float | None = Field(None, gt=0, le=100)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    average: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _has_a_phase(self) -> Self:
        if not self.sizes:
            raise ValueError("sizes needs at least one [side, epochs] pair")
        return self

    @property
    def epochs(self) -> int:
        """Epochs over all phases."""
        return sum(epochs for _, epochs in self.sizes)

    @property
    def final_side(self) -> int:
        """Image side of the last phase in pixels: the input size of the finished model."""
        return self.sizes[-1][0]

    def side_at(self, epoch: int) -> int:
        """Image side in pixels of an epoch, counted from 0."""
        for side, epochs in self.sizes:
            if epoch < epochs:
                return side
            epoch -= epochs
        return self.final_side
