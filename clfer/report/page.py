"""A report as HTML: one page with its style, its script and Plotly inside."""

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

import clfer
from clfer.figures.chart import Chart
from clfer.figures.theme import palette
from clfer.report.blocks import Block, Listing, Prose, Section, Subject
from clfer.report.table import table_html

_FOLDER = Path(__file__).resolve().parent


def page(
    subject: Subject, sections: Sequence[Section], numbers: dict[str, Any], moment: str
) -> str:
    """The whole document.

    Args:
        subject: What it is about.
        sections: Its content.
        numbers: What programs shall read, as JSON.
        moment: When it was made.
    """
    a, b = (model.card.title for model in subject.models.values())
    return Template(_read("page.html")).substitute(
        title=escape(f"{b} against {a} on {subject.faces}"),
        facts=escape(_facts(subject, moment)),
        style=_style(subject),
        contents="\n".join(f'<li><a href="#{s.key}">{escape(s.title)}</a></li>' for s in sections),
        main="\n".join(_section(section) for section in sections),
        numbers=_json(numbers),
        figures=_json(_figures(sections)),
        plotly=get_plotlyjs(),
        draw=_read("draw.js"),
    )


def _facts(subject: Subject, moment: str) -> str:
    comparison = subject.comparison
    epochs = {side: scored.epoch for side, scored in subject.scores.items()}
    return (
        f"{len(comparison):,} faces, {len(comparison.classes)} expressions; A at epoch "
        f"{epochs['A']}, B at epoch {epochs['B']}. Written {moment} by CLFER {clfer.__version__}."
    )


def _section(section: Section) -> str:
    body = "\n".join(_block(block) for block in section.blocks)
    return f'<section id="{section.key}"><h2>{escape(section.title)}</h2>\n{body}\n</section>'


def _block(block: Block) -> str:
    if isinstance(block, Prose):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Chart):
        return _chart(block)
    if isinstance(block, Listing):
        return _folded(block.title, f"<pre>{escape(block.text)}</pre>")
    drawn = table_html(block)
    return _folded(block.title, drawn) if block.folded else drawn


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def _chart(chart: Chart) -> str:
    """The place of a chart; a caption may hold markup, the finding is plain text."""
    return (
        f'<figure class="chart"><div class="plot" id="chart-{chart.name}" role="img" '
        f'aria-label="{escape(chart.alt)}" style="height:{chart.figure.layout.height}px"></div>'
        f"<figcaption>{chart.caption}<span>{escape(chart.alt)}</span></figcaption></figure>"
    )


def _figures(sections: Sequence[Section]) -> dict[str, Any]:
    return {f"chart-{chart.name}": chart.figure.to_plotly_json() for chart in _charts(sections)}


def _charts(sections: Sequence[Section]) -> Iterator[Chart]:
    for section in sections:
        yield from (block for block in section.blocks if isinstance(block, Chart))


def _json(value: Any) -> str:
    """JSON that cannot close the script element it stands in."""
    return str(to_json_plotly(value)).replace("<", "\\u003c")


def _style(subject: Subject) -> str:
    light, dark, figures = palette("light"), palette("dark"), palette(subject.theme)
    return Template(_read("page.css")).substitute(
        {f"l_{key}": getattr(light, key) for key in _COLOURS}
        | {f"d_{key}": getattr(dark, key) for key in _COLOURS}
        | {"figure_card": figures.card, "figure_muted": figures.muted}
    )


_COLOURS = ("page", "card", "text", "muted", "outline", "accent")


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
