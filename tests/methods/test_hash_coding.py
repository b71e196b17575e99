"""Channel codes: meaning, gradient and degenerate maps."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.methods.hash_coding import CODE_DIMENSION, hash_coding


def soft_code_slow(cells, temperature):
    standard = (cells - cells.mean()) / cells.std()
    weights = np.exp(standard / temperature)
    return weights / weights.sum() - 1 / 16


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 3.0))
def test_soft_codes_equal_the_slow_formula(seed, temperature):
    maps = torch.rand(
        2, 3, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )
    found = hash_coding(maps, temperature=temperature).codes
    for b in range(2):
        for c in range(3):
            expected = soft_code_slow(maps[b, c].numpy().reshape(-1), temperature)
            np.testing.assert_allclose(found[b, c].numpy(), expected, atol=1e-12)


def test_soft_codes_do_not_depend_on_the_scale_or_offset_of_a_map():
    maps = torch.rand(1, 5, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(hash_coding(maps).codes, hash_coding(7 * maps + 3).codes)


def test_codes_sum_to_zero_and_peak_where_the_map_does():
    maps = torch.zeros(1, 1, 8, 8)
    maps[0, 0, 6, 1] = 1.0
    code = hash_coding(maps).codes[0, 0]
    assert code.sum().abs() < 1e-6
    assert code.argmax() == 3 * 4 + 0


def test_peaks_are_the_coordinates_of_the_eight_strongest_cells():
    maps = torch.arange(16.0).view(1, 1, 4, 4)
    code = hash_coding(maps, "peaks").codes[0, 0].view(8, 2) + 1.5
    expected = [[3, 3], [3, 2], [3, 1], [3, 0], [2, 3], [2, 2], [2, 1], [2, 0]]
    assert code.tolist() == expected


@pytest.mark.parametrize("coding", ["soft", "peaks"])
def test_constant_channels_are_dead_and_have_no_code(coding):
    maps = torch.rand(2, 4, 8, 8)
    maps[:, 1] = 0.0
    maps[:, 2] = 5.0
    found = hash_coding(maps, coding)
    assert found.alive.tolist() == [[True, False, False, True]] * 2
    assert (found.codes[:, 1:3] == 0).all()
    assert torch.isfinite(found.codes).all()


def test_gradient_exists_and_is_finite_beside_dead_channels():
    maps = torch.rand(1, 3, 8, 8, dtype=torch.float64)
    maps[:, 0] = 2.0
    maps.requires_grad_()
    (gradient,) = torch.autograd.grad(hash_coding(maps).codes[..., 0].sum(), maps)
    assert torch.isfinite(gradient).all()
    assert (gradient[:, 0] == 0).all()
    assert (gradient[:, 1:].abs().sum(dim=(2, 3)) > 0).all()


def test_half_precision_maps_give_single_precision_codes():
    assert hash_coding(torch.rand(1, 2, 4, 4, dtype=torch.bfloat16)).codes.dtype == torch.float32


def test_maps_smaller_than_the_code_are_spread_over_it():
    code = hash_coding(torch.rand(1, 1, 2, 2)).codes
    assert code.shape[-1] == CODE_DIMENSION
    assert torch.equal(code[0, 0, 0], code[0, 0, 1])
