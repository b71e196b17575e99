"""The Semantics view: the semantic groups of every block, over faces and over a whole split."""

from components import require, section
from selection import Selection, epoch_of
from views import semantics_blocks, semantics_faces, semantics_grid, semantics_statistics


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Semantics",
        "Which latent semantics the blocks of two networks respond to, where, and for whom.",
    )
    chosen = require.models()
    if chosen is None:
        return
    _say_own_epoch(chosen)
    columns = semantics_faces.choose(chosen)
    if columns:
        semantics_grid.render(chosen, columns)
    semantics_statistics.render(chosen)
    if columns:
        semantics_blocks.render(chosen, columns[semantics_faces.position(columns)])


def _say_own_epoch(chosen: Selection) -> None:
    """Weights are kept for a checkpoint's own epoch only, and maps need weights."""
    epochs = {side: chosen.model(side).card.epoch for side in require.SIDES}
    if any(epoch_of(chosen, side) != epoch for side, epoch in epochs.items()):
        section.hint(
            f"Maps and groups are those of epoch {epochs['A']} of A and {epochs['B']} of B; other "
            "epochs keep predictions and embeddings, but no weights."
        )
