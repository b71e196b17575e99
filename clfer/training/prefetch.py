"""Make the next batch in a thread while the network trains on the one before it."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")

_END = object()


def prefetched(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The items of an iterator in their order, each made in a thread before it is asked for.

    The thread is one item ahead at most; torch's operations there let go of the interpreter lock
    and run on one CPU thread, so that they take as little as possible from the training step.
    An exception of the iterator comes out where its item would have, and the thread ends with the
    loop, also where the loop is left early.

    Args:
        items: Used by the thread alone from now on.
    """
    own = torch.get_num_threads()
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        pool.submit(_use_one_cpu_thread).result()
        # The number holds for the thread that sets it, but new threads would take it over.
        torch.set_num_threads(own)
        following = pool.submit(next, items, _END)
        while (item := following.result()) is not _END:
            following = pool.submit(next, items, _END)
            yield item  # type: ignore[misc]  # the sentinel has ended the loop


def _use_one_cpu_thread() -> None:
    torch.get_num_threads()  # a thread takes over the common number when it first asks for it
    torch.set_num_threads(1)
