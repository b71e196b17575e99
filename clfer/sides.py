"""The two models that stand side by side everywhere."""

from typing import Literal

Side = Literal["A", "B"]
"""A is the one on the left, the baseline as CLFER ships; B is compared with it."""
