"""The figures of the Semantics view draw exactly the numbers they are given."""

import io

import numpy as np
import pandas as pd
import pytest

from clfer.analysis.block_maps import BlockMaps
from clfer.analysis.semantics import ChannelMap, GroupMaps
from clfer.figures.block_maps import BlockRow, block_grid
from clfer.figures.chart import Chart
from clfer.figures.group_excitation import excitation_maps
from clfer.figures.group_grid import ShownFace, channel_grid, empty_notes, group_grid
from clfer.figures.group_statistics import similarity, size_distribution
from clfer.figures.theme import Theme, palette

RNG = np.random.default_rng(9)
PEAKS = np.array([0.9, 0.8, 0.7, 0.6])
CLASSES = ("neutral", "fear", "anger")


def _read(chart: Chart) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(chart.csv()), float_precision="round_trip")


def _faces(count: int) -> list[ShownFace]:
    picture = RNG.integers(0, 256, (48, 48), dtype=np.uint8)
    return [ShownFace(f"face {i}", f"label {i}", picture) for i in range(count)]


def _groups(empty: bool = False) -> GroupMaps:
    maps = RNG.random((4, 3, 3))
    sizes = np.array([30, 20, 10, 0 if empty else 4])
    maps[sizes == 0] = 0
    channels = tuple(
        tuple(ChannelMap(10 * k + i, 1.5, RNG.random((3, 3))) for i in range(min(3, size)))
        for k, size in enumerate(sizes)
    )
    return GroupMaps(1, sizes, maps, channels)


def _maps(chart: Chart) -> list:
    return [trace for trace in chart.figure.data if trace.type == "heatmap"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True])
def test_the_grid_draws_each_group_over_each_face(theme: Theme, narrow: bool) -> None:
    groups = [_groups() for _ in range(6)]
    chart = group_grid(_faces(6), groups, PEAKS, theme, "A", narrow=narrow)
    drawn = _maps(chart)
    assert len(drawn) == 24
    for trace in drawn:
        values = np.asarray(trace.z)
        (face, k), *others = [
            (i, k)
            for i, found in enumerate(groups)
            for k in range(4)
            if np.allclose(found.mean_maps[k], values, atol=1e-6)
        ]
        assert not others
        assert trace.zmax == PEAKS[k]
        assert f"label {face}, group {k + 1}" in trace.hovertemplate
        assert not trace.zsmooth
    # Nothing lies outside the figure, and no two maps lie on each other.
    width, height = chart.figure.layout.xaxis.range[1], chart.figure.layout.yaxis.range[0]
    places = {(round(t.x[0], 3), round(t.y[0], 3)) for t in drawn}
    assert len(places) == 24
    assert all(t.x[0] > 0 and t.x[-1] < width and t.y[-1] < height for t in drawn)
    table = _read(chart)
    cells = table[[f"column_{i}" for i in (1, 2, 3)]].to_numpy().reshape(6, 4, 3, 3)
    np.testing.assert_allclose(cells, [found.mean_maps for found in groups], rtol=1e-6)


def test_an_empty_group_says_why() -> None:
    faces, groups = _faces(2), [_groups(), _groups(empty=True)]
    chart = group_grid(faces, groups, PEAKS, "light", "B")
    assert len(_maps(chart)) == 7
    (mark,) = [trace for trace in chart.figure.data if trace.type == "scatter"]
    assert mark.text == "empty"
    reason = "No channel of block 1 is nearest to deep centroid 4 (Eq. 4)"
    assert reason in mark.hovertemplate
    (note,) = empty_notes(faces, groups)
    assert note.startswith("Group 4 is empty on label 1. " + reason)
    assert note in chart.alt


def test_channels_of_one_face_stand_beside_the_mean_of_their_group() -> None:
    groups = _groups(empty=True)
    chart = channel_grid(_faces(1)[0], groups, PEAKS, "dark", "B")
    drawn = _maps(chart)
    assert len(drawn) == 3 * (1 + 3)
    for k in range(3):
        mean, *channels = drawn[4 * k : 4 * k + 4]
        np.testing.assert_allclose(mean.z, groups.mean_maps[k], atol=1e-6)
        assert mean.zmax == PEAKS[k]
        for trace, channel in zip(channels, groups.strongest[k], strict=True):
            np.testing.assert_allclose(trace.z, channel.map, atol=1e-6)
            assert trace.zmax == 1
            assert f"Channel {channel.channel + 1} of group {k + 1}" in trace.hovertemplate
    assert set(_read(chart)["map"]) == {
        "mean",
        *(f"channel {10 * k + i + 1}" for k in range(3) for i in range(3)),
    }


@pytest.mark.parametrize("narrow", [False, True])
def test_block_maps_stand_in_the_rows_of_their_models(narrow: bool) -> None:
    rows = []
    for name in ("first", "second", "third"):
        maps = tuple(RNG.random((side, side)) for side in (8, 4, 2, 1))
        found = BlockMaps(maps, np.array([4.0, 3, 2, 1]), np.array([0.25, 0.5, 0.75, 1.0]))
        rows.append(BlockRow(name, name.title(), "MSR", np.zeros((48, 48), np.uint8), found))
    chart = block_grid(rows, "light", narrow=narrow)
    drawn = _maps(chart)
    for trace, (row, j) in zip(drawn, [(r, j) for r in rows for j in range(4)], strict=True):
        np.testing.assert_allclose(trace.z, row.maps.maps[j], atol=1e-6)
        assert row.title in trace.hovertemplate
    texts = [text.text for text in chart.figure.layout.annotations]
    assert texts.count("75%") == 3
    assert len(_read(chart)) == 3 * (64 + 16 + 4 + 1)


def _spreads(*shape: int) -> dict:
    return {side: np.sort(RNG.random((5, *shape)), axis=0) for side in ("A", "B")}


@pytest.mark.parametrize("narrow", [False, True])
def test_sizes_and_cosines_are_drawn_as_quantiles(narrow: bool) -> None:
    sizes, cosine, aligned = _spreads(4, 4), _spreads(3, 4), _spreads(3)
    empty = {"A": np.zeros((4, 4)), "B": np.zeros((4, 4))}
    empty["B"][0, 2] = 0.5
    chart = size_distribution(sizes, empty, 200, "light", narrow=narrow)
    assert "group 3 of block 1 in B on 100 of the 200 faces" in chart.alt
    median = next(t for t in chart.figure.data if t.name == "B Block 2")
    np.testing.assert_allclose(median.y, 100 * sizes["B"][2, 1])
    whisker = next(t for t in chart.figure.data if t.name == "A Block 4 0")
    np.testing.assert_allclose(whisker.y[0::3], 100 * sizes["A"][0, 3])
    np.testing.assert_allclose(whisker.y[1::3], 100 * sizes["A"][4, 3])
    table = _read(chart).set_index(["model", "block", "group"])
    assert table.loc[("A", 3, 2), "share_of_channels_p50"] == sizes["A"][2, 2, 1]
    assert table.loc[("B", 1, 3), "empty_share_of_faces"] == 0.5
    chart = similarity(cosine, aligned, 200, "dark", narrow=narrow)
    median = next(t for t in chart.figure.data if t.name == "A Block 3")
    np.testing.assert_allclose(median.y, [*cosine["A"][2, 2], aligned["A"][2, 2]])
    assert f"{aligned['B'][2, 0]:.2f}" in chart.alt


def test_excitation_shares_one_scale_around_zero() -> None:
    values = {"A": RNG.normal(size=(4, 3)), "B": RNG.normal(size=(4, 3))}
    values["A"][1, 2] = np.nan
    values["B"][3, 0] = -7.0
    values["B"][0, 1] = -0.001
    chart = excitation_maps(values, CLASSES, [10, 20, 30], 2, "light")
    first, second = _maps(chart)
    np.testing.assert_array_equal(first.z, values["A"])
    np.testing.assert_array_equal(second.z, values["B"])
    assert first.text[1][2] == ""
    assert second.text[3][0] == "−7.00"
    assert second.text[0][1] == "+0.00"
    axis = chart.figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-7.0, 7.0)
    assert axis.colorscale[0][1] == palette("light").models["A"]
    table = _read(chart)
    assert table["faces"].tolist() == [10, 20, 30] * 8
    np.testing.assert_array_equal(
        table["activation_in_standard_deviations"].to_numpy().reshape(2, 4, 3),
        np.stack([values["A"], values["B"]]),
    )
