"""The batch that the processes of a run share, put together for losses over the whole batch."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, distributed
from torch.autograd import Function

Gather = Callable[[Tensor], Tensor]
"""From the rows of one process to those of the whole batch; see :func:`gather_batch`."""


def own_rows(values: Tensor) -> Tensor:
    """The rows of a process that trains alone: they are the whole batch."""
    return values


def gather_batch(values: Tensor) -> Tensor:
    """Rows of all processes in the order of their ranks, differentiable.

    The gradient of a row is the sum of what every process derives for it. Where the gradients of
    the parameters are then averaged over the processes, a loss over the gathered batch has the
    gradient that it has in one process.

    Args:
        values: ``[B, ...]``, of the same shape in every process of the default group.

    Returns:
        ``[P · B, ...]`` for P processes.
    """
    gathered: Tensor = _GatherRows.apply(values.contiguous())
    return gathered


class _GatherRows(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        ctx.rows = len(values)
        # Not every backend sends booleans.
        sent = values.to(torch.uint8) if values.dtype is torch.bool else values
        parts = [torch.empty_like(sent) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, sent)
        return torch.cat(parts).to(values.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        # A copy, since autograd may hand the same memory to others.
        total = gradient.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        start = distributed.get_rank() * ctx.rows
        return total[start : start + ctx.rows]
