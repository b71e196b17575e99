"""The configuration of a run: validated sections, presets, and ``key=value`` overrides."""

from clfer.config.comparison import EacConfig, RulConfig, ScnConfig, SimSiamConfig
from clfer.config.distil import DistilConfig
from clfer.config.loading import dump_config, load_preset, parse_config, preset_names
from clfer.config.run import Config
from clfer.config.sections import (
    BLOCK_CHANNELS,
    AugmentConfig,
    ClbsConfig,
    ClfmConfig,
    Clustering,
    DataConfig,
    ModelConfig,
    PairWeighting,
    TrainConfig,
)
from clfer.config.supervision import SupervisionConfig

__all__ = [
    "BLOCK_CHANNELS",
    "AugmentConfig",
    "ClbsConfig",
    "ClfmConfig",
    "Clustering",
    "Config",
    "DataConfig",
    "DistilConfig",
    "EacConfig",
    "ModelConfig",
    "PairWeighting",
    "RulConfig",
    "ScnConfig",
    "SimSiamConfig",
    "SupervisionConfig",
    "TrainConfig",
    "dump_config",
    "load_preset",
    "parse_config",
    "preset_names",
]
