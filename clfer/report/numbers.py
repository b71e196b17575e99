"""The numbers of a comparison in full precision, for programs that read a report."""

from dataclasses import asdict
from typing import Any

import clfer
from clfer.analysis.confusion import confusions
from clfer.analysis.mcnemar import mcnemar
from clfer.analysis.per_class import overall
from clfer.analysis.score_changes import score_changes
from clfer.report.blocks import Subject


def numbers(subject: Subject) -> dict[str, Any]:
    """What the tables say, as JSON: names and keys are those of ``clfer evaluate --json``."""
    comparison = subject.comparison
    counted, test = confusions(comparison), mcnemar(comparison)
    models = {}
    for side, model in subject.models.items():
        scored = subject.scores[side]
        found = overall(scored)
        models[side] = {
            "name": model.card.name,
            "sha256": model.sha256,
            "epoch": scored.epoch,
            "n": found.n,
            "accuracy": found.accuracy,
            "accuracy_interval": list(found.accuracy_interval),
            "mean_class_accuracy": found.mean_class_accuracy,
            "macro_f1": found.macro_f1,
            "ece": found.ece,
            "confusion": counted.counts(side).tolist(),
        }
    return {
        "clfer": clfer.__version__,
        "dataset": comparison.dataset,
        "split": comparison.split,
        "classes": list(comparison.classes),
        "models": models,
        "mcnemar": {
            "both_right": test.right,
            "fixed_by_b": test.fixed,
            "broken_by_b": test.broken,
            "both_wrong": test.wrong,
            "p": test.p_value,
        },
        "changes": asdict(score_changes([comparison])),
    }
