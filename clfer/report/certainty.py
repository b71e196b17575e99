"""How sure both models are: calibration, and the threshold below which they give no answer."""

import pandas as pd

from clfer.analysis.calibration import Reliability, reliability
from clfer.analysis.threshold import threshold_effect
from clfer.expressions import UNKNOWN_THRESHOLD
from clfer.figures.calibration import reliability_diagrams
from clfer.figures.confusion_threshold import threshold_curves
from clfer.figures.confusion_words import threshold_sentence
from clfer.report.blocks import Prose, Section, Subject, Table
from clfer.sides import Side


def certainty(subject: Subject) -> Section:
    """Reliability diagrams with their bins, and accuracy against the threshold."""
    bins = {side: reliability(scored) for side, scored in subject.scores.items()}
    curves = {side: threshold_effect(scored) for side, scored in subject.scores.items()}
    here = {
        side: threshold_effect(scored, [UNKNOWN_THRESHOLD])
        for side, scored in subject.scores.items()
    }
    return Section(
        "calibration",
        "Calibration",
        (
            reliability_diagrams(bins, subject.theme),
            Table("Calibration", _summary(subject, bins)),
            *(
                Table(f"Bins of model {side}, 95 % Wilson intervals", _bins(found), folded=True)
                for side, found in bins.items()
            ),
            threshold_curves(curves, here, subject.theme),
            *(Prose(threshold_sentence(side, effect)) for side, effect in here.items()),
        ),
    )


def _summary(subject: Subject, bins: dict[Side, Reliability]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Model": subject.named(side),
                "Expected calibration error": f"{found.ece:.4f}",
                "Mean confidence − accuracy": f"{found.overconfidence:+.4f}".replace("-", "−"),
            }
            for side, found in bins.items()
        ]
    )


def _bins(found: Reliability) -> pd.DataFrame:
    rows = []
    for i, n in enumerate(found.count.tolist()):
        filled = n > 0
        rows.append(
            {
                "Confidence": f"{found.edges[i]:.3f} to {found.edges[i + 1]:.3f}",
                "Faces": f"{n:,}",
                "Mean confidence": f"{found.confidence[i]:.4f}" if filled else "–",
                "Accuracy": f"{found.accuracy[i]:.4f} ({found.low[i]:.4f} to {found.high[i]:.4f})"
                if filled
                else "–",
            }
        )
    return pd.DataFrame(rows)
