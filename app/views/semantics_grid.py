"""Groups over faces, A beside B, and which expressions excite the groups of that block."""

from collections.abc import Sequence

import streamlit as st

import state
from clfer.analysis.encoded_faces import encode_faces
from clfer.analysis.group_statistics import row_peaks
from clfer.analysis.semantics import GroupMaps
from clfer.figures.chart import Chart
from clfer.figures.group_grid import OPACITY, channel_grid, empty_notes, group_grid
from clfer.figures.mosaic import scale_bar
from clfer.sides import Side
from components import chart, opacity, require, section
from selection import Selection
from state import theme
from views import semantics_faces, semantics_statistics
from views.semantics_faces import Column

FACES, CHANNELS = MODES = ("Faces", "Channels of one face")
NOTES = 4
"""Empty groups whose reason is written out; the others say it when pointed at."""


@state.fragment
def render(chosen: Selection, columns: Sequence[Column]) -> None:
    """Draw both cards; the block redraws them and nothing else."""
    with st.container(key="card-groups", border=True):
        section.title("Semantic groups", "Where the channels of each group respond to a face.")
        with st.container(
            key="groups-controls", horizontal=True, vertical_alignment="bottom", gap="medium"
        ):
            block = require.block()
            state.adopt(state.COLUMNS, MODES, FACES)
            mode = st.segmented_control("Columns", MODES, key=state.COLUMNS, required=True)
            opacity.slider([f"groups-{side}" for side in require.SIDES], OPACITY, "groups")
        _grids(chosen, columns, block, channels=mode == CHANNELS)
    semantics_statistics.excitation(chosen, block)


def _grids(chosen: Selection, columns: Sequence[Column], block: int, *, channels: bool) -> None:
    first = semantics_faces.position(columns)
    places = range(first, first + 1) if channels else range(len(columns))
    shown = [columns[place] for place in places]
    with st.skeleton(height=460):
        maps = {side: _maps(chosen, side, columns, places, block) for side in require.SIDES}
    peaks = row_peaks([found.mean_maps for side in require.SIDES for found in maps[side]])
    charts: dict[Side, Chart] = {}
    for side in require.SIDES:
        faces = [column.shown(chosen.model(side)) for column in shown]
        layout = {"narrow": state.narrow()}
        charts[side] = (
            channel_grid(faces[0], maps[side][0], peaks, theme(), side, **layout)
            if channels
            else group_grid(faces, maps[side], peaks, theme(), side, **layout)
        )
    st.html(scale_bar(theme(), "peak of the map" if channels else "largest value of the row"))
    for side, place in zip(require.SIDES, st.columns(2, gap="medium"), strict=True):
        model = chosen.model(side)
        note = "" if model.objective.clfm is not None else "groups by the convolution-free code"
        with place:
            section.model_line(side, model.card.title, note)
            chart.show(charts[side], f"groups-{side}", caption=side == "A")
            for note in empty_notes([c.shown(model) for c in shown], maps[side])[:NOTES]:
                section.hint(note)


def _maps(
    chosen: Selection, side: Side, columns: Sequence[Column], places: range, block: int
) -> list[GroupMaps]:
    """Maps of some of the columns; the faces are encoded once for all blocks."""
    model = chosen.model(side)
    key = ("encoded faces", model.sha256, *(column.digest for column in columns))
    encoded = state.remembered(
        key, lambda: encode_faces(model, [column.crop(model) for column in columns])
    )
    return [encoded.groups(model, place, block) for place in places]
