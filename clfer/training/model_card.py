"""The model card of a checkpoint, in Markdown."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clfer.analysis.metrics import wilson_interval
from clfer.config import Config, DataConfig, ScnConfig, SimSiamConfig
from clfer.data.faceset import FaceSet
from clfer.data.listing import UNUSED
from clfer.models.card import Card
from clfer.training.epochs import TrainingFaces
from clfer.training.machine import Machine


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
    if card.config.clfm.enabled or card.config.clbs.enabled:
        parts.append(_contrastive(history))
    if card.config.scn.enabled:
        parts.append(_self_cure(card.config.scn, history))
    if card.config.simsiam.enabled:
        parts.append(_two_views(card.config.simsiam, history))
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
  preset `{config.preset}`.
- Images: {phases}; colour mode {card.preprocess.colour}.
- Optimiser: {train.optimiser}, peak learning rate {train.learning_rate}, {train.schedule}
  schedule{fresh}, batch {train.batch}, moving average of the weights {train.average}.
"""


def _effort(history: list[dict[str, Any]], machines: Sequence[Machine]) -> str:
    """Hardware and time, the time of starts that broke off not counted."""
    if not machines:
        return ""
    minutes = sum(row["seconds"] for row in history) / 60
    time = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
    used = "; then ".join(dict.fromkeys(machine.in_words for machine in machines))
    return f"- Hardware: {used}. Time: {time}.\n"


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
    names = " | ".join(f"{r.config.method}, seed {r.config.seed}" for r in rivals)
    lines = [
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} | "
        + " | ".join(_accuracy_at(rival, index) for rival in rivals)
        + " |"
        for index, row in enumerate(history)
    ]
    rows = "\n".join(lines)
    return f"""## Against other methods at the same budget

Validation accuracy after each epoch of the same schedule, recipe and data; one run each.

| epoch | side | {card.method}, seed {card.config.seed} | {names} |
|---|---|---|{"---|" * len(rivals)}
{rows}
"""


def _accuracy_at(rival: Rival, index: int) -> str:
    if index >= len(rival.history):
        return "not trained so far"
    return f"{rival.history[index]['valid_accuracy']:.4f}"


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


def _self_cure(scn: ScnConfig, history: list[dict[str, Any]]) -> str:
    lines = "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} | {row['loss_rank']:.4f} "
        f"| {row['alpha_high']:.3f} | {row['alpha_low']:.3f} | {row['relabelled']:,.0f} "
        f"| {row['relabelled_total']:,.0f} |"
        for row in history
    )
    return f"""## SCN over the epochs

Logits are scaled by the certainty α of the face, in prediction too. The {scn.share:.0%} of a batch
of highest α are to lead the rest by {scn.margin:g}; from epoch {scn.relabel_from} on a face is
relabelled where another class is more probable by more than {scn.relabel_margin:g}.

| epoch | side | accuracy | rank loss | mean α, high | mean α, low | relabelled | in all |
|---|---|---|---|---|---|---|---|
{lines}
"""


def _two_views(simsiam: SimSiamConfig, history: list[dict[str, Any]]) -> str:
    lines = "\n".join(
        f"| {row['epoch']} | {row['side']} | {row['valid_accuracy']:.4f} "
        f"| {row['loss_simsiam']:.4f} | {row['simsiam_std']:.4f} |"
        for row in history
    )
    return f"""## SimSiam over the epochs

Spread is the standard deviation of z/‖z‖, mean over its {simsiam.projector} dimensions:
{simsiam.projector**-0.5:.4f} where the projections are spread evenly, 0 where they have collapsed.

| epoch | side | accuracy | loss | spread |
|---|---|---|---|---|
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
