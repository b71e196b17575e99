"""Batches made ahead in a thread: the same ones in the same order, and nothing lost or left."""

import threading
from itertools import islice

import pytest
import torch

from clfer.config import load_preset
from clfer.training.epochs import TrainingFaces
from clfer.training.prefetch import prefetched


def test_the_batches_of_an_epoch_keep_order_and_bits():
    config = load_preset("smoke", ["data.count=200", "data.valid_count=7"])
    faces = TrainingFaces.load(config)
    for plain, ahead in zip(
        faces.batches(config, 0), prefetched(faces.batches(config, 0)), strict=True
    ):
        assert torch.equal(plain.images, ahead.images)
        assert plain.images.stride() == ahead.images.stride()
        assert torch.equal(plain.target, ahead.target)
        assert torch.equal(plain.rows, ahead.rows)


def test_the_next_item_is_made_before_it_is_asked_for():
    second = threading.Event()

    def items():
        yield 1
        second.set()
        yield 2

    ahead = prefetched(items())
    assert next(ahead) == 1
    assert second.wait(10)
    assert list(ahead) == [2]


def test_it_is_never_more_than_one_item_ahead():
    made: list[int] = []

    def items():
        for i in range(5):
            made.append(i)
            yield i

    for i in prefetched(items()):
        assert len(made) <= i + 2


def test_an_exception_comes_out_where_its_item_would_have():
    def items():
        yield 1
        raise RuntimeError("no more faces")

    ahead = prefetched(items())
    assert next(ahead) == 1
    with pytest.raises(RuntimeError, match="no more faces"):
        next(ahead)
    assert _threads() == []


@pytest.mark.parametrize("taken", [0, 2])
def test_the_thread_ends_with_a_loop_that_is_left_early(taken):
    ahead = prefetched(iter(range(100)))
    assert list(islice(ahead, taken)) == list(range(taken))
    ahead.close()
    assert _threads() == []


def test_no_other_thread_gets_fewer_cpu_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        inside = next(prefetched(iter(torch.get_num_threads, None)))
        found: list[int] = []
        other = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        other.start()
        other.join()
        assert (inside, torch.get_num_threads(), found) == (1, 2, [2])
    finally:
        torch.set_num_threads(before)


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("batches")]
