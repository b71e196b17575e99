"""Starting weights of the encoder."""

import re
from hashlib import sha256
from pathlib import Path

from torch import Tensor, hub

from clfer.errors import CheckpointError, ConfigError
from clfer.models.checkpoint import load_checkpoint
from clfer.models.network import FerNetwork

_IMAGENET_DIGEST = "f37072fd"
"""How the SHA-256 of torchvision's weights begins, and the name of their file ends."""


def initialise(network: FerNetwork, init: str) -> None:
    """Load the starting weights that ``model.init`` names into the encoder, in place.

    Args:
        network: The network to start.
        init: ``scratch`` (nothing to load), ``imagenet``, or the name or path of a checkpoint.

    Raises:
        ConfigError: the weights cannot be had; the message names the choices.
    """
    weights = starting_weights(init, network.config.stem)
    if weights is not None:
        network.encoder.load_state_dict(weights)


def starting_weights(init: str, stem: str) -> dict[str, Tensor] | None:
    """The weights of an encoder with this stem that ``model.init`` names; None for ``scratch``.

    Raises:
        ConfigError: as for :func:`initialise`.
    """
    if init == "scratch":
        return None
    if init == "imagenet":
        return _of_imagenet(stem)
    try:
        source = load_checkpoint(init).network
    except CheckpointError as error:
        raise ConfigError(f"model.init = '{init}' cannot be used: {error}") from error
    if source.config.stem != stem:
        raise ConfigError(
            f"model.init = '{init}' has the stem '{source.config.stem}', "
            f"the configuration asks for '{stem}'."
        )
    return source.encoder.state_dict()


def _of_imagenet(stem: str) -> dict[str, Tensor]:
    if stem != "imagenet":
        raise ConfigError("model.init = 'imagenet' needs model.stem = 'imagenet'.")
    # torch checks what it downloads, but not what is there already.
    cached = Path(hub.get_dir(), "checkpoints", f"resnet18-{_IMAGENET_DIGEST}.pth")
    if cached.is_file() and sha256(cached.read_bytes()).hexdigest()[:8] != _IMAGENET_DIGEST:
        raise ConfigError(f"{cached} is damaged: delete it, so that it is fetched anew.")
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
    return {_own_name(name): value for name, value in state.items() if not name.startswith("fc.")}


def _own_name(name: str) -> str:
    """What the encoder calls a parameter of torchvision's ResNet-18."""
    for theirs, own in (("conv1.", "stem.0."), ("bn1.", "stem.1.")):
        if name.startswith(theirs):
            return own + name.removeprefix(theirs)
    return re.sub(r"^layer(\d)\.", lambda layer: f"blocks.{int(layer[1]) - 1}.", name)
