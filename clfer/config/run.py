"""The whole configuration of a run."""

from typing import Self

from pydantic import Field, model_validator

from clfer.config.sections import (
    AugmentConfig,
    ClbsConfig,
    ClfmConfig,
    DataConfig,
    ModelConfig,
    Section,
    TrainConfig,
)


class Config(Section):
    """Everything that defines a run."""

    preset: str = "custom"
    seed: int = Field(0, ge=0, lt=2**31)
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    clfm: ClfmConfig = ClfmConfig()
    clbs: ClbsConfig = ClbsConfig()
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

    @property
    def method(self) -> str:
        """Short name of the method: ``baseline``, or its parts joined by ``+``."""
        parts = {"MSR": self.model.msr, "CLFM": self.clfm.enabled, "CLBS": self.clbs.enabled}
        return "+".join(name for name, on in parts.items() if on) or "baseline"
