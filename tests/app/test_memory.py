"""Freed memory goes back to the operating system."""

import ctypes
import sys
from importlib import import_module
from pathlib import Path

import psutil
import pytest

BLOCK, COUNT = 8192, 20_000  # below the size that the C library gives back at once


@pytest.mark.skipif(sys.platform != "linux", reason="Other systems give memory back themselves.")
def test_memory_below_a_used_block_is_given_back(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(repository / "app"))
    library = ctypes.CDLL(None)
    if not hasattr(library, "malloc_trim"):
        pytest.skip("This C library is not glibc.")
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    process = psutil.Process()
    blocks = [library.malloc(BLOCK) for _ in range(COUNT)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK)
    for block in blocks[:-1]:
        library.free(block)
    held = process.memory_info().rss
    import_module("memory").give_back()
    given = held - process.memory_info().rss
    library.free(blocks[-1])
    assert given > BLOCK * COUNT // 2
