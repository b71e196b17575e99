"""Batch normalisation over the whole batch of a run whose processes share it."""

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from clfer.methods.gather import gather_batch


class _SharedBatchNorm(_BatchNorm):
    """Batch normalisation by the mean and variance of all processes' parts of a batch.

    Result, gradient and running statistics are those of PyTorch's layer over the whole batch.
    Every process must have equally many rows. In eval mode nothing is exchanged.
    """

    @classmethod
    def like(cls, other: _BatchNorm) -> Self:
        """A layer with the parameters and buffers of ``other`` themselves."""
        made = cls(other.num_features, other.eps, other.momentum, other.affine)
        made.weight, made.bias = other.weight, other.bias
        made.running_mean, made.running_var = other.running_mean, other.running_var
        made.num_batches_tracked = other.num_batches_tracked
        return made.train(other.training)

    def forward(self, input: Tensor) -> Tensor:
        """Normalised features ``[B, C]`` or maps ``[B, C, H, W]``."""
        if not self.training:
            return super().forward(input)
        values = input.to(torch.promote_types(input.dtype, torch.float32))
        others = (0, *range(2, values.dim()))
        own = torch.stack(torch.var_mean(values, dim=others, correction=0))
        variances, means = gather_batch(own.unsqueeze(0)).unbind(dim=1)
        mean = means.mean(dim=0)
        variance = variances.mean(dim=0) + (means - mean).square().mean(dim=0)
        self._track(mean.detach(), variance.detach(), len(means) * input[:, 0].numel())
        shape = (-1, *(1 for _ in others[1:]))
        scale = torch.rsqrt(variance + self.eps)
        centred = values - mean.view(shape)
        if not self.affine:
            return (centred * scale.view(shape)).to(input.dtype)
        scale = self.weight * scale
        result = torch.addcmul(self.bias.view(shape), centred, scale.view(shape))
        return result.to(input.dtype)

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor, count: int) -> None:
        if self.running_mean is None or self.running_var is None:
            return
        momentum = self.momentum or 0.0
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), momentum)
        unbiased = variance * (count / max(1, count - 1))
        self.running_var.lerp_(unbiased.to(self.running_var.dtype), momentum)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)


class SharedBatchNorm1d(_SharedBatchNorm, nn.BatchNorm1d):
    """Of features ``[B, C]``."""


class SharedBatchNorm2d(_SharedBatchNorm, nn.BatchNorm2d):
    """Of maps ``[B, C, H, W]``."""


def share_batch_norm(module: nn.Module, device: torch.device) -> None:
    """Replace, in place, the batch normalisations below ``module`` by ones over all processes.

    Names of parameters and buffers stay as they are. GPUs get PyTorch's own
    :class:`torch.nn.SyncBatchNorm`, which is faster there but refuses the CPU.
    """
    if device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]
        return
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, SharedBatchNorm2d.like(child))
        elif isinstance(child, nn.BatchNorm1d):
            setattr(module, name, SharedBatchNorm1d.like(child))
        else:
            share_batch_norm(child, device)
