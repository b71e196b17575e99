"""The encoder is the ResNet-18 of torchvision to the bit."""

import pytest
import torch
from torch import nn

from clfer.models.encoder import Encoder


def reference(stem):
    """torchvision's network and its five parts in the order of the encoder's."""
    from torchvision.models import resnet18

    net = resnet18(weights=None)
    if stem == "small":
        net.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
    first = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
    return nn.ModuleDict(
        {
            "stem": first,
            "blocks": nn.ModuleList([net.layer1, net.layer2, net.layer3, net.layer4]),
        }
    )


@pytest.mark.parametrize("stem", ["imagenet", "small"])
def test_a_seed_gives_the_parameters_of_torchvision_and_leaves_the_same_draws(stem):
    torch.manual_seed(7)
    wanted, next_wanted = reference(stem).state_dict(), torch.rand(3)
    torch.manual_seed(7)
    found, next_found = Encoder(stem).state_dict(), torch.rand(3)
    assert list(found) == list(wanted)
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert torch.equal(next_found, next_wanted)


@pytest.mark.parametrize("stem", ["imagenet", "small"])
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_outputs_and_gradients_are_those_of_torchvision_to_the_bit(stem, training):
    torch.manual_seed(1)
    theirs = reference(stem).train(training)
    ours = Encoder(stem).train(training)
    ours.load_state_dict(theirs.state_dict())
    images = torch.randn(4, 3, 64, 64)
    features = [theirs["blocks"][0](theirs["stem"](images))]
    for block in theirs["blocks"][1:]:
        features.append(block(features[-1]))
    found = ours(images)
    for one, other in zip(found, features, strict=True):
        assert torch.equal(one, other)
    for maps in (found, features):
        sum(map_.square().mean() for map_ in maps).backward()
    theirs_by_name = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        assert torch.equal(parameter.grad, theirs_by_name[name].grad), name
