"""CLFER: cross-layer contrastive learning of latent semantics for facial expression recognition.

The public names are imported when first used, so that `import clfer` stays cheap: torch is
loaded by the names that need it, never by the package itself.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clfer.analysis.predict import predict_image as predict_image
    from clfer.errors import ClferError as ClferError
    from clfer.models.checkpoint import load_checkpoint as load_checkpoint

__version__ = "0.1.0"

_EXPORTS = {
    "ClferError": "clfer.errors:ClferError",
    "load_checkpoint": "clfer.models.checkpoint:load_checkpoint",
    "predict_image": "clfer.analysis.predict:predict_image",
}

__all__ = ["__version__", *_EXPORTS]


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562).

    Raises:
        AttributeError: the package has no public name `name`.
    """
    if name not in _EXPORTS:
        raise AttributeError(f"module 'clfer' has no attribute {name!r}")
    module, attribute = _EXPORTS[name].split(":")
    value: object = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, the ones not yet imported included."""
    return sorted({*globals(), *_EXPORTS})
