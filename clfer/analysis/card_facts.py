"""What a card says, in words and with intervals, and where two cards differ."""

from typing import Any, NamedTuple

from clfer.analysis.metrics import wilson_interval
from clfer.models.card import Card

_TITLES = {
    "accuracy": "Accuracy",
    "accuracy_deduplicated": "Accuracy, faces without a twin in train",
    "mean_class_accuracy": "Mean class accuracy",
    "macro_f1": "Macro F1",
    "ece": "Expected calibration error",
}
_COUNTS = {"accuracy": "n", "accuracy_deduplicated": "n_deduplicated"}
"""A share of faces has a Wilson interval; the other figures are means over classes or bins."""

ABSENT = "–"


class Figure(NamedTuple):
    """A figure of a card.

    Attributes:
        title: Its name.
        value: In [0, 1].
        n: Faces it is a share of; None where it is no share or the card does not say.
        interval: Wilson's 95 % interval; None like n.
    """

    title: str
    value: float
    n: int | None
    interval: tuple[float, float] | None


class Difference(NamedTuple):
    """A setting in which two cards differ.

    Attributes:
        setting: Key with dots, e.g. ``train.batch``.
        a: Value of model A as text.
        b: Value of model B as text.
    """

    setting: str
    a: str
    b: str


def figures(card: Card) -> list[Figure]:
    """The figures on the validation split that a card states, in a fixed order."""
    return [_figure(card, key) for key in _TITLES if key in card.metrics]


def differences(a: Card, b: Card) -> tuple[list[Difference], int]:
    """Settings of data, input and configuration in which two cards differ, and how many agree."""
    first, second = _settings(a), _settings(b)
    keys = list(dict.fromkeys([*first, *second]))
    pairs = [(key, first.get(key, ABSENT), second.get(key, ABSENT)) for key in keys]
    found = [Difference(*pair) for pair in pairs if pair[1] != pair[2]]
    return found, len(pairs) - len(found)


def protocol(card: Card) -> dict[str, str]:
    """Method, data, input and training of a model, each as a short text."""
    config, train = card.config, card.config.train
    phases = ", ".join(f"{epochs} at {side} px" for side, epochs in train.sizes)
    stored = "" if card.face_side is None else f", faces stored at {card.face_side} px"
    return {
        "Method": card.method,
        "Expressions": f"{len(card.classes)}: {', '.join(card.classes)}",
        "Input": f"{card.preprocess.side} px, {card.preprocess.colour}{stored}",
        "Labels": config.data.mode,
        "Protocol": f"preset {config.preset}, start {config.model.init}, {train.optimiser}, "
        f"{train.schedule}, batch {train.batch}",
        "Epochs": f"{card.epoch} of {train.epochs} ({phases})",
        "Seed": str(config.seed),
        "Written": f"CLFER {card.code_version}, {card.created}",
    }


def _figure(card: Card, key: str) -> Figure:
    value, count = card.metrics[key], card.metrics.get(_COUNTS.get(key, ""))
    if not count:
        return Figure(_TITLES[key], value, None, None)
    n = int(count)
    return Figure(_TITLES[key], value, n, wilson_interval(round(value * n), n))


def _settings(card: Card) -> dict[str, str]:
    """All that was chosen for a run, flat; metrics and template are results, not choices."""
    plain = card.model_dump(mode="json")
    chosen = {key: plain[key] for key in ("dataset", "classes", "face_side")}
    return _flat({**chosen, "input": plain["preprocess"], **plain["config"], "epoch": card.epoch})


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = _text(value)
    return flat


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.4g}"
    return ABSENT if value is None else str(value)
