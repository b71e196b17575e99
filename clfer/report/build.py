"""The report of a comparison, section by section."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from clfer.analysis.comparison import Comparison
from clfer.errors import ConfigError
from clfer.figures.theme import Theme
from clfer.models.checkpoint import Checkpoint
from clfer.report.blocks import Section, Subject
from clfer.report.certainty import certainty
from clfer.report.identity import identity
from clfer.report.layers import layers
from clfer.report.limits import limits
from clfer.report.neighbourhoods import neighbourhoods
from clfer.report.numbers import numbers
from clfer.report.page import page
from clfer.report.training import training
from clfer.report.verdicts import verdicts

_BUILDERS: dict[str, Callable[[Subject], Section]] = {
    "models": identity,
    "confusion": verdicts,
    "calibration": certainty,
    "attention": layers,
    "intensity": training,
    "embeddings": neighbourhoods,
    "limits": limits,
}

SECTIONS: tuple[str, ...] = tuple(_BUILDERS)
"""All sections in the order of the report."""


def build_report(
    comparison: Comparison,
    checkpoints: tuple[Checkpoint, Checkpoint],
    sections: Sequence[str] = SECTIONS,
    theme: Theme = "light",
) -> bytes:
    """One HTML file that opens without network: figures, tables, hashes and configuration.

    It holds names of faces at most, never their pixels.

    Args:
        comparison: Both models on the same faces.
        checkpoints: Models A and B.
        sections: Which of :data:`SECTIONS`; they keep the order of the report.
        theme: Of the figures; the page follows the reader's own.

    Raises:
        ConfigError: there is no such section.
    """
    unknown = [name for name in sections if name not in _BUILDERS]
    if unknown:
        raise ConfigError(
            f"A report has no section '{unknown[0]}': choose from {', '.join(SECTIONS)}."
        )
    subject = Subject(comparison, *checkpoints, theme)
    built = [make(subject) for name, make in _BUILDERS.items() if name in sections]
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return page(subject, built, numbers(subject), moment).encode()
