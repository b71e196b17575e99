"""What an item yielded: tables, figures and protocol, with their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from clfer.errors import ClferError
from clfer.experiments.frame import frame_of
from clfer.experiments.output import PAGE, item_folder, read_index
from clfer.experiments.standing import Standing
from components import section
from views import reproduce_data

TABLE_FILES = {
    "LaTeX": ("tex", "application/x-tex"),
    "CSV": ("csv", "text/csv"),
    "Markdown": ("md", "text/markdown"),
}
FIGURE_FILES = {"PDF": ("pdf", "application/pdf"), "PNG": ("png", "image/png")}
Files = Mapping[str, tuple[str, str]]
"""Ending and type by the name of the format."""

MOST_ROWS = 20
"""A longer table scrolls."""

ROW = 35
"""Pixels."""


def render(one: Standing) -> None:
    """Draw a card for each table and figure, and one for the protocol."""
    folder = item_folder(one.scale, one.item.name)
    try:
        index = read_index(folder)
    except ClferError as error:
        st.error(str(error), icon=":material/error:")
        return
    if index is None:
        with st.container(key="card-reproduce-empty", border=True):
            section.title("Nothing written yet")
            section.hint(
                "Start it above: its tables and figures appear here, and fill as the runs end."
            )
        return
    for table in index["tables"]:
        with st.container(key=f"card-reproduce-{table['name']}", border=True):
            _table(table)
            _downloads(folder, table["name"], TABLE_FILES)
    for figure in index["figures"]:
        with st.container(key=f"card-reproduce-{figure['name']}", border=True):
            _figure(folder, figure)
            _downloads(folder, figure["name"], FIGURE_FILES)
    with st.container(key="card-reproduce-protocol", border=True):
        section.title("Protocol")
        st.markdown(index["protocol"])
        _download(folder / PAGE, "All on one page", f"{one.item.name}-page.md", "text/markdown")


def _table(table: Mapping[str, Any]) -> None:
    frame = frame_of(table)
    section.title(table["caption"])
    st.dataframe(
        frame.data,
        hide_index=True,
        height="content" if len(frame.data) <= MOST_ROWS else ROW * MOST_ROWS,
        placeholder="",
        key=f"reproduce-{table['name']}",
        column_config={
            heading: st.column_config.NumberColumn(format=form)
            for heading, form in frame.formats.items()
        },
        alt=f"{table['caption']}: {len(frame.data)} rows.",
    )
    for note in table["notes"]:
        section.hint(note)


def _figure(folder: Path, figure: Mapping[str, str]) -> None:
    picture = reproduce_data.content(folder / f"{figure['name']}.png")
    if picture is not None:
        st.image(picture, alt=figure["alt"])
    section.hint(figure["caption"])


def _downloads(folder: Path, name: str, files: Files) -> None:
    with st.container(horizontal=True, gap="small", key=f"reproduce-files-{name}"):
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
