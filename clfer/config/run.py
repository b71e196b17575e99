"""The whole configuration of a run."""

from typing import Self

from pydantic import Field, model_validator

from clfer.config.comparison import EacConfig, RulConfig, ScnConfig, SimSiamConfig
from clfer.config.distil import DistilConfig
from clfer.config.sections import (
    AugmentConfig,
    ClbsConfig,
    ClfmConfig,
    DataConfig,
    ModelConfig,
    Section,
    TrainConfig,
)
from clfer.config.supervision import SupervisionConfig


class Config(Section):
    """Everything that defines a run."""

    preset: str = "custom"
    seed: int = Field(0, ge=0, lt=2**31)
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    clfm: ClfmConfig = ClfmConfig()
    clbs: ClbsConfig = ClbsConfig()
    scn: ScnConfig = ScnConfig()
    simsiam: SimSiamConfig = SimSiamConfig()
    rul: RulConfig = RulConfig()
    eac: EacConfig = EacConfig()
    distil: DistilConfig = DistilConfig()
    supervision: SupervisionConfig = SupervisionConfig()
    augment: AugmentConfig = AugmentConfig()
    train: TrainConfig = TrainConfig()

    @model_validator(mode="after")
    def _deep_map_has_cells(self) -> Self:
        smallest = 64 if self.model.stem == "imagenet" else 32
        for side, _ in self.train.sizes:
            if side < smallest:
                raise ValueError(
                    f"train.sizes: {side} px leaves the deepest block a single cell, which has no "
                    f"code; with model.stem = {self.model.stem} the side must be {smallest} or more"
                )
        return self

    @model_validator(mode="after")
    def _scn_is_defined(self) -> Self:
        if not self.scn.enabled:
            return self
        if self.model.msr:
            raise ValueError(
                "scn.enabled: SCN scales the logits of the pooled head, which MSR replaces: set "
                "model.msr=false"
            )
        if self.data.mode != "majority":
            raise ValueError(
                f"scn.enabled: SCN replaces the label of a face, of which mode "
                f"{self.data.mode} has several: set data.mode=majority"
            )
        if self.data.unlabelled:
            raise ValueError(
                "scn.enabled: SCN weighs, ranks and replaces labels, which data.unlabelled takes "
                "away: set data.unlabelled=false"
            )
        high = self.scn.high_group(self.train.batch)
        if not 0 < high < self.train.batch:
            raise ValueError(
                f"scn.share: {self.scn.share:g} of train.batch = {self.train.batch} faces leaves "
                f"one of the two groups empty"
            )
        return self

    @model_validator(mode="after")
    def _rul_is_defined(self) -> Self:
        if not self.rul.enabled:
            return self
        if self.model.msr:
            raise ValueError(
                "rul.enabled: RUL has heads of its own on the pooled features, which MSR replaces: "
                "set model.msr=false"
            )
        if self.scn.enabled:
            raise ValueError(
                "rul.enabled: RUL and SCN both decide how much a face counts: set scn.enabled=false"
            )
        if self.data.unlabelled:
            raise ValueError(
                "rul.enabled: RUL asks for the labels of both faces of a mixture, which "
                "data.unlabelled takes away: set data.unlabelled=false"
            )
        return self

    @model_validator(mode="after")
    def _eac_is_defined(self) -> Self:
        if not self.eac.enabled:
            return self
        if self.model.msr or self.rul.enabled:
            part, key = ("MSR", "model.msr") if self.model.msr else ("RUL", "rul.enabled")
            raise ValueError(
                f"eac.enabled: class activation maps need a classifier on the pooled features, "
                f"which {part} replaces: set {key}=false"
            )
        if self.simsiam.enabled:
            raise ValueError(
                "eac.enabled: the second view of EAC is the mirror image, that of SimSiam is drawn "
                "anew: set simsiam.enabled=false"
            )
        return self

    @model_validator(mode="after")
    def _layers_are_there(self) -> Self:
        if self.supervision.enabled and not self.model.msr:
            raise ValueError(
                "supervision.enabled: only MSR has vectors of all layers that the classifier can "
                "read: set model.msr=true"
            )
        return self

    @property
    def two_views(self) -> bool:
        """Whether every face passes through the network twice in a training step."""
        return self.simsiam.enabled or self.eac.enabled

    @property
    def method(self) -> str:
        """Short name of the method: ``baseline``, or its parts joined by ``+``.

        What differs from the paper in CLFM or CLBS follows in brackets, e.g. ``CLBS(classes)``.
        """
        classes = ("classes",) if self.clbs.centres == "classes" else ()
        parts = {
            "MSR": self.model.msr,
            _marked("CLFM", self.clfm): self.clfm.enabled,
            _marked("CLBS", self.clbs, classes): self.clbs.enabled,
            "SCN": self.scn.enabled,
            "SimSiam": self.simsiam.enabled,
            "RUL": self.rul.enabled,
            "EAC": self.eac.enabled,
            "Distil": self.distil.enabled,
            "Supervision": self.supervision.enabled,
        }
        return "+".join(name for name, on in parts.items() if on) or "baseline"


def _marked(name: str, part: ClfmConfig | ClbsConfig, marks: tuple[str, ...] = ()) -> str:
    """The name of a part with its options in brackets, those of the paper left out."""
    chosen = (part.clustering, part.contrast, part.pairs)
    options = (one for one in chosen if one not in ("kmeans", "cosine", "fixed"))
    said = ", ".join((*marks, *options))
    return f"{name}({said})" if said else name
