"""The semantic groups of a block as maps over the face."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.analysis.semantics import GroupMaps
from clfer.figures.chart import Chart
from clfer.figures.panels import GAP, PanelGrid, as_grey, cells, where
from clfer.figures.theme import GROUP_SIGNS, Theme, palette
from clfer.sides import Side

TITLE = 24
WIDE, NARROW = 1080, 330


def group_maps(
    groups: GroupMaps,
    face: NDArray[np.uint8],
    largest: float,
    theme: Theme,
    side: Side,
    *,
    narrow: bool = False,
) -> Chart:
    """The face, then each group's mean map over it with its strongest channel maps below.

    Args:
        groups: The maps.
        face: The crop the model saw, uint8 ``[S, S, 3]``.
        largest: Upper end of the colour scale, shared between the models.
        theme: Light or dark.
        side: Which model.
        narrow: Two columns instead of a row.
    """
    count = len(groups.sizes)
    columns = 2 if narrow else count + 1
    width = NARROW if narrow else WIDE
    edge = (width - GAP * 2 * (columns - 1)) / columns
    small = (edge - 3 * 4) / 4
    step = TITLE + edge + 4 + small + 16
    rows = -(-(count + 1) // columns)
    grid = PanelGrid(theme, width, round(step * rows))
    grid.scale("coloraxis", palette(theme).overlay, 0, largest)
    # Single channels peak at one, the mean of a group below: one scale each.
    grid.scale("coloraxis3", palette(theme).sequential, 0, 1)
    places = [((i % columns) * (edge + 2 * GAP), (i // columns) * step) for i in range(count + 1)]
    _draw_winners(grid, groups, face, places[0], edge, theme)
    grey = as_grey(face)
    for k in range(count):
        left, top = places[k + 1]
        _draw_group(grid, groups, k, grey, (left, top), edge, small)
    return Chart(
        grid.figure(),
        _table(groups, side),
        f"Mean activation of each semantic group's channels at block {groups.block} (Eq. 3,"
        " Fig. 2), each channel divided by its peak; below, the group's strongest channels.",
        _finding(groups, side),
        f"semantic-groups-{side.lower()}-block-{groups.block}",
    )


def _draw_winners(
    grid: PanelGrid,
    groups: GroupMaps,
    face: NDArray[np.uint8],
    place: tuple[float, float],
    edge: float,
    theme: Theme,
) -> None:
    """The face with the group that is strongest in each cell."""
    left, top = place
    colours = palette(theme)
    count = len(groups.sizes)
    panel = grid.panel(left, top + TITLE, edge)
    grid.picture(panel, face)
    grid.text(left, top, "Strongest group")
    # Groups differ in level, so each is compared with its own peak.
    peaks = groups.mean_maps.reshape(count, -1).max(axis=1)
    relative = groups.mean_maps / np.where(peaks > 0, peaks, 1)[:, None, None]
    winner = relative.argmax(axis=0).astype(np.float64)
    winner[relative.max(axis=0) <= 0] = np.nan
    steps = [(at / count, colours.group(k)) for k in range(count) for at in (k, k + 1)]
    grid.scale("coloraxis2", tuple(steps), -0.5, count - 0.5)
    grid.map(panel, winner, "coloraxis2", "Group %{customdata}", 0.45, winner + 1)
    legend = "  ".join(
        f"<span style='color:{colours.group(k)};font-size:16px'>{GROUP_SIGNS[k % 4]}</span> {k + 1}"
        for k in range(count)
    )
    grid.text(left, top + TITLE + edge + 6, legend)


def _draw_group(
    grid: PanelGrid,
    groups: GroupMaps,
    k: int,
    grey: NDArray[np.uint8],
    place: tuple[float, float],
    edge: float,
    small: float,
) -> None:
    left, top = place
    colour = palette(grid.theme).group(k)
    sign = f"<span style='color:{colour};font-size:16px'>{GROUP_SIGNS[k % 4]}</span>"
    size = int(groups.sizes[k])
    grid.text(left, top, f"{sign} <b>Group {k + 1}</b>")
    channels = "1 channel" if size == 1 else f"{size} channels"
    grid.text(left + edge, top, channels, muted=True, anchor="right")
    panel = grid.panel(left, top + TITLE, edge)
    grid.picture(panel, grey)
    if not size:
        grid.text(left + edge / 2, top + TITLE + edge / 2 - 8, "empty", anchor="center")
        return
    grid.map(panel, groups.mean_maps[k], "coloraxis", f"Group {k + 1}: mean activation %{{z:.3g}}")
    for i, channel in enumerate(groups.strongest[k]):
        cell = grid.panel(left + i * (small + 4), top + TITLE + edge + 4, small)
        hover = f"Channel {channel.channel + 1}: %{{z:.3g}} of its peak"
        grid.map(cell, channel.map, "coloraxis3", hover)


def _table(groups: GroupMaps, side: Side) -> pd.DataFrame:
    frames = []
    for k, size in enumerate(groups.sizes):
        common: dict[str, str | int] = {
            "model": side,
            "block": groups.block,
            "group": k + 1,
            "size": int(size),
        }
        frames.append(cells(groups.mean_maps[k], **common, map="mean"))
        for channel in groups.strongest[k]:
            frames.append(cells(channel.map, **common, map=f"channel {channel.channel + 1}"))
    return pd.concat(frames, ignore_index=True)


def _finding(groups: GroupMaps, side: Side) -> str:
    parts = [
        f"group {k + 1} ({int(size)} channels) is strongest at the {where(groups.mean_maps[k])}"
        for k, size in enumerate(groups.sizes)
        if size
    ]
    return f"Model {side}, block {groups.block}: {'; '.join(parts) or 'all groups are empty'}."


def scale_strip(theme: Theme, largest: float, label: str) -> str:
    """The colour scale of the maps as a line of HTML: 0, the ramp, its upper end, and the unit."""
    stops = ", ".join(f"{colour} {position:.0%}" for position, colour in palette(theme).overlay)
    return (
        '<span class="clfer-scale"><span>0</span>'
        f'<span class="clfer-ramp" style="background-image:linear-gradient(90deg, {stops})"></span>'
        f"<span>{largest:.3g}</span><span>{label}</span></span>"
    )
