"""A size of the experiments in one line."""

from collections.abc import Mapping, Sequence

from clfer.config import Config
from clfer.experiments.scale import Scale

PURPOSE = {
    "smoke": "Minutes on two cores: shows that every item works, not what the method is worth.",
    "cpu": "Hours on a few cores, and what breaks off is resumed.",
    "scratch": "The recipe of the models that ship: two hours a run on one core.",
    "paper": "The paper's protocol, for a GPU.",
}
"""What each size is for, by name."""

SPLITS = {"valid": "validation", "test": "test"}


def size_in_words(scale: Scale, datasets: Sequence[str], titles: Mapping[str, str]) -> str:
    """Data, faces, epochs, seeds and split of a size.

    Args:
        scale: The size.
        datasets: The data sets that its items train on, at least one.
        titles: How people write their names; others stand as they are.
    """
    config = scale.config(datasets[0], {}, scale.seeds[0])
    unless = " unless an item says otherwise" if scale.items else ""
    return (
        f"{', '.join(titles.get(name, name) for name in datasets)}; "
        f"{training_in_words(config)}{unless}; "
        f"{len(scale.seeds)} seed{'s' * (len(scale.seeds) > 1)}, {len(scale.many_seeds)} for "
        f"Table VIII; scored on the {SPLITS[scale.split]} faces."
    )


def training_in_words(config: Config) -> str:
    """Faces and epochs of a run, e.g. ``all training faces, 12 epochs at 64 px``."""
    count = config.data.count
    faces = "all training faces" if count is None else f"{count:,} training faces"
    epochs = ", then ".join(f"{n} epoch{'s' * (n > 1)} at {s} px" for s, n in config.train.sizes)
    return f"{faces}, {epochs}"
