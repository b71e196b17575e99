"""The model card of a checkpoint, in Markdown."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from clfer.analysis.metrics import wilson_interval
from clfer.config import Config
from clfer.models.card import Card
from clfer.training.epochs import TrainingFaces


class Rival(NamedTuple):
    """Another run at the same budget.

    Attributes:
        config: Its configuration.
        accuracy: Its best validation accuracy at the final image side.
        epochs: Its finished epochs.
    """

    config: Config
    accuracy: float
    epochs: int


def model_card(
    card: Card, history: list[dict[str, Any]], faces: TrainingFaces, rivals: Sequence[Rival]
) -> str:
    """Data, protocol, figures with intervals, intended use and limits."""
    parts = [_head(card), _protocol(card, faces), _figures(card, rivals)]
    if card.config.clfm.enabled or card.config.clbs.enabled:
        parts.append(_contrastive(history))
    parts.append(_use())
    return "\n".join(parts)


def _head(card: Card) -> str:
    return (
        f"# {card.name}\n\n{card.title}. Trained with CLFER {card.code_version}, {card.created}.\n"
    )


def _protocol(card: Card, faces: TrainingFaces) -> str:
    config, train = card.config, card.config.train
    phases = ", then ".join(f"{epochs} epochs at {side} px" for side, epochs in train.sizes)
    labels = "majority labels" if faces.train.targets is None else "soft labels from the votes"
    return f"""## Data and protocol

- Training: {config.data.name}, train split, {len(faces.train):,} faces, {labels}.
- Selection: validation split, {len(faces.valid):,} faces; the best epoch at the final image size
  (epoch {card.epoch} of {train.epochs}). The test split was not used.
- Method: {card.method}; encoder ResNet-18, start `{config.model.init}`, seed {config.seed},
  preset `{config.preset}`.
- Images: {phases}; colour mode {card.preprocess.colour}.
- Optimiser: {train.optimiser}, peak learning rate {train.learning_rate}, {train.schedule}
  schedule, batch {train.batch}, moving average of the weights {train.average}.
"""


def _figures(card: Card, rivals: Sequence[Rival]) -> str:
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
    text = f"""## Figures on the validation split

| figure | value | 95 % interval (Wilson) | n |
|---|---|---|---|
{table}
"""
    if rivals:
        lines = "\n".join(
            f"- {rival.config.method}: {rival.accuracy:.4f} after {rival.epochs} epochs, "
            f"seed {rival.config.seed}"
            for rival in rivals
        )
        text += f"\nOther methods at the same budget, validation accuracy:\n\n{lines}\n"
    return text


def _share(name: str, share: float, count: int) -> str:
    low, high = wilson_interval(round(share * count), count)
    return f"| {name} | {share:.4f} | {low:.4f} – {high:.4f} | {count:,} |"


def _contrastive(history: list[dict[str, Any]]) -> str:
    lines = "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} | {row['loss_fm']:.4f} "
        f"| {row['fm_similarity']:.3f} | {row['fm_nonempty']:.2f} | {row['loss_bs']:.4f} "
        f"| {row['bs_similarity']:.3f} | {row['bs_nonempty']:.2f} |"
        for row in history
    )
    return f"""## Contrastive losses over the epochs

Cosines are those of shallow centres and deep centroids (Eq. 6, 7); non-empty groups are means
over faces (CLFM) and over batches (CLBS).

| epoch | side | accuracy | L_fm | cosine | non-empty groups | L_bs | cosine | non-empty |
|---|---|---|---|---|---|---|---|---|
{lines}
"""


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
