"""Gradient norms of single faces: where they come from, and which epoch they are of."""

from dataclasses import replace

import selection
from clfer.analysis.intensity_summary import IntensitySummary, Loss, summarise
from clfer.analysis.scored import ScoredFaces
from clfer.errors import ClferError
from clfer.sides import Side
from components import require, section
from selection import Selection


def summaries(chosen: Selection, loss: Loss) -> dict[Side, IntensitySummary]:
    """Summary of each model at its own epoch; empty where faces must be scored first."""
    found: dict[Side, ScoredFaces] = {}
    for side in require.SIDES:
        own = replace(chosen, epoch=chosen.model(side).card.epoch)
        try:
            scored = selection.scores(own, side)
        except ClferError as error:
            section.error(error)
            return {}
        if scored is None:
            return {}
        found[side] = scored
    return summarise(found, loss)


def say_why_none(chosen: Selection) -> None:
    """The way to per-face gradients: scores that were never computed, or tables without them."""
    if require.comparison() is not None:
        section.hint(
            "The published tables of these models hold no gradients of single faces: choose "
            f"another split than {chosen.split} in the sidebar to measure them."
        )


def say_which_epoch(chosen: Selection) -> None:
    """Gradients of single faces exist for the published weights alone."""
    own = {side: chosen.model(side).card.epoch for side in require.SIDES}
    if chosen.epoch is None or set(own.values()) == {chosen.epoch}:
        return
    shown = " and ".join(f"{side}'s own epoch {number}" for side, number in own.items())
    section.hint(f"No gradients of single faces were kept at epoch {chosen.epoch}; shown: {shown}.")
