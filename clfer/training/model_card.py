"""The model card of a checkpoint, in Markdown."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clfer.analysis.metrics import wilson_interval
from clfer.config import Config, DataConfig, load_preset, preset_names
from clfer.config.parameters import override
from clfer.config.written import differences
from clfer.data.faceset import FaceSet
from clfer.data.listing import UNUSED
from clfer.models.card import Card
from clfer.training.epochs import TrainingFaces
from clfer.training.machine import Machine, in_words
from clfer.training.method_curves import method_parts


class Rival(NamedTuple):
    """Another run under the same protocol.

    Attributes:
        config: Its configuration.
        history: One row per finished epoch.
    """

    config: Config
    history: list[dict[str, Any]]


def model_card(
    card: Card,
    history: list[dict[str, Any]],
    faces: TrainingFaces,
    rivals: Sequence[Rival],
    machines: Sequence[Machine] = (),
) -> str:
    """Data, protocol, figures with intervals, intended use and limits."""
    parts = [_head(card), _protocol(card, faces) + _effort(history, machines), _figures(card)]
    if rivals:
        parts.append(_comparison(card, history, rivals))
    parts += method_parts(card.config, history)
    parts.append(_use())
    return "\n".join(parts)


def _head(card: Card) -> str:
    return (
        f"# {card.name}\n\n{card.title}. Trained with CLFER {card.code_version}, {card.created}.\n"
    )


def _protocol(card: Card, faces: TrainingFaces) -> str:
    config, train = card.config, card.config.train
    phases = ", then ".join(
        f"{epochs} epoch{'s' * (epochs > 1)} at {side} px" for side, epochs in train.sizes
    )
    fresh = ""
    if train.last_phase_rate is not None:
        fresh = f" (the last phase starts anew at {train.last_phase_rate})"
    labels = "majority labels" if faces.train.targets is None else "soft labels from the votes"
    reduction = "".join(f"\n  {said}" for said in _reduction(config.data, faces.train))
    return f"""## Data and protocol

- Training: {config.data.name}, train split, {len(faces.train):,} faces, {labels}.{reduction}
- Selection: validation split, {len(faces.valid):,} faces; the best epoch at the final image size
  (epoch {card.epoch} of {train.epochs}). The test split was not used.
- Method: {card.method}; encoder ResNet-18, start `{config.model.init}`, seed {config.seed},
  preset `{config.preset}`{_changes(config)}.
- Images: {phases}; colour mode {card.preprocess.colour}.
- Optimiser: {train.optimiser}, peak learning rate {train.learning_rate}, {train.schedule}
  schedule{fresh}, batch {train.batch}, moving average of the weights {train.average}.
"""


def _changes(config: Config) -> str:
    """What differs from the preset and is told nowhere else in the card."""
    if config.preset not in preset_names():
        return ""
    found = differences(config, load_preset(config.preset))
    said = [
        f"\n  `{override(key, value)}`"
        for key, (value, _) in found.items()
        if key not in ("seed", "model.msr") and not key.startswith("data.")
        if not key.endswith(".enabled")
    ]
    return " with" + ",".join(said) if said else ""


def _effort(history: list[dict[str, Any]], machines: Sequence[Machine]) -> str:
    """Hardware and time, the time of starts that broke off not counted."""
    if not machines:
        return ""
    minutes = sum(row["seconds"] for row in history) / 60
    time = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
    return f"- Hardware: {in_words(machines)}. Time: {time}.\n"


def _reduction(data: DataConfig, train: FaceSet) -> Iterator[str]:
    """What was taken away from the training faces, a sentence each."""
    if data.reduce is not None:
        yield f"Of the expression {data.reduce}, {data.keep:.0%} of the faces are among them."
    hidden = int((train.labels == UNUSED).sum())
    if hidden:
        yield f"The label of {hidden:,} of them was not used."
    elif data.labelled < 1:
        yield f"They are {data.labelled:.0%} of the faces; the others were left out."


def _figures(card: Card) -> str:
    metrics = card.metrics
    rows = [_share("Accuracy", metrics["accuracy"], int(metrics["n"]))]
    if "accuracy_deduplicated" in metrics:
        count = int(metrics["n_deduplicated"])
        rows.append(
            _share(
                "Accuracy, faces without a twin in train", metrics["accuracy_deduplicated"], count
            )
        )
    rows += [
        f"| Mean class accuracy | {metrics['mean_class_accuracy']:.4f} | | |",
        f"| Macro F1 | {metrics['macro_f1']:.4f} | | |",
        f"| Expected calibration error | {metrics['ece']:.4f} | | |",
    ]
    table = "\n".join(rows)
    return f"""## Figures on the validation split

| figure | value | 95 % interval (Wilson) | n |
|---|---|---|---|
{table}
"""


def _comparison(card: Card, history: list[dict[str, Any]], rivals: Sequence[Rival]) -> str:
    names = " | ".join(_column(rival.config, card.config) for rival in rivals)
    lines = [
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} | "
        + " | ".join(_accuracy_at(rival, index) for rival in rivals)
        + " |"
        for index, row in enumerate(history)
    ]
    rows = "\n".join(lines)
    return f"""## Against other methods at the same budget

Validation accuracy after each epoch of the same schedule, recipe and data; one run each.

| epoch | side | {_run_name(card.config)} | {names} |
|---|---|---|{"---|" * len(rivals)}
{rows}
"""


def _column(config: Config, own: Config) -> str:
    """Method and seed; where these are the card's own, also what else the other run has."""
    name = _run_name(config)
    if name != _run_name(own):
        return name
    found = differences(config, own)
    return ", ".join(
        (name, *(override(key, value) for key, (value, _) in found.items() if key != "data.root"))
    )


def _run_name(config: Config) -> str:
    return f"{config.method}, seed {config.seed}"


def _accuracy_at(rival: Rival, index: int) -> str:
    if index >= len(rival.history):
        return "not trained so far"
    return f"{rival.history[index]['valid_accuracy']:.4f}"


def _share(name: str, share: float, count: int) -> str:
    low, high = wilson_interval(round(share * count), count)
    return f"| {name} | {share:.4f} | {low:.4f} – {high:.4f} | {count:,} |"


def _use() -> str:
    return """## Intended use and limits

For research on facial expression recognition, for teaching, and for looking into networks.

- An expression is not an emotion: the model names what a face shows, by the vote of annotators,
  not what a person feels.
- Not for decisions about people: not for hiring, schooling, policing, borders, credit or health.
- The training faces are web photos of FER2013 with crowd-sourced labels, or as named above; their
  age, gender and skin-tone balance is unknown and uneven, and so are the errors.
- Rare expressions (disgust, contempt) are recognised far less reliably than the accuracy says.
- Profile views, strong occlusion, drawings and crops unlike the training faces are out of scope.
"""
