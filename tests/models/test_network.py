"""The networks: cost, linearity, and answers that do not depend on the other faces."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import load_preset
from clfer.models.complexity import inference_complexity, training_complexity
from clfer.models.encoder import Encoder
from clfer.models.network import FerNetwork

BASELINE = ["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"]


def network(changes=(), dtype=torch.float32, seed=0):
    torch.manual_seed(seed)
    built = FerNetwork(load_preset("smoke", changes).model, 7).to(dtype)
    built.train()
    with torch.no_grad():
        built(torch.randn(8, 3, 32, 32, dtype=dtype))
        if built.head is not None:
            built.head.attention.weight.normal_()
    return built.eval()


@pytest.mark.parametrize("changes", [[], BASELINE], ids=["ours", "baseline"])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-4), (torch.float64, 1e-9)])
def test_logits_are_equal_alone_in_any_batch_and_in_any_order(changes, dtype, bound):
    model = network(changes, dtype)
    images = torch.randn(5, 3, 64, 64, dtype=dtype)
    order = torch.randperm(5)
    with torch.inference_mode():
        whole = model(images).logits
        alone = torch.cat([model(image.unsqueeze(0)).logits for image in images])
        shuffled = model(images[order]).logits
        doubled = model(torch.cat((images, 5 * images))).logits[:5]
    for other in (alone, shuffled[order.argsort()], doubled):
        assert (other - whole).abs().max() <= bound


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_contributions_and_bias_are_the_logits(seed, normalise):
    model = network([f"model.normalise_fusion={normalise}"], torch.float64, seed)
    with torch.inference_mode():
        output = model(torch.randn(3, 3, 32, 32, dtype=torch.float64))
        total = model.contributions(output).sum(dim=-1) + model.classifier.bias
    torch.testing.assert_close(total, output.logits, rtol=1e-9, atol=1e-9)


def test_fusion_is_the_attention_weighted_sum_of_equation_9():
    model = network(dtype=torch.float64)
    with torch.no_grad():
        output = model(torch.randn(2, 3, 64, 64, dtype=torch.float64))
    weight = model.head.attention.weight[0]
    for i in range(2):
        fused = torch.zeros(128, dtype=torch.float64)
        for j in range(4):
            mu = 1 / (1 + (-(weight.detach() @ output.layer_embeddings[i, j])).exp())
            assert output.attention[i, j].item() == pytest.approx(mu.item())
            fused += mu * output.layer_embeddings[i, j]
        torch.testing.assert_close(output.embedding[i], fused)


@pytest.mark.parametrize("side", [32, 64, 96, 128, 224])
def test_blocks_halve_and_shuffles_meet_at_multiples_of_32(side):
    with torch.inference_mode():
        output = network()(torch.zeros(1, 3, side, side))
    assert [f.shape[-1] for f in output.features] == [side // 4 // 2**j for j in range(4)]
    assert [f.shape[1] for f in output.features] == [64, 128, 256, 512]


def test_small_stem_keeps_a_finer_deep_map():
    features = Encoder("small")(torch.zeros(1, 3, 64, 64))
    assert [f.shape[-1] for f in features] == [32, 16, 8, 4]


def test_baseline_has_no_attention_and_says_so():
    model = network(BASELINE)
    output = model(torch.zeros(1, 3, 64, 64))
    assert output.attention is None
    assert output.layer_embeddings is None
    with pytest.raises(ValueError, match="MSR"):
        model.contributions(output)


def test_cost_stays_within_table_1():
    ours, plain = load_preset("paper"), load_preset("paper", BASELINE)
    training = training_complexity(ours, 7, 224)
    inference = inference_complexity(ours, 7, 224)
    baseline = inference_complexity(plain, 7, 224)
    assert training.parameters <= 14.5e6
    assert training.macs <= 2.01e9
    assert inference.parameters < training.parameters
    assert inference.macs < training.macs
    assert baseline.parameters == pytest.approx(11.2e6, abs=0.05e6)
    assert 1.81e9 <= baseline.macs <= 1.82e9


def test_half_precision_autocast_keeps_logits_in_single_precision():
    with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
        output = network()(torch.zeros(1, 3, 64, 64))
    assert output.logits.dtype == torch.float32
    assert output.attention.dtype == torch.float32
