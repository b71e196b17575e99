"""Gives memory that was freed back to the operating system."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Return free memory below blocks that are still in use.

    The C library of Linux keeps it by itself, so that an app in which photos come and go, each
    handled in a thread of its own, would grow although nothing is held.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """The C library's ``malloc_trim``; None on systems without it."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
