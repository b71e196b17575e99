"""A batch shared by two processes, put together again: order, and where gradients go."""

import torch
from torch import distributed, multiprocessing

from clfer.methods.gather import gather_batch

ROWS, PROCESSES = 3, 2


def whole_batch():
    return torch.arange(ROWS * PROCESSES * 2, dtype=torch.float64).view(-1, 2) - 4


def loss_of(values, rank):
    """Something that each process finds differently, and that depends on every row."""
    return (rank + 1) * (values * values.sum(dim=0).roll(1)).square().mean()


def take_part(rank, folder):
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/group", rank=rank, world_size=PROCESSES
    )
    own = whole_batch()[rank * ROWS : (rank + 1) * ROWS].requires_grad_()
    gathered = gather_batch(own)
    loss_of(gathered, rank).backward()
    alive = gather_batch(own.detach()[:, 0] > 0)
    torch.save((gathered.detach(), own.grad, alive), folder / f"{rank}.pt")
    distributed.destroy_process_group()


def test_gathered_rows_are_the_batch_and_gradients_those_of_all_losses_together(tmp_path):
    multiprocessing.spawn(take_part, args=(tmp_path,), nprocs=PROCESSES)
    batch = whole_batch().requires_grad_()
    sum(loss_of(batch, rank) for rank in range(PROCESSES)).backward()
    found = [torch.load(tmp_path / f"{rank}.pt") for rank in range(PROCESSES)]
    for gathered, _, alive in found:
        assert torch.equal(gathered, whole_batch())
        assert torch.equal(alive, whole_batch()[:, 0] > 0)
    torch.testing.assert_close(torch.cat([gradient for _, gradient, _ in found]), batch.grad)
