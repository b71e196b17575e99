"""What a configuration may do that its author did not mean."""

from collections.abc import Iterator

from clfer.config.comparison import EacConfig
from clfer.config.run import Config

PUBLISHED_EAC_WEIGHT = EacConfig().weight
"""λ of EAC's authors, whose networks start pre-trained."""


def advice(config: Config) -> tuple[str, ...]:
    """A sentence for each setting that is allowed and yet does less than its name promises.

    Args:
        config: Of a run that is about to start.
    """
    return tuple(_sentences(config))


def _sentences(config: Config) -> Iterator[str]:
    epochs = config.train.epochs
    if config.clfm.enabled and config.clfm.coding == "peaks":
        yield (
            "L_fm has no gradient with clfm.coding=peaks: it is measured and teaches nothing. "
            "clfm.coding=soft teaches."
        )
    if config.scn.enabled and config.scn.relabel_from >= epochs:
        yield (
            f"SCN never learns from a new label: it relabels from the end of epoch "
            f"{config.scn.relabel_from} on, and epoch {epochs} is the last. Lower "
            f"scn.relabel_from."
        )
    if config.eac.enabled and not config.augment.erase:
        yield (
            "EAC needs faces of which a part is erased, and none is: augment.erase=1 erases a part "
            "of every face."
        )
    if (
        config.eac.enabled
        and config.model.init == "scratch"
        and config.eac.weight >= PUBLISHED_EAC_WEIGHT
    ):
        yield (
            f"eac.weight={config.eac.weight:g} is for networks that start pre-trained and may keep "
            f"one that starts from scratch from learning: eac.weight=0.3 has let it learn."
        )
