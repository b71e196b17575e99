"""Figures draw exactly the numbers they are given, in both themes."""

import io

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from clfer.analysis.attention import AttentionDistribution
from clfer.analysis.intensity import Intensity
from clfer.analysis.semantics import ChannelMap, GroupMaps
from clfer.expressions import EXPRESSIONS, UNKNOWN_THRESHOLD
from clfer.figures.attention import LayerAttention, attention_dots
from clfer.figures.attribution import attribution_maps
from clfer.figures.chart import Chart
from clfer.figures.contributions import contribution_bars
from clfer.figures.intensity import block_intensity, group_intensity
from clfer.figures.panels import where
from clfer.figures.probabilities import probability_bars
from clfer.figures.semantics import group_maps
from clfer.figures.theme import Theme, palette

RNG = np.random.default_rng(3)
FACE = RNG.integers(0, 256, (48, 48, 3), dtype=np.uint8)
THEMES: list[Theme] = ["light", "dark"]


def _read(chart: Chart) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(chart.csv()), float_precision="round_trip")


def _named(figure: go.Figure, name: str) -> go.Figure:
    return next(trace for trace in figure.data if trace.name == name)


def _intensity(zero: bool = False) -> Intensity:
    norms = RNG.random((1, 4, 4)) * np.array([1e-3, 1e-2, 1, 10])[None, :, None]
    if zero:
        norms[0, 1, 2] = 0.0
    return Intensity(
        of="cls",
        target=np.array([1]),
        norm=RNG.random((1, 4)),
        rms=RNG.random((1, 4)) / 100,
        group_norm=norms,
        group_size=RNG.integers(1, 60, (1, 4, 4)),
        includes_bs=False,
    )


def _groups() -> GroupMaps:
    maps = RNG.random((4, 4, 4))
    maps[3] = 0
    strongest = tuple(
        tuple(ChannelMap(10 * k + i, 1.0, RNG.random((4, 4))) for i in range(4)) for k in range(3)
    )
    return GroupMaps(3, np.array([100, 7, 3, 0]), maps, (*strongest, ()))


@pytest.mark.parametrize("theme", THEMES)
def test_probability_bars_and_csv_hold_the_probabilities(theme: Theme) -> None:
    values = RNG.dirichlet(np.ones(7))
    given = dict(zip(EXPRESSIONS[:7], values.tolist(), strict=True))
    chart = probability_bars(given, EXPRESSIONS, theme, "B")
    bars = _named(chart.figure, "probability")
    np.testing.assert_array_equal(bars.x, values)
    assert [EXPRESSIONS[row] for row in bars.y] == list(given)
    assert _named(chart.figure, "threshold").x == (UNKNOWN_THRESHOLD, UNKNOWN_THRESHOLD)
    assert dict(_read(chart).to_numpy()) == given
    assert max(given, key=lambda name: given[name]) in chart.alt
    assert chart.figure.layout.template.layout.paper_bgcolor == palette(theme).card


@pytest.mark.parametrize("theme", THEMES)
def test_attention_dots_hold_attention_and_its_distribution(theme: Theme) -> None:
    spread = AttentionDistribution(RNG.random((30, 4)), 5 * RNG.random((30, 4)))
    model = LayerAttention("B", (0.1, 0.9, 0.3, 0.5), (1.0, 4.0, 2.0, 3.0), spread)
    chart = attention_dots([model], theme)
    np.testing.assert_array_equal(_named(chart.figure, "B μ").x, model.attention)
    np.testing.assert_array_equal(_named(chart.figure, "B μ‖f′‖").x, model.weighted)
    violin = _named(chart.figure, "B validation, block 2")
    np.testing.assert_array_equal(violin.x, spread.attention[:, 1])
    table = _read(chart)
    np.testing.assert_array_equal(table["attention"], model.attention)
    np.testing.assert_allclose(
        table["validation_share_below"], (spread.attention < model.attention).mean(axis=0)
    )
    assert "block 2" in chart.alt
    assert "30 validation faces" in chart.caption


def test_attention_of_two_models_without_published_tables_is_drawn() -> None:
    models = [LayerAttention(s, (0.2,) * 4, (1.0,) * 4, None) for s in ("A", "B")]
    chart = attention_dots(models, "light")
    assert not [trace for trace in chart.figure.data if trace.type == "violin"]
    assert list(_read(chart)["model"]) == ["A"] * 4 + ["B"] * 4


@pytest.mark.parametrize("theme", THEMES)
def test_contributions_and_bias_stack_up_to_the_sum(theme: Theme) -> None:
    shares, bias = RNG.normal(size=(8, 4)), RNG.normal(size=8)
    chart = contribution_bars(shares, bias, EXPRESSIONS, theme, "B")
    stacked = sum(np.asarray(trace.x) for trace in chart.figure.data if trace.type == "bar")
    np.testing.assert_allclose(stacked, _named(chart.figure, "Sum").x, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(_named(chart.figure, "Block 3").x, shares[:, 2])
    table = _read(chart)
    np.testing.assert_array_equal(table["block_3"], shares[:, 2])
    np.testing.assert_array_equal(table["bias"], bias)
    top = int((shares.sum(axis=1) + bias).argmax())
    assert f"block {shares[top].argmax() + 1} contributes most to {EXPRESSIONS[top]}" in chart.alt


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", THEMES)
def test_group_maps_are_drawn_cell_by_cell(theme: Theme, narrow: bool) -> None:
    groups = _groups()
    chart = group_maps(groups, FACE, 1.0, theme, "A", narrow=narrow)
    drawn = [trace for trace in chart.figure.data if trace.coloraxis == "coloraxis"]
    assert len(drawn) == 3  # the empty group has no map
    for trace, values in zip(drawn, groups.mean_maps, strict=False):
        np.testing.assert_array_equal(trace.z, values)
        assert trace.zsmooth is False
    small = [trace for trace in chart.figure.data if trace.coloraxis == "coloraxis3"]
    np.testing.assert_array_equal(small[5].z, groups.strongest[1][1].map)
    table = _read(chart)
    second = table[(table["group"] == 2) & (table["map"] == "mean")]
    np.testing.assert_array_equal(second["value"].to_numpy().reshape(4, 4), groups.mean_maps[1])
    assert set(table["size"]) == {100, 7, 3, 0}


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_attribution_maps_share_the_given_limits(signed: bool, narrow: bool) -> None:
    maps = [RNG.normal(size=(side, side)) for side in (32, 16, 8, 4)]
    limits = [3.0, 4.0, 5.0, 6.0]
    chart = attribution_maps(
        maps, limits, FACE, "Occlusion", "anger", "dark", "B", signed=signed, narrow=narrow
    )
    for trace, values, limit in zip(chart.figure.data, maps, limits, strict=True):
        np.testing.assert_array_equal(trace.z, values)
        axis = chart.figure.layout[trace.coloraxis]
        assert axis.cmax == limit
        assert axis.cmin == (-limit if signed else 0)
    third = _read(chart).query("block == 3")["value"].to_numpy().reshape(8, 8)
    np.testing.assert_array_equal(third, maps[2])


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", THEMES)
def test_intensity_is_drawn_on_logarithmic_axes(theme: Theme, narrow: bool) -> None:
    models = {"A": _intensity(), "B": _intensity()}
    chart = block_intensity(models, "the logit", theme, narrow=narrow)
    np.testing.assert_array_equal(_named(chart.figure, "B Gradient norm").y, models["B"].norm[0])
    assert chart.figure.layout.yaxis.type == chart.figure.layout.yaxis2.type == "log"
    np.testing.assert_array_equal(
        _read(chart).query("model == 'A'")["gradient_rms"], models["A"].rms[0]
    )


@pytest.mark.parametrize("theme", THEMES)
def test_group_intensity_leaves_out_what_has_no_logarithm(theme: Theme) -> None:
    models = {"A": _intensity(), "B": _intensity(zero=True)}
    chart = group_intensity(models, "the loss", theme)
    drawn = np.asarray(_named(chart.figure, "B block 2").y, dtype=float)
    assert np.isnan(drawn[2])
    np.testing.assert_array_equal(np.delete(drawn, 2), np.delete(models["B"].group_norm[0, 1], 2))
    row = _read(chart).query("model == 'B' and block == 2 and group == 3")
    assert row["gradient_norm"].item() == 0


def test_vanished_gradients_still_make_a_chart() -> None:
    still = Intensity(
        "cls", np.array([0]), np.zeros((1, 4)), np.zeros((1, 4)), np.zeros((1, 4, 4)),
        np.zeros((1, 4, 4), dtype=np.int64), False,
    )  # fmt: skip
    for draw in (block_intensity, group_intensity):
        assert draw({"A": still}, "the loss", "light").figure.data


def _luminance(colour: str) -> float:
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _contrast(first: str, second: str) -> float:
    low, high = sorted([_luminance(first), _luminance(second)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_marks_stand_out_from_the_card(theme: Theme) -> None:
    colours = palette(theme)
    for text in (colours.text, colours.muted, colours.accent):
        assert _contrast(text, colours.card) >= 4.5
        assert _contrast(text, colours.page) >= 4.5
    for mark in (*colours.models.values(), *colours.blocks, *colours.groups):
        assert _contrast(mark, colours.card) >= 3


def test_positions_are_said_in_words() -> None:
    values = np.zeros((4, 4))
    values[3, 0] = 1
    assert where(values) == "lower left"
    assert where(np.pad([[1.0]], 1)) == "middle centre"
