"""Semantic groups of a block over several faces, or the channels of one face (Fig. 1b, 7, 10)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.analysis.group_statistics import empty_reason
from clfer.analysis.semantics import GroupMaps
from clfer.figures.chart import Chart
from clfer.figures.mosaic import Mosaic
from clfer.figures.panels import where
from clfer.figures.theme import GROUP_SIGNS, Theme, palette, spoken
from clfer.sides import Side

OPACITY = 0.6
"""Opacity of the maps until the reader chooses another."""

_WIDE, _NARROW = 508, 330
_GAP, _LINE, _LARGEST = 5, 20, 96
_FACES, _FACES_NARROW = 8, 4


@dataclass(frozen=True, eq=False)
class ShownFace:
    """A face as a column of a grid.

    Attributes:
        name: What it is called.
        label: Its true expression, or what else stands above it.
        picture: Grey uint8 ``[H, W]``, as the model sees it.
    """

    name: str
    label: str
    picture: NDArray[np.uint8]


def group_grid(
    faces: Sequence[ShownFace],
    groups: Sequence[GroupMaps],
    peaks: NDArray[np.float64],
    theme: Theme,
    side: Side,
    *,
    narrow: bool = False,
) -> Chart:
    """Rows are semantic groups, columns are faces: each group's mean map over each face.

    Args:
        faces: The columns.
        groups: The maps of the same block for each of them.
        peaks: Upper end of the colour scale of each group, ``[K]``, shared between the models.
        theme: Light or dark.
        side: Which model.
        narrow: Four faces in a band, the others in a band below.
    """
    peaks = peaks[: len(groups[0].sizes)]
    width = _NARROW if narrow else _WIDE
    across = min(len(faces), _FACES_NARROW if narrow else _FACES)
    edge = _edge(width, across)
    band = _LINE + edge + len(peaks) * (_LINE + edge + 4) + 10
    bands = -(-len(faces) // across)
    mosaic = Mosaic(theme, width, bands * band)
    for start in range(0, len(faces), across):
        top = start // across * band
        columns = range(start, min(start + across, len(faces)))
        for i in columns:
            left = (i - start) * (edge + _GAP)
            mosaic.text(left + edge / 2, top, faces[i].label, muted=True, size=11, anchor="center")
            mosaic.picture(left, top + _LINE, edge, faces[i].picture)
        for k, peak in enumerate(peaks):
            at = top + (k + 1) * (_LINE + edge + 4)
            _row_title(mosaic, at, k, f"0 to {peak:.2g}", across * (edge + _GAP) - _GAP)
            for i in columns:
                place = ((i - start) * (edge + _GAP), at + _LINE)
                _group_cell(mosaic, place, edge, faces[i], groups[i], k, float(peak))
    block = groups[0].block
    return Chart(
        mosaic.figure(),
        _group_table(faces, groups, side),
        f"Mean activation of the channels of each semantic group of block {block} (Eq. 3–4), each"
        " channel divided by its peak, over each face (Fig. 1b, 7); colours of a row run from zero"
        " to its largest value in A or B.",
        _group_finding(faces, groups, side),
        f"semantic-grid-{side.lower()}-block-{block}",
    )


def channel_grid(
    face: ShownFace,
    groups: GroupMaps,
    peaks: NDArray[np.float64],
    theme: Theme,
    side: Side,
    *,
    narrow: bool = False,
) -> Chart:
    """Rows are semantic groups, columns the group's mean and its strongest channels (Fig. 10).

    Args:
        face: The face under the maps.
        groups: Its maps.
        peaks: Upper end of the colour scale of the group means, ``[K]``; channels peak at one.
        theme: Light or dark.
        side: Which model.
        narrow: Laid out for a phone.
    """
    width = _NARROW if narrow else _WIDE
    across = 1 + max(1, *(len(channels) for channels in groups.strongest))
    edge = _edge(width, across)
    mosaic = Mosaic(theme, width, len(groups.sizes) * (2 * _LINE + edge))
    colours = palette(theme)
    for k, channels in enumerate(groups.strongest):
        top = k * (2 * _LINE + edge)
        size = int(groups.sizes[k])
        _row_title(mosaic, top, k, _counted(size), across * (edge + _GAP) - _GAP)
        _group_cell(mosaic, (0, top + _LINE), edge, face, groups, k, float(peaks[k]))
        if size:
            _below(mosaic, 0, top + _LINE + edge, edge, "mean")
        for i, channel in enumerate(channels, start=1):
            left = i * (edge + _GAP)
            mosaic.picture(left, top + _LINE, edge, face.picture)
            mosaic.map(
                left,
                top + _LINE,
                edge,
                channel.map,
                colours.sequential,
                1.0,
                f"Channel {channel.channel + 1} of group {k + 1}: %{{z:.2f}} of its peak;"
                f" mean activation {channel.strength:.3g}",
                OPACITY,
            )
            _below(mosaic, left, top + _LINE + edge, edge, f"channel {channel.channel + 1}")
    return Chart(
        mosaic.figure(),
        _channel_table(face, groups, side),
        f"Strongest channels of each semantic group of block {groups.block} on one face (Fig. 10),"
        " each from zero to its own peak; first the mean of the whole group, on one scale for A"
        " and B.",
        _group_finding([face], [groups], side),
        f"semantic-channels-{side.lower()}-block-{groups.block}",
    )


def empty_notes(faces: Sequence[ShownFace], groups: Sequence[GroupMaps]) -> list[str]:
    """One sentence for each empty group: on which face, and why."""
    return [
        f"Group {k + 1} is empty on {face.label}. {empty_reason(found.block, k + 1, found.sizes)}"
        for face, found in zip(faces, groups, strict=True)
        for k, size in enumerate(found.sizes)
        if not size
    ]


def _edge(width: float, across: int) -> float:
    return min(_LARGEST, (width - _GAP * (across - 1)) / across)


def _row_title(mosaic: Mosaic, top: float, k: int, note: str, right: float) -> None:
    colour = palette(mosaic.theme).group(k)
    sign = f"<span style='color:{colour};font-size:15px'>{GROUP_SIGNS[k % 4]}</span>"
    middle = top + _LINE / 2
    mosaic.text(0, middle, f"{sign} <b>Group {k + 1}</b>", size=12, middle=True)
    # A single narrow column has no room for both.
    if right > 2 * _LARGEST:
        mosaic.text(right, middle, note, muted=True, size=11, anchor="right", middle=True)


def _below(mosaic: Mosaic, left: float, top: float, edge: float, text: str) -> None:
    mosaic.text(left + edge / 2, top + 1, text, muted=True, size=11, anchor="center")


def _group_cell(
    mosaic: Mosaic,
    place: tuple[float, float],
    edge: float,
    face: ShownFace,
    groups: GroupMaps,
    k: int,
    peak: float,
) -> None:
    size = int(groups.sizes[k])
    if not size:
        reason = empty_reason(groups.block, k + 1, groups.sizes)
        mosaic.mark(*place, edge, f"{face.label}, group {k + 1} is empty.<br>{reason}")
        return
    mosaic.picture(*place, edge, face.picture)
    mosaic.map(
        *place,
        edge,
        groups.mean_maps[k],
        palette(mosaic.theme).sequential,
        peak,
        f"{face.label}, group {k + 1} ({_counted(size)}): mean activation %{{z:.2f}}",
        OPACITY,
    )


def _counted(size: int) -> str:
    return "1 channel" if size == 1 else f"{size} channels"


def _group_table(
    faces: Sequence[ShownFace], groups: Sequence[GroupMaps], side: Side
) -> pd.DataFrame:
    frames = []
    for face, found in zip(faces, groups, strict=True):
        for k, size in enumerate(found.sizes):
            frames.append(_map_rows(side, found, face, k, int(size), "mean", found.mean_maps[k]))
    return pd.concat(frames, ignore_index=True)


def _channel_table(face: ShownFace, groups: GroupMaps, side: Side) -> pd.DataFrame:
    frames = []
    for k, size in enumerate(groups.sizes):
        maps = [("mean", groups.mean_maps[k])]
        maps += [(f"channel {c.channel + 1}", c.map) for c in groups.strongest[k]]
        frames += [
            _map_rows(side, groups, face, k, int(size), name, values) for name, values in maps
        ]
    return pd.concat(frames, ignore_index=True)


def _map_rows(
    side: Side,
    groups: GroupMaps,
    face: ShownFace,
    k: int,
    size: int,
    name: str,
    values: NDArray[np.float64],
) -> pd.DataFrame:
    """A map as one row per line of cells: one per cell would make megabytes of text."""
    frame = pd.DataFrame(
        values.astype(np.float32), columns=[f"column_{i + 1}" for i in range(values.shape[1])]
    )
    known: dict[str, str | int | list[int]] = {
        "model": side,
        "block": groups.block,
        "face": face.name,
        "label": face.label,
        "group": k + 1,
        "channels": size,
        "map": name,
        "row": list(range(1, len(values) + 1)),
    }
    return pd.concat([pd.DataFrame(known, index=frame.index), frame], axis=1)


def _group_finding(faces: Sequence[ShownFace], groups: Sequence[GroupMaps], side: Side) -> str:
    """Where each group is strongest on most faces, and which are empty where."""
    parts = []
    for k in range(len(groups[0].sizes)):
        places = [where(found.mean_maps[k]) for found in groups if found.sizes[k]]
        if places:
            parts.append(f"group {k + 1} at the {max(places, key=places.count)}")
    strongest = spoken(parts) if parts else "none, since all are empty"
    finding = f"Model {side}, block {groups[0].block}: most often strongest is {strongest}."
    return " ".join([finding, *empty_notes(faces, groups)])
