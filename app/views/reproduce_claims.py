"""All claims of the paper at once, each with its verdict."""

from html import escape

import streamlit as st

import shared
from clfer.experiments.findings import HOLDS
from clfer.experiments.overview import NAME, TITLE, claims_table, verdict_in_words
from clfer.experiments.table import ResultTable, to_csv, to_latex, to_markdown
from components import section
from components.sidebar import dataset_title
from views.reproduce_results import TABLE_FILES

NOTHING = "No item is written at this size so far."
CHOOSE = "Choose an item to see its numbers, intervals and protocol, and to start it."
SMALLER = (
    "This is what was seen at this size, which is not the paper's protocol: a claim that does not "
    "hold here may hold there."
)
LOOKS = {
    HOLDS[True]: ("yes", "✓ holds"),
    HOLDS[False]: ("no", "✗ does not"),
    HOLDS[None]: ("open", "? open"),
}
"""Class of the style, and words, by verdict."""

WRITTEN = {"LaTeX": to_latex, "CSV": to_csv, "Markdown": to_markdown}
"""By the formats of :data:`~views.reproduce_results.TABLE_FILES`."""


def render(scale: str) -> None:
    """Draw the card.

    Raises:
        ConfigError: a written item is damaged.
    """
    table = claims_table(scale)
    said = shared.ITEMS if shared.is_shared() else CHOOSE
    with st.container(key="card-reproduce-claims", border=True):
        if not table.rows:
            section.title(TITLE, NOTHING)
            section.hint(said)
            return
        section.title(TITLE, verdict_in_words(table))
        st.html(f'<ul class="clfer-claims">{"".join(_claims(table))}</ul>')
        section.hint(said)
        if scale != "paper":
            section.hint(SMALLER)
        with st.container(horizontal=True, gap="small", key="reproduce-claims-files"):
            for label, (ending, kind) in TABLE_FILES.items():
                st.download_button(
                    label,
                    WRITTEN[label](table),
                    file_name=f"{NAME}-{scale}.{ending}",
                    mime=kind,
                    key=f"reproduce-claims-{ending}",
                    icon=":material/download:",
                    on_click="ignore",
                )


def _claims(table: ResultTable) -> list[str]:
    titles = ("item", "claim of the paper", "measured here", "holds", "data")
    rows = zip(*(table.column(title) for title in titles), strict=True)
    return [_claim(*map(str, row)) for row in rows]


def _claim(item: str, claim: str, measured: str, holds: str, data: str) -> str:
    kind, words = LOOKS.get(holds, ("open", holds))
    return (
        f'<li><span class="clfer-holds clfer-holds-{kind}">{escape(words)}</span>'
        f"<div><p><b>{escape(item)}</b> {escape(claim)}</p>"
        f'<p class="clfer-caption">{escape(f"{dataset_title(data)}: {measured}")}</p></div></li>'
    )
