"""A training step never waits for a number from the device: on a GPU that would stop the queue."""

from collections.abc import Iterator

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from clfer.config import load_preset
from clfer.training.learner import Learner
from clfer.training.optimisation import WeightAverage, build_optimiser

PLAIN = ("model.msr=false", "clfm.enabled=false", "clbs.enabled=false")
ROWS = {
    "ours": [],
    "constant centroids": ["clfm.stop_gradient=true", "clbs.stop_gradient=true"],
    "batch scope": ["clfm.scope=batch"],
    "spherical, InfoNCE": [
        *("clfm.clustering=spherical", "clbs.clustering=spherical"),
        *("clfm.contrast=infonce", "clbs.contrast=infonce"),
    ],
    "balanced, learned pairs": [
        *("clfm.clustering=balanced", "clbs.clustering=balanced"),
        *("clfm.pairs=learned", "clbs.pairs=learned"),
    ],
    "distillation, supervision": ["distil.enabled=true", "supervision.enabled=true"],
    "baseline": PLAIN,
    "RUL": [*PLAIN, "rul.enabled=true"],
}
WAITING = {
    torch.ops.aten._local_scalar_dense.default,
    torch.ops.aten.nonzero.default,
    torch.ops.aten.masked_select.default,
    torch.ops.aten.is_nonzero.default,
    torch.ops.aten.equal.default,
}


class NoWaiting(TorchDispatchMode):
    """Fails at an operation whose result the host needs to go on: item(), bool(), x[mask]."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        by_mask = func is torch.ops.aten.index.Tensor and any(
            index is not None and index.dtype in (torch.bool, torch.uint8) for index in args[1]
        )
        if func in WAITING or by_mask:
            raise AssertionError(f"{func} waits for the device")
        return func(*args, **kwargs)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Autograd runs the backward pass of the CPU in the calling thread, where the mode is on."""
    with torch.autograd.set_multithreading_enabled(False):
        yield


def parts(overrides, device="cpu"):
    torch.manual_seed(0)
    config = load_preset("paper", ["model.init=scratch", *overrides])
    learner = Learner(config, 7).to(device, memory_format=torch.channels_last).train()
    images = torch.randn(14, 3, 64, 64, device=device)
    target = torch.arange(14, device=device) % 7
    return learner, build_optimiser(learner, config.train), images, target


def step(learner, optimiser, images, target):
    loss = learner(images, target).loss
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


@pytest.mark.parametrize("overrides", ROWS.values(), ids=ROWS)
def test_no_operation_of_a_step_waits_for_the_device(overrides, one_thread):
    learner, optimiser, images, target = parts(overrides)
    average = WeightAverage(learner, 0.9)
    with NoWaiting():
        step(learner, optimiser, images, target)
        average.update(learner, 0)


@pytest.mark.parametrize(
    "waiting",
    [
        lambda x: x.sum().item(),
        lambda x: bool(x.any()),
        lambda x: x[x > 0],
        lambda x: torch.nonzero(x),
    ],
)
def test_the_check_notices_what_waits(waiting):
    with pytest.raises(AssertionError, match="waits"), NoWaiting():
        waiting(torch.ones(3))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_torch_sees_no_synchronisation_in_a_step_on_a_gpu():
    learner, optimiser, images, target = parts([], "cuda")
    step(learner, optimiser, images, target)
    torch.cuda.set_sync_debug_mode("error")
    try:
        with torch.autocast("cuda", torch.bfloat16):
            loss = learner(images, target).loss
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    finally:
        torch.cuda.set_sync_debug_mode("default")
