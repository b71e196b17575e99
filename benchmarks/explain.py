"""Row explain: one face, both models, all default panels of the Face view, warm."""

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.frame import Measurement, alone
from clfer.analysis.attention import AttentionDistribution, attention_distribution
from clfer.analysis.crops import crop_face, default_detector
from clfer.analysis.explain import explain_attribution, explain_groups, explain_intensity
from clfer.analysis.predict import FacePrediction, predict_cropped
from clfer.expressions import ordered
from clfer.faces import SAMPLES, load_sample
from clfer.figures.attention import LayerAttention, attention_dots
from clfer.figures.attribution import attribution_maps
from clfer.figures.chart import Chart
from clfer.figures.contributions import contribution_bars
from clfer.figures.intensity import block_intensity, group_intensity
from clfer.figures.probabilities import probability_bars
from clfer.figures.semantics import group_maps
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.sides import Side

TARGET = 1.0
DEEPEST = 4

Models = dict[Side, Checkpoint]
Verdicts = dict[Side, FacePrediction]
Result = TypeVar("Result")


def run(repeats: int) -> Measurement:
    """Seconds from a decoded photo to the charts that the page sends to the browser.

    Args:
        repeats: Explanations of the same photo, each from its pixels, after a first one.
    """
    models: Models = {
        "A": load_checkpoint("ferplus-baseline"),
        "B": load_checkpoint("ferplus-ours"),
    }
    photo = load_sample(next(iter(SAMPLES)))
    table = models["B"].table("faces")
    # The app keeps it as well.
    others = None if table is None else attention_distribution(table)
    _explain(models, photo, others, {})
    values: list[float] = []
    parts: dict[str, list[float]] = {}
    for _ in range(repeats):
        start = time.perf_counter()
        _explain(models, photo, others, parts)
        values.append(time.perf_counter() - start)
    return Measurement(
        "explain",
        "seconds",
        values,
        TARGET,
        "Face detection, verdicts, layers, semantic groups, learning intensity and Grad-CAM of a "
        "512-pixel photo, A and B, with their charts as JSON and CSV.",
        {f"seconds_{part}": statistics.median(found) for part, found in parts.items()},
    )


def _explain(
    models: Models,
    photo: NDArray[np.uint8],
    others: AttentionDistribution | None,
    parts: dict[str, list[float]],
) -> None:
    def timed(part: str, compute: Callable[[], Result]) -> Result:
        start = time.perf_counter()
        result = compute()
        parts.setdefault(part, []).append(time.perf_counter() - start)
        return result

    verdicts = timed("detection_and_verdicts", lambda: _verdicts(models, photo))
    charts = [
        *timed("layer_charts", lambda: _layers(models, verdicts, others)),
        *timed("semantics", lambda: _semantics(models, verdicts)),
        *timed("learning_intensity", lambda: _intensity(models, verdicts)),
        *timed("attribution", lambda: _attribution(models, verdicts)),
    ]
    timed("json_and_csv", lambda: [(chart.figure.to_json(), chart.csv()) for chart in charts])


def _verdicts(models: Models, photo: NDArray[np.uint8]) -> Verdicts:
    face = default_detector().detect(photo)[0]
    return {
        side: predict_cropped(model, [crop_face(model, photo, face)])[0]
        for side, model in models.items()
    }


def _layers(
    models: Models, verdicts: Verdicts, others: AttentionDistribution | None
) -> list[Chart]:
    rows = ordered(models["A"].card.classes)
    charts = [probability_bars(v.probabilities, rows, "light", s) for s, v in verdicts.items()]
    ours = verdicts["B"]
    shares, bias = ours.centred() or ({}, {})
    attention = LayerAttention("B", ours.attention or (), ours.attention_norm or (), others)
    values, offsets = np.array(list(shares.values())), np.array(list(bias.values()))
    charts.append(attention_dots([attention], "light"))
    charts.append(contribution_bars(values, offsets, list(shares), "light", "B"))
    return charts


def _semantics(models: Models, verdicts: Verdicts) -> list[Chart]:
    maps = {s: explain_groups(m, verdicts[s].crop, DEEPEST) for s, m in models.items()}
    largest = max(float(found.mean_maps.max()) for found in maps.values())
    return [group_maps(m, verdicts[s].view, largest, "light", s) for s, m in maps.items()]


def _intensity(models: Models, verdicts: Verdicts) -> list[Chart]:
    found = {s: explain_intensity(m, verdicts[s].crop) for s, m in models.items()}
    words = "the classification loss"
    return [block_intensity(found, words, "light"), group_intensity(found, words, "light")]


def _attribution(models: Models, verdicts: Verdicts) -> list[Chart]:
    charts = []
    for side, model in models.items():
        own = verdicts[side]
        maps = explain_attribution(model, own.crop, "grad-cam", own.expression).maps
        limits = [float(np.abs(values).max()) or 1.0 for values in maps]
        charts.append(
            attribution_maps(
                maps, limits, own.view, "Grad-CAM", own.expression, "light", side, signed=False
            )
        )
    return charts


if __name__ == "__main__":
    alone(run)
