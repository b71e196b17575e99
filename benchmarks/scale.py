"""Row scale: what more faces cost, and how long a list of 284,000 images takes to open."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.frame import Measurement, alone
from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.confusion import confusions
from clfer.analysis.mcnemar import mcnemar, mcnemar_per_class
from clfer.analysis.metrics import confusion_matrix, expected_calibration_error, macro_f1
from clfer.analysis.neighbours import nearest_to, separation, shared_neighbours
from clfer.analysis.per_class import per_class
from clfer.analysis.projection import FITTED, completed, fitted_rows, pca
from clfer.analysis.scored import ScoredFaces
from clfer.data.labels import load_labels
from clfer.expressions import EXPRESSIONS

SIZES = (1_000, 10_000, 100_000)
LINEAR = 1.25
"""Seconds a face at the largest size over those at the size before: one, and room for chance."""

IMAGES = 284_000
OPEN_SECONDS = 3.0

LANDMARKS = 68
"""Points that every row of AffectNet carries: most of its bytes."""

WIDTH = 128
"""Of the embedding."""

Analyses = dict[str, Callable[[Comparison], object]]


def run(repeats: int) -> Measurement:
    """Growth of the time a face from 10,000 to 100,000 faces, analysis by analysis.

    The network itself sees every face once, whatever their number; it is left out.

    Args:
        repeats: Measurements of every analysis at every size.
    """
    seconds = {name: {n: [] for n in SIZES} for name in _ANALYSES}  # type: ignore[var-annotated]
    for n in SIZES:
        faces = compare(_scores(n, 0), _scores(n, 1))
        for _ in range(repeats):
            for name, analysis in _ANALYSES.items():
                seconds[name][n].append(_timed(lambda: analysis(faces)))  # noqa: B023
    smaller, larger = SIZES[1:]
    growth = {
        name: [
            (b / larger) / (a / smaller) for a, b in zip(found[smaller], found[larger], strict=True)
        ]
        for name, found in seconds.items()
    }
    worst = max(growth, key=lambda name: float(np.median(growth[name])))
    placing = _timed(lambda: _completion(faces))
    opened = _opening(repeats)
    return Measurement(
        "scale",
        "ratio",
        growth[worst],
        LINEAR,
        f"Seconds a face at {larger:,} over those at {smaller:,} faces; the analysis that grows "
        f"fastest: {worst}. t-SNE and UMAP are fitted on {FITTED:,} faces at most.",
        {
            name: {str(n): float(np.median(values)) for n, values in found.items()}
            for name, found in seconds.items()
        }
        | {f"seconds_placing_{larger - FITTED}_faces": placing},
        (
            Measurement(
                f"manifest of {IMAGES:,}",
                "seconds",
                opened,
                OPEN_SECONDS,
                "Labels of an AffectNet training.csv, generated, its images absent.",
            ),
        ),
    )


def _scores(n: int, seed: int) -> ScoredFaces:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % len(EXPRESSIONS)
    logits = rng.normal(size=(n, len(EXPRESSIONS)))
    logits[np.arange(n), labels] += 2
    embedding = rng.normal(size=(n, WIDTH)).astype(np.float32)
    embedding[:, : len(EXPRESSIONS)] += logits
    names = tuple(f"face-{i:06}" for i in range(n))
    return ScoredFaces(
        "drawn", "valid", EXPRESSIONS, names, names, labels, logits, embedding, epoch=1
    )


def _metrics(faces: Comparison) -> None:
    for scores in (faces.a, faces.b):
        macro_f1(confusion_matrix(scores.logits, scores.labels))
        expected_calibration_error(scores.logits, scores.labels)


def _tests(faces: Comparison) -> None:
    mcnemar(faces)
    mcnemar_per_class(faces)
    per_class(faces)


def _neighbours(faces: Comparison) -> None:
    separation(faces.a.embedding, faces.labels)
    shared_neighbours(faces.a.embedding, faces.b.embedding)


_ANALYSES: Analyses = {
    "metrics": _metrics,
    "comparison": lambda faces: (compare(faces.a, faces.b), confusions(faces)),
    "tests and intervals": _tests,
    "search of a face": lambda faces: nearest_to(faces.a.embedding, faces.a.embedding[0], 10),
    "neighbourhoods (sampled)": _neighbours,
    "PCA": lambda faces: pca(faces.a.embedding).transform(faces.a.embedding),
}
"""Whose time shall grow with the number of faces."""


def _completion(faces: Comparison) -> NDArray[np.float64]:
    """What a picture of very many faces costs besides the fit of its sample."""
    rows = fitted_rows(faces.labels)
    return completed(faces.a.embedding, rows, np.zeros((len(rows), 2)))


def _opening(repeats: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write_listing(root)
        load_labels("affectnet", root)
        return [_timed(lambda: load_labels("affectnet", root)) for _ in range(repeats)]


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _write_listing(root: Path) -> None:
    """The tables of AffectNet's first release as long as its training set; one image stands in."""
    (root / "Manually_Annotated_Images" / "0").mkdir(parents=True)
    (root / "Manually_Annotated_Images" / "0" / "0.jpg").touch()
    header = (
        "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,"
        "expression,valence,arousal\n"
    )
    landmarks = ";".join(["187.33"] * (2 * LANDMARKS))
    for table, count in (("training.csv", IMAGES), ("validation.csv", IMAGES // 70)):
        with (root / table).open("w") as stream:
            stream.write(header)
            stream.writelines(
                f"{i % 1000}/{i}.jpg,60,60,210,210,{landmarks},{i % 11},-0.17,0.29\n"
                for i in range(count)
            )


if __name__ == "__main__":
    alone(run)
