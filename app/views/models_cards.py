"""The cards of A and B side by side, where they differ, and the README of each."""

import streamlit as st

from clfer.analysis.card_facts import Figure, differences, figures, protocol
from clfer.errors import ClferError
from clfer.models.checkpoint import Checkpoint
from clfer.models.readme import read_readme, weights_licence
from clfer.sides import Side
from components import facts, section, verdict
from components.sidebar import dataset_title
from resources import Pair

README_HEIGHT = 420
"""Pixels; a longer README scrolls in its own column."""

SAME = "A and B are the same checkpoint: choose another one in the sidebar to compare them."


def render(pair: Pair) -> None:
    """Draw the cards."""
    sides: tuple[tuple[Side, Checkpoint], ...] = (("A", pair.a), ("B", pair.b))
    for column, (side, model) in zip(st.columns(2, gap="small"), sides, strict=True):
        with (
            column,
            st.container(key=f"card-{side.lower()}", border=True, height="stretch"),
        ):
            _card(side, model)
    with st.container(key="card-differences", border=True):
        _differences(pair)
    with st.container(key="card-readmes", border=True):
        section.title("In their own words", "The README of each checkpoint.")
        for column, (side, model) in zip(st.columns(2, gap="medium"), sides, strict=True):
            with column:
                section.model_line(side, model.folder.name)
                _readme(model)


def _card(side: Side, model: Checkpoint) -> None:
    verdict.header(side, model)
    said = figures(model.card)
    title = f"{dataset_title(model.card.dataset)} validation"
    if said:
        facts.show(
            [_row(figure) for figure in said],
            (title, "Value", "95 % interval (Wilson)", "n"),
            label=f"Figures of model {side}",
        )
    else:
        section.hint("This card states no figures: publish the run again to measure them.")
    facts.show(
        [
            *protocol(model.card).items(),
            ("Data", dataset_title(model.card.dataset)),
            ("Licence", weights_licence(model.folder)),
            ("sha256", model.sha256),
        ],
        label=f"Protocol of model {side}",
    )


def _row(figure: Figure) -> tuple[str, str, str, str]:
    interval = "–" if figure.interval is None else "{:.4f} – {:.4f}".format(*figure.interval)
    count = "–" if figure.n is None else f"{figure.n:,}"
    return figure.title, f"{figure.value:.4f}", interval, count


def _differences(pair: Pair) -> None:
    if pair.a.sha256 == pair.b.sha256:
        section.title("Where they differ", SAME)
        return
    found, equal = differences(pair.a.card, pair.b.card)
    settings = f"{len(found)} setting{'s' * (len(found) != 1)}"
    section.title(
        "Where they differ",
        f"{settings} of data, input and configuration differ; {equal} others are equal.",
    )
    if found:
        facts.show(found, ("Setting", "A", "B"), label="Settings in which A and B differ")


def _readme(model: Checkpoint) -> None:
    try:
        text = read_readme(model.folder)
    except ClferError as error:
        section.error(error)
        return
    if text is None:
        section.hint(
            "This checkpoint came without a README: 'clfer publish' writes one beside the card."
        )
        return
    with st.container(height=README_HEIGHT, border=False):
        st.markdown(text)
