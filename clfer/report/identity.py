"""Which models a report is about: hashes, cards and the whole configuration of both."""

import pandas as pd

from clfer.analysis.card_facts import differences, figures, protocol
from clfer.models.card import Card
from clfer.report.blocks import Listing, Section, Subject, Table


def identity(subject: Subject) -> Section:
    """Models, their published figures, where they differ, and both configurations in full."""
    a, b = subject.a.card, subject.b.card
    changed, same = differences(a, b)
    return Section(
        "models",
        "Models",
        (
            Table("What was compared", _who(subject)),
            Table("Figures that the cards state, on the validation split", _metrics(a, b)),
            Table(
                f"Settings in which A and B differ; they agree in {same} more",
                pd.DataFrame(changed, columns=["Setting", "A", "B"]),
            ),
            *(
                Listing(f"Card and full configuration of model {side}", _card(model.card))
                for side, model in subject.models.items()
            ),
        ),
    )


def _card(card: Card) -> str:
    return card.model_dump_json(indent=2)


def _who(subject: Subject) -> pd.DataFrame:
    rows: dict[str, list[str]] = {}
    for side, model in subject.models.items():
        card = model.card
        facts = {
            "Checkpoint": card.name,
            "Title": card.title,
            "sha256 of weights and card": model.sha256,
            "Trained on": card.dataset,
            **protocol(card),
            "Epoch shown here": str(subject.scores[side].epoch),
        }
        for key, value in facts.items():
            rows.setdefault(key, []).append(value)
    return pd.DataFrame([(key, *values) for key, values in rows.items()], columns=["", "A", "B"])


def _metrics(a: Card, b: Card) -> pd.DataFrame:
    found: dict[str, dict[str, str]] = {}
    for side, card in (("A", a), ("B", b)):
        for figure in figures(card):
            text = f"{figure.value:.4f}"
            if figure.interval is not None:
                low, high = figure.interval
                text += f" ({low:.4f} to {high:.4f}, n = {figure.n:,})"
            found.setdefault(figure.title, {})[side] = text
    return pd.DataFrame(
        [(title, row.get("A", "–"), row.get("B", "–")) for title, row in found.items()],
        columns=["Figure", "A", "B"],
    )
