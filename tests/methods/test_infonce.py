"""InfoNCE over semantic groups against the equation written out, and what it rewards."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import ClbsConfig, ClfmConfig, load_preset
from clfer.methods.clbs import Clbs
from clfer.methods.clfm import Clfm
from clfer.methods.contrast import contrast
from clfer.methods.grouping import alignment
from clfer.methods.infonce import infonce
from clfer.models.network import FerNetwork

seeds = st.integers(0, 10_000)


def groups(seed, sets=4, count=5, width=6):
    generator = torch.Generator().manual_seed(seed)
    centres, centroids = torch.randn(
        2, sets, count, width, dtype=torch.float64, generator=generator
    ).unbind()
    return centres, centroids, torch.rand(sets, count, generator=generator) < 0.7


def infonce_slow(centres, centroids, present, temperature):
    chosen = [k for k, on in enumerate(present) if on]

    def cosine(a, b):
        dot = sum(x * y for x, y in zip(a, b, strict=True))
        return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))

    total = 0.0
    for k in chosen:
        scores = {p: cosine(centres[k], centroids[p]) / temperature for p in chosen}
        total -= math.log(math.exp(scores[k]) / sum(math.exp(s) for s in scores.values()))
    return total / len(chosen) if chosen else 0.0


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0.05, 5))
def test_equals_the_equation_written_out(seed, temperature):
    centres, centroids, present = groups(seed)
    found = infonce(centres, centroids, present, temperature)
    for i in range(4):
        parts = centres[i].tolist(), centroids[i].tolist(), present[i].tolist()
        assert found[i].item() == pytest.approx(infonce_slow(*parts, temperature), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0.05, 2))
def test_no_centres_have_less_loss_than_those_that_align_with_even_centroids(seed, temperature):
    # A regular simplex, turned at random: no centroid is nearer to some of the others.
    generator = torch.Generator().manual_seed(seed)
    turn = torch.linalg.qr(torch.randn(4, 6, 6, dtype=torch.float64, generator=generator)).Q
    simplex = torch.eye(5, 6, dtype=torch.float64)
    centroids = (simplex - simplex.mean(dim=0)) @ turn
    present = torch.ones(4, 5, dtype=torch.bool)
    least = infonce(3 * centroids, centroids, present, temperature)
    stated = math.log1p(4 * math.exp(-1.25 / temperature))
    torch.testing.assert_close(least, torch.full((4,), stated, dtype=torch.float64))
    for size in (0.1, 1.0, 10.0):
        moved = centroids + size * groups(seed + 1)[0]
        assert (infonce(moved, centroids, present, temperature) > least).all()


def test_descending_the_loss_aligns_every_group_with_its_own_centroid():
    centres, centroids, _ = groups(0)
    present = torch.ones(4, 5, dtype=torch.bool)
    centres = centres.clone().requires_grad_()
    optimiser = torch.optim.Adam([centres], lr=0.05)
    for _ in range(150):
        optimiser.zero_grad()
        infonce(centres, centroids, present, 0.1).sum().backward()
        optimiser.step()
    cosines = torch.nn.functional.cosine_similarity(
        centres.unsqueeze(2), centroids.unsqueeze(1), dim=-1
    )
    assert torch.equal(cosines.argmax(dim=-1), torch.arange(5).expand(4, -1))


def test_the_other_groups_push_where_the_cosine_does_not():
    centroids = torch.tensor([[[1.0, 0.0], [0.8, 0.6]]], dtype=torch.float64)
    centres = centroids.clone().requires_grad_()
    present = torch.ones(1, 2, dtype=torch.bool)
    (pulled,) = torch.autograd.grad(alignment(centres, centroids, present).sum(), centres)
    (pushed,) = torch.autograd.grad(infonce(centres, centroids, present, 0.5).sum(), centres)
    assert pulled.norm() < 1e-9
    assert pushed[0, 0] @ centroids[0, 1] > 0.01


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_neither_numbering_nor_neighbours_nor_absent_groups_matter(seed):
    centres, centroids, present = groups(seed)
    order = torch.randperm(5, generator=torch.Generator().manual_seed(seed))
    found = infonce(centres, centroids, present, 0.2)
    renumbered = infonce(centres[:, order], centroids[:, order], present[:, order], 0.2)
    alone = infonce(centres[1:2], centroids[1:2], present[1:2], 0.2)
    absent = ~present.unsqueeze(-1)
    changed = infonce(
        centres.masked_fill(absent, 7), centroids.masked_fill(absent, -7), present, 0.2
    )
    for other in (renumbered, changed):
        torch.testing.assert_close(other, found)
    torch.testing.assert_close(alone, found[1:2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("count", [0, 1])
def test_one_group_or_none_has_neither_loss_nor_gradient(count, dtype):
    centres = torch.zeros(1, 3, 4, dtype=dtype)
    centres[0, 0, 0] = 1
    centres.requires_grad_()
    present = torch.arange(3).unsqueeze(0) < count
    loss = infonce(centres, torch.ones(1, 3, 4, dtype=dtype), present, 0.01).sum()
    (gradient,) = torch.autograd.grad(loss, centres)
    assert loss.item() == 0
    assert (gradient == 0).all()


def test_the_cosine_is_reported_with_either_form():
    centres, centroids, present = groups(3)
    for config in (ClfmConfig(), ClfmConfig(contrast="infonce")):
        found = contrast(centres.clone().requires_grad_(), centroids, present, config)
        torch.testing.assert_close(found.cosine, alignment(centres, centroids, present))
        assert not found.cosine.requires_grad
        assert found.loss.requires_grad


def blocks(batch):
    torch.manual_seed(0)
    network = FerNetwork(load_preset("smoke").model, 7).double().eval()
    return network.encoder(torch.randn(batch, 3, 64, 64, dtype=torch.float64))


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_clfm_with_infonce_reaches_the_shallow_blocks_and_equals_the_equation(temperature):
    config = ClfmConfig(contrast="infonce", contrast_temperature=temperature)
    features, clfm = blocks(3), Clfm(config).double()
    found = clfm(features)
    for gradient in torch.autograd.grad(found.loss.sum(), features[:2], retain_graph=True):
        assert gradient.norm() > 1e-6
    clusters = clfm.deep_clusters(clfm.codes(features[3], 3))
    shallow = clfm.groups(clfm.codes(features[1], 1), clusters.centroids)
    for i in range(3):
        present = ((shallow.sizes[i] > 0) & (clusters.sizes[i] > 0)).tolist()
        parts = shallow.centres[i].tolist(), clusters.centroids[i].tolist(), present
        expected = 0.1 * infonce_slow(*parts, temperature)
        assert found.loss[i].item() == pytest.approx(expected, abs=1e-9)
    torch.testing.assert_close(clfm(tuple(f[1:2] for f in features)).loss, found.loss[1:2])


def test_clbs_with_infonce_reaches_the_shallow_blocks():
    features = blocks(9)
    clbs = Clbs(ClbsConfig(contrast="infonce", clusters=3), 7).double()
    found = clbs(features)
    assert found.loss.item() > 0
    for gradient in torch.autograd.grad(found.loss, features[:2]):
        assert gradient.norm() > 1e-9
