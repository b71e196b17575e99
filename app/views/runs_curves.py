"""The curves of one run, growing as its epochs pass."""

import streamlit as st

import state
from clfer.analysis.curves import curve_of_rows
from clfer.analysis.histories import over_seeds
from clfer.analysis.run_feed import RunFeed
from clfer.errors import ClferError
from clfer.figures.run_curves import run_curves
from clfer.runs.record import Run
from clfer.training.history import best_epoch
from components import chart, require, section
from views.learning_intensity_blocks import LOSSES


def render(run: Run) -> None:
    """Draw the card, with the control for the block."""
    with st.container(key="card-run-curves", border=True):
        feed = state.remembered(("run feed", str(run.path)), lambda: RunFeed(run.path))
        try:
            rows = feed.read()
            if not rows:
                section.title("Curves")
                section.hint("The first point appears when the first epoch has ended.")
                return
            history = over_seeds("", [curve_of_rows(run.path, run.name, run.config, rows)])
        except ClferError as error:
            section.error(error)
            return
        with st.container(key="run-curves-controls", horizontal=True, gap="medium"):
            names = list(LOSSES)
            state.adopt(state.INTENSITY_LOSS, names, names[0])
            chosen = st.segmented_control(
                "Gradient of", names, key=state.INTENSITY_LOSS, required=True
            )
            loss = LOSSES[str(chosen)]
            block = require.block()
        drawn = run_curves(
            history,
            best_epoch(rows),
            run.config.train.epochs,
            loss,
            block,
            state.theme(),
            narrow=state.narrow(),
        )
        section.title("Curves", drawn.alt)
        chart.show(drawn, "run-curves")
