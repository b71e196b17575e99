"""How right both models are: accuracy, confusion matrices, McNemar's test, scores per class."""

import pandas as pd

from clfer.analysis.confusion import MATRICES, Confusions, Matrix, confusions
from clfer.analysis.mcnemar import McNemar, mcnemar, mcnemar_per_class
from clfer.analysis.per_class import overall, per_class
from clfer.analysis.score_changes import score_changes
from clfer.figures.confusion import confusion_matrices
from clfer.figures.confusion_flips import flip_bars
from clfer.figures.confusion_words import macro_sentence, mcnemar_sentence, p_text
from clfer.figures.per_class import per_class_dots, per_class_table
from clfer.report.blocks import Prose, Section, Subject, Table

_NAMES: dict[Matrix, str] = {"A": "A", "B": "B", "diff": "B − A"}


def verdicts(subject: Subject) -> Section:
    """Accuracies, the three matrices, the test between the models, and scores per expression."""
    comparison, theme = subject.comparison, subject.theme
    counted = confusions(comparison)
    test, tests = mcnemar(comparison), mcnemar_per_class(comparison)
    scores = per_class(comparison)
    return Section(
        "confusion",
        "Verdicts",
        (
            Prose(mcnemar_sentence(test)),
            Prose(macro_sentence(score_changes([comparison]))),
            Table(f"Scores on {subject.faces}, 95 % Wilson intervals", accuracies(subject)),
            confusion_matrices(counted, "rows", theme),
            *(
                Table(f"Faces of {_NAMES[m]}: true expression in rows", _counts(counted, m))
                for m in MATRICES
            ),
            flip_bars(tests, theme),
            Table("McNemar's exact test; p per expression adjusted by Holm", _tests(test, tests)),
            per_class_dots(scores, theme),
            Table("Precision, recall and F1 with 95 % intervals", per_class_table(scores)),
        ),
    )


def accuracies(subject: Subject) -> pd.DataFrame:
    """One row per model with its overall scores."""
    rows = []
    for side, scored in subject.scores.items():
        found = overall(scored)
        low, high = found.accuracy_interval
        rows.append(
            {
                "Model": subject.named(side),
                "n": f"{found.n:,}",
                "Accuracy (%)": f"{100 * found.accuracy:.2f} ({100 * low:.2f} to {100 * high:.2f})",
                "Mean class accuracy (%)": f"{100 * found.mean_class_accuracy:.2f}",
                "Macro F1": f"{found.macro_f1:.4f}",
                "ECE": f"{found.ece:.4f}",
            }
        )
    return pd.DataFrame(rows)


def _counts(counted: Confusions, matrix: Matrix) -> pd.DataFrame:
    form = "{:+,}" if matrix == "diff" else "{:,}"
    counts = counted.counts(matrix)
    frame = pd.DataFrame({"True": [name.capitalize() for name in counted.classes]})
    for column, name in enumerate(counted.classes):
        frame[name.capitalize()] = [
            form.format(value).replace("-", "−") if value else "0"
            for value in counts[:, column].tolist()
        ]
    return frame


def _tests(every: McNemar, tests: dict[str, McNemar]) -> pd.DataFrame:
    rows = []
    for name, test in [("All", every), *tests.items()]:
        low, high = test.interval()
        rows.append(
            {
                "Expression": name.capitalize(),
                "n": f"{test.n:,}",
                "Both right": f"{test.right:,}",
                "Fixed by B": f"{test.fixed:,}",
                "Broken by B": f"{test.broken:,}",
                "Both wrong": f"{test.wrong:,}",
                "Accuracy B − A (points)": _signed(test.difference, low, high),
                "p": p_text(test.p_value).removeprefix("p = ").removeprefix("p "),
            }
        )
    return pd.DataFrame(rows)


def _signed(value: float, low: float, high: float) -> str:
    text = f"{100 * value:+.2f} ({100 * low:+.2f} to {100 * high:+.2f})"
    return text.replace("-", "−")
