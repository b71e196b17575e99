"""Starting weights of the encoder."""

from clfer.errors import CheckpointError, ConfigError
from clfer.models.checkpoint import load_checkpoint
from clfer.models.network import FerNetwork


def initialise(network: FerNetwork, init: str) -> None:
    """Load the starting weights that ``model.init`` names into the encoder, in place.

    Args:
        network: The network to start.
        init: ``scratch`` (nothing to load), ``imagenet``, or the name or path of a checkpoint.

    Raises:
        ConfigError: the weights cannot be had; the message names the choices.
    """
    if init == "scratch":
        return
    if init == "imagenet":
        _from_imagenet(network)
        return
    try:
        source = load_checkpoint(init).network
    except CheckpointError as error:
        raise ConfigError(f"model.init = '{init}' cannot be used: {error}") from error
    if source.config.stem != network.config.stem:
        raise ConfigError(
            f"model.init = '{init}' has the stem '{source.config.stem}', "
            f"the configuration asks for '{network.config.stem}'."
        )
    network.encoder.load_state_dict(source.encoder.state_dict())


def _from_imagenet(network: FerNetwork) -> None:
    if network.config.stem != "imagenet":
        raise ConfigError("model.init = 'imagenet' needs model.stem = 'imagenet'.")
    import torchvision  # it loads the compiler of torch, for seconds

    weights = torchvision.models.ResNet18_Weights.IMAGENET1K_V1
    try:
        state = weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        raise ConfigError(
            "The ImageNet weights of torchvision cannot be had (no network, and not in torch's "
            "cache): connect once, copy resnet18-f37072fd.pth into ~/.cache/torch/hub/checkpoints, "
            "or set model.init=scratch or model.init=<checkpoint>."
        ) from error
    reference = torchvision.models.resnet18(weights=None)
    reference.load_state_dict(state)
    stem = (reference.conv1, reference.bn1)
    blocks = (reference.layer1, reference.layer2, reference.layer3, reference.layer4)
    for target, module in zip(list(network.encoder.stem)[:2], stem, strict=True):
        target.load_state_dict(module.state_dict())
    for target, module in zip(network.encoder.blocks, blocks, strict=True):
        target.load_state_dict(module.state_dict())
