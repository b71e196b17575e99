"""How much of a map responds around brows, eyes and mouth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clfer.analysis.regions import REGIONS, area_share, region_cover, region_share


def slow_cover(height: int, width: int, fine: int = 20) -> np.ndarray:
    """The part of each cell within the regions, by counting fine points."""
    found = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            for a in range(fine):
                for b in range(fine):
                    y, x = (i + (a + 0.5) / fine) / height, (j + (b + 0.5) / fine) / width
                    found[i, j] += any(
                        left <= x < right and top <= y < bottom
                        for left, top, right, bottom in REGIONS
                    )
    return found / fine**2


def test_cover_counts_the_points_of_every_cell() -> None:
    np.testing.assert_allclose(region_cover(3, 5), slow_cover(3, 5), atol=0.06)


@given(st.integers(1, 40), st.integers(1, 40))
def test_a_map_that_responds_alike_everywhere_has_the_share_of_the_area(h: int, w: int) -> None:
    assert region_share(np.full((h, w), 0.3)) == pytest.approx(area_share())


def test_a_map_that_responds_on_the_eyes_alone_has_all_of_it() -> None:
    response = np.zeros((16, 16))
    response[5, 4:12] = 2.0
    assert region_share(response) == pytest.approx(1.0)
    # Of rows 4 to 12 of 16, those from 0.25 to 0.52 and from 0.62 to 0.75 lie within.
    assert region_share(response.T) == pytest.approx((0.27 + 0.13) / 0.5)
    assert np.isnan(region_share(np.zeros((4, 4))))
