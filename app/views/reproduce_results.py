"""What an item yielded: tables, figures and protocol, with their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from clfer.errors import ClferError
from clfer.experiments.frame import frame_of
from clfer.experiments.output import PAGE, find_written
from clfer.experiments.standing import Standing
from components import section
from shared import is_shared
from views import reproduce_data

TABLE_FILES = {
    "LaTeX": ("tex", "application/x-tex"),
    "CSV": ("csv", "text/csv"),
    "Markdown": ("md", "text/markdown"),
}
FIGURE_FILES = {"PDF": ("pdf", "application/pdf"), "PNG": ("png", "image/png")}
Files = Mapping[str, tuple[str, str]]
"""Ending and type by the name of the format."""

START = "Start it above: its tables and figures appear here, and fill as the runs end."
NOTHING = "Its tables and figures appear here once whoever runs this server has written them."
SHIPPED = (
    "Made before by the command above, on the data and hardware that the protocol names. What you "
    "write yourself takes its place."
)
SHIPPED_HERE = "Made before, on the data and hardware that the protocol names."

TALLEST = 700
"""Pixels; a longer table scrolls."""

ROW, LINE, LONG = 35, 19, 240
"""Pixels: a row of one line, every further line, and the width of a text of several lines."""

WRAPPED = 66
"""Pixels: Streamlit breaks the lines of a text only in rows of more than 4 rem."""


def render(one: Standing) -> None:
    """Draw a card for each table and figure, and one for the protocol."""
    try:
        found = find_written(one.scale, one.item.name)
    except ClferError as error:
        section.error(error)
        return
    if found is None:
        with st.container(key="card-reproduce-empty", border=True):
            section.title("Nothing written yet", NOTHING if is_shared() else START)
        return
    folder, index, shipped = found
    if shipped:
        _say_shipped()
    for table in index["tables"]:
        with st.container(key=f"card-reproduce-table-{table['name']}", border=True):
            _table(table)
            _downloads(folder, table["name"], TABLE_FILES)
    for figure in index["figures"]:
        with st.container(key=f"card-reproduce-figure-{figure['name']}", border=True):
            _figure(folder, figure)
            _downloads(folder, figure["name"], FIGURE_FILES)
    with st.container(key="card-reproduce-protocol", border=True):
        section.title("Protocol", "How it was run here, and how the paper did.")
        st.markdown(index["protocol"])
        _download(folder / PAGE, "All on one page", f"{one.item.name}-page.md", "text/markdown")


def _say_shipped() -> None:
    with st.container(key="card-reproduce-shipped", border=True):
        section.title("Shipped with CLFER", SHIPPED_HERE if is_shared() else SHIPPED)


def _table(table: Mapping[str, Any]) -> None:
    frame = frame_of(table)
    rows, row = len(frame.data), _row_height(max(frame.lines.values(), default=1))
    numbers = {
        heading: st.column_config.NumberColumn(format=form)
        for heading, form in frame.formats.items()
    }
    texts = {heading: st.column_config.TextColumn(width=LONG) for heading in frame.lines}
    section.title(table["caption"], "An empty cell was not measured, or not published.")
    st.dataframe(
        frame.data,
        hide_index=True,
        height="content" if rows * row <= TALLEST else TALLEST,
        row_height=row,
        placeholder="",
        key=f"reproduce-{table['name']}",
        column_config=numbers | texts,
        alt=f"{table['caption']}: {rows} rows.",
    )
    for note in table["notes"]:
        section.hint(note)


def _row_height(lines: int) -> int:
    return ROW if lines == 1 else max(WRAPPED, ROW + LINE * (lines - 1))


def _figure(folder: Path, figure: Mapping[str, str]) -> None:
    picture = reproduce_data.content(folder / f"{figure['name']}.png")
    section.hint(figure["alt"])
    if picture is not None:
        st.image(picture, alt=figure["alt"])
    section.hint(figure["caption"])


def _downloads(folder: Path, name: str, files: Files) -> None:
    with st.container(
        horizontal=True, gap="small", key=f"reproduce-files-{name}-{'-'.join(files)}"
    ):
        for label, (ending, kind) in files.items():
            _download(folder / f"{name}.{ending}", label, f"{name}.{ending}", kind)


def _download(path: Path, label: str, name: str, kind: str) -> None:
    content = reproduce_data.content(path)
    st.download_button(
        label,
        content or b"",
        file_name=name,
        mime=kind,
        key=f"reproduce-download-{name}",
        icon=":material/download:",
        disabled=content is None,
        on_click="ignore",
    )
