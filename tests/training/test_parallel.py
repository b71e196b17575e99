"""One batch shared by two processes: the gradients, statistics and steps of a single one."""

import hashlib
import json
from typing import NamedTuple

import pytest
import torch
from torch import distributed, multiprocessing, nn
from torch.nn.parallel import DistributedDataParallel

from clfer.config import load_preset
from clfer.data.synthetic import load_synthetic
from clfer.errors import ConfigError
from clfer.models.preprocess import Preprocess
from clfer.training.epochs import TrainingFaces
from clfer.training.learner import Learner
from clfer.training.parallel import (
    Processes,
    has_idle_parameters,
    plan_processes,
    rank_of,
    share_method,
)

CPU = torch.device("cpu")
BATCH = 8
FEW = "clbs.clusters=3"


class Case(NamedTuple):
    """A configuration, and how far it is trained."""

    changes: tuple[str, ...]
    dtype: torch.dtype
    frozen: bool = True
    steps: int = 1
    shared: bool = True


BATCHWISE = ("clfm.scope=batch", FEW)
PLAIN = ("model.msr=false", "clfm.enabled=false", "clbs.enabled=false")
SIMSIAM = ("simsiam.enabled=true", "simsiam.projector=6", "simsiam.predictor=4")
FEW_LABELS = ("data.labelled=0.5", "data.unlabelled=true")
IDLE = ("clfm.coding=peaks", "clbs.beta=[0, 0, 0]")
CASES = {
    "cls + fm, float32": Case(("clbs.enabled=false",), torch.float32),
    "joint, float32": Case((FEW,), torch.float32),
    "joint, float64": Case((FEW,), torch.float64),
    "batch scope, learning statistics": Case(BATCHWISE, torch.float64, frozen=False, steps=2),
    "idle parameters": Case(IDLE, torch.float32, steps=2),
    "SCN": Case((*PLAIN, "scn.enabled=true", "scn.margin=0.9"), torch.float64),
    "SimSiam": Case((*PLAIN, *SIMSIAM), torch.float64, frozen=False, steps=2),
    "supervised layers": Case(
        ("clfm.enabled=false", "clbs.enabled=false", "supervision.enabled=true", *FEW_LABELS),
        torch.float64,
    ),
    "RUL": Case((*PLAIN, "rul.enabled=true", "rul.dimension=6"), torch.float64, steps=2),
    "EAC": Case((*PLAIN, "eac.enabled=true"), torch.float64, steps=2),
    "class centres, few labels": Case(("clbs.centres=classes", *FEW_LABELS), torch.float64),
}
ALL_SPHERICAL = (
    *("clfm.clustering=spherical", "clbs.clustering=spherical"),
    *("clfm.contrast=infonce", "clbs.contrast=infonce"),
)
ALL_BALANCED = (
    *("clfm.clustering=balanced", "clbs.clustering=balanced"),
    *("clfm.pairs=learned", "clbs.pairs=learned", "distil.enabled=true"),
)
CASES |= {
    "spherical, InfoNCE": Case((*BATCHWISE, *ALL_SPHERICAL), torch.float64),
    "balanced, learned pairs, distillation": Case((FEW, *ALL_BALANCED), torch.float64, steps=2),
}
APART = Case((FEW,), torch.float64, shared=False)


def trained(case, processes):
    """Gradients of the first step, and weights and buffers after the last."""
    torch.manual_seed(0)
    config = load_preset("smoke", case.changes)
    learner = Learner(config, 7).to(case.dtype)
    images = torch.randn(BATCH, 3, 64, 64, dtype=case.dtype)
    second = torch.randn_like(images) if config.two_views else None
    target = torch.arange(BATCH) % 7
    if config.data.unlabelled:
        target[[0, 1, 3, 6]] = -1  # three of the first process, one of the second
    module = learner
    if processes.count > 1:
        if case.shared:
            share_method(learner, CPU)
        idle = has_idle_parameters(config)
        module = DistributedDataParallel(learner, find_unused_parameters=idle)
    for part in learner.modules():
        if case.frozen and isinstance(part, nn.BatchNorm2d):
            part.eval()
    optimiser = torch.optim.SGD(learner.parameters(), lr=1e-3)
    rows, first = processes.rows(BATCH), {}
    for _ in range(case.steps):
        optimiser.zero_grad()
        view = None if second is None else second[rows]
        module(images[rows], target[rows], view).loss.backward()
        found = {k: p.grad.clone() for k, p in learner.named_parameters() if p.grad is not None}
        first = first or found
        optimiser.step()
    return first, {k: v.clone() for k, v in learner.state_dict().items()}


class Found(NamedTuple):
    """What a process made of a case."""

    digest: str
    """SHA-256 of all bits of its gradients, weights and buffers."""
    largest: float = 0.0
    """Of the gradients that a process alone has; as what follows, by the first process."""
    gradients: float = 0.0
    """Farthest from those of a process alone."""
    weights: float = 0.0
    """Farthest from those of a process alone, buffers included."""


def take_part(rank, folder):
    torch.set_num_threads(1)
    found = {}
    for number, (name, case) in enumerate((CASES | {"apart": APART}).items()):
        group = f"file://{folder}/group-{number}"
        distributed.init_process_group("gloo", init_method=group, rank=rank, world_size=2)
        shared = trained(case, Processes(devices=2, rank=rank))
        distributed.destroy_process_group()
        found[name] = judged(case, shared) if rank == 0 else Found(digest(shared))
    (folder / f"{rank}.json").write_text(json.dumps(found))


def judged(case, shared):
    alone = trained(case, Processes())
    return Found(
        digest(shared),
        max(float(gradient.abs().max()) for gradient in alone[0].values()),
        *(farthest(one, other) for one, other in zip(shared, alone, strict=True)),
    )


def digest(shared):
    bits = hashlib.sha256()
    for tensors in shared:
        for name, tensor in tensors.items():
            bits.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            bits.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy())
    return bits.hexdigest()


def farthest(found, expected):
    assert found.keys() == expected.keys()
    gaps = [(found[k].double() - expected[k].double()).abs().max() for k in expected]
    return float(torch.stack(gaps).max())  # which a single NaN makes NaN


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """What each of two processes found for every case."""
    folder = tmp_path_factory.mktemp("group")
    multiprocessing.spawn(take_part, args=(folder,), nprocs=2)
    found = [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]
    return [{name: Found(*row) for name, row in rows.items()} for rows in found]


@pytest.mark.parametrize("name", CASES)
def test_two_processes_have_the_gradients_and_weights_of_one(shared, name):
    near = 1e-9 if CASES[name].dtype == torch.float64 else 1e-5
    found = shared[0][name]
    assert found.largest > 0.1
    assert found.gradients < near
    assert found.weights < near


@pytest.mark.parametrize("name", CASES)
def test_both_processes_end_in_the_same_bits(shared, name):
    assert shared[0][name].digest == shared[1][name].digest


def test_clusters_of_a_process_alone_would_be_another_method(shared):
    assert shared[0]["apart"].gradients > 1e-3


@pytest.mark.parametrize("mode", ["majority", "probability"])
def test_processes_serve_the_faces_that_one_would(mode):
    faces = load_synthetic("train", count=20)
    settings = ["train.sizes=[[64, 1]]", "train.batch=6", "augment.erase=0.5", "augment.light=0.2"]
    if mode == "probability":
        settings += ["data.name=ferplus", f"data.mode={mode}"]
        soft = torch.rand(20, 7).softmax(dim=1).numpy()
        faces = type(faces)(**{**vars(faces), "targets": soft})
    shown = TrainingFaces(faces, faces, Preprocess(side=64, colour="grey", mean=0.5, std=0.25))
    config = load_preset("smoke", settings)
    whole = list(shown.batches(config, 0))
    parts = [list(shown.batches(config, 0, Processes(3, 1, r).rows(6))) for r in range(3)]
    assert len(whole) == 3
    for step, (images, target, numbers, _) in enumerate(whole):
        torch.testing.assert_close(torch.cat([part[step].images for part in parts]), images)
        assert torch.equal(torch.cat([part[step].target for part in parts]), target)
        assert torch.equal(torch.cat([part[step].rows for part in parts]), numbers)


def test_a_batch_that_cannot_be_shared_evenly_is_refused():
    with pytest.raises(ConfigError, match=r"50 .* 4 processes"):
        plan_processes(50, CPU, 4, 1)
    assert plan_processes(50, CPU, 5, 1).count == 5


def test_one_gpu_by_its_number_is_not_several():
    with pytest.raises(ConfigError, match="cuda:1"):
        plan_processes(8, torch.device("cuda:1"), 2, 1)


def test_several_nodes_need_someone_to_start_their_processes(monkeypatch):
    with pytest.raises(ConfigError, match="srun or torchrun"):
        plan_processes(8, CPU, 2, 2)
    for name, value in {"NTASKS": "4", "PROCID": "3", "JOB_NAME": "clfer"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    found = plan_processes(8, CPU, 2, 2)
    assert (found.rank, found.count, found.launched, found.first) == (3, 4, True, False)
    assert found.rows(8) == slice(6, 8)


def test_torchrun_must_have_started_as_many_as_there_are_devices(monkeypatch):
    for name, value in {"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "3", "RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    assert rank_of(3) == 1
    with pytest.raises(ConfigError, match="3 processes for a run on 2"):
        plan_processes(8, CPU, 2, 1)
