"""What the numbers of a report cannot say."""

from clfer.report.blocks import Prose, Section, Subject

LIMITS = (
    "Both models were scored on the same faces, so the intervals and McNemar's test speak about "
    "these faces and those like them. They do not cover the chance of training: another seed gives "
    "another model, and a difference of one point between two single trainings can be that.",
    "The labels are votes of annotators on posed and found photographs. They say which expression "
    "people see, not what a person feels, and no model here can tell that either.",
    "Rare expressions have few faces; their intervals are wide, and means over classes weigh those "
    "few faces as heavily as the thousands of the frequent ones.",
    "Some faces of a validation split have an identical twin in the training split. Where a card "
    "states a de-duplicated accuracy, it is the one to quote.",
    "The epoch of a model was chosen on its validation split. On that split its accuracy is "
    "therefore slightly too high.",
    "Attention is one factor of a sum: a layer with little attention and long features can decide "
    "more than one with much. The shares of the logits are exact; the attention alone is not an "
    "explanation.",
)
"""One paragraph each."""


def limits(subject: Subject) -> Section:
    """The paragraphs, with what holds for this comparison alone first."""
    own = []
    same_seed = subject.a.card.config.seed == subject.b.card.config.seed
    seeds = f"{subject.a.card.config.seed} and {subject.b.card.config.seed}"
    own.append(
        f"One training of each model is compared (seed{'s' * (not same_seed)} "
        f"{subject.a.card.config.seed if same_seed else seeds})."
    )
    if subject.a.sha256 == subject.b.sha256:
        own.append("A and B are the same checkpoint.")
    absent = [
        name
        for i, name in enumerate(subject.comparison.classes)
        if not (subject.comparison.labels == i).any()
    ]
    if absent:
        own.append(f"There is no face of {', '.join(absent)} among the scored ones.")
    return Section("limits", "Limits", tuple(Prose(text) for text in (" ".join(own), *LIMITS)))
