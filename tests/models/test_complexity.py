"""What Table I counts, against torch's own counter over the whole batch in training mode."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from clfer.config import Config, load_preset
from clfer.experiments.variants import OPTIONS, TITLES
from clfer.methods.joint import JointObjective
from clfer.models.complexity import inference_complexity, training_complexity
from clfer.models.network import FerNetwork

CLASSES, SIDE = 7, 64
BASELINE = ["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"]
METHODS = {
    "ours": [],
    "baseline": BASELINE,
    **{name: [*BASELINE, f"{name}.enabled=true"] for name in TITLES},
    **{
        option: [f"{key}={str(value).lower()}" for key, value in settings.items()]
        for option, settings in OPTIONS.items()
    },
}


def counted_in_full(config: Config, batch: int) -> tuple[int, int]:
    """Operations of one training step and of one prediction, every face through the network."""
    network = FerNetwork.of(config, CLASSES)
    objective = JointObjective(config, CLASSES)
    images, target = torch.randn(batch, 3, SIDE, SIDE), torch.zeros(batch, dtype=torch.long)
    with torch.no_grad():
        with FlopCounterMode(display=False) as training:
            second = network(images) if config.two_views else None
            objective(network(images), target, second)
        with FlopCounterMode(display=False) as inference:
            network.eval()(images[:1])
    return training.get_total_flops() // 2, inference.get_total_flops() // 2


@pytest.mark.parametrize("changes", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("batch", [8, 32])
def test_the_operations_are_those_of_the_whole_batch(changes: list[str], batch: int) -> None:
    config = load_preset("paper", changes)
    training, inference = counted_in_full(config, batch)
    assert training_complexity(config, CLASSES, SIDE, batch).macs == training // batch
    assert inference_complexity(config, CLASSES, SIDE).macs == inference


def test_what_needs_the_batch_is_shared_by_its_faces() -> None:
    config = load_preset("paper")
    few, many = (training_complexity(config, CLASSES, SIDE, batch) for batch in (8, 64))
    assert few.macs != many.macs
    assert few.parameters == many.parameters
