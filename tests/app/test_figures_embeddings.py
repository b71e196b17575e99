"""The embedding pictures: what is drawn, in which colour, and what the words say."""

from dataclasses import replace

import numpy as np
import pytest

from clfer.analysis.comparison import Comparison
from clfer.analysis.neighbours import Quality
from clfer.analysis.placement import Placed
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.subset import subset_accuracy, subset_table
from clfer.expressions import EXPRESSIONS
from clfer.figures.embedding_words import (
    neighbour_line,
    placed_line,
    quality_lines,
    quality_table,
    subset_line,
)
from clfer.figures.embeddings import Colouring, Panel, embedding_picture
from clfer.figures.theme import palette

RNG = np.random.default_rng(4)
N = 12
NONE = np.zeros(0, dtype=np.int64)
QUALITY = Quality(N, 10, -0.25, 0.75, 0.9)


def _scores(seed: int) -> ScoredFaces:
    rng = np.random.default_rng(seed)
    return ScoredFaces(
        dataset="ferplus",
        split="valid",
        classes=EXPRESSIONS,
        names=tuple(f"face{i}" for i in range(N)),
        digests=tuple(f"digest{i}" for i in range(N)),
        labels=np.arange(N) % 3,
        logits=rng.normal(size=(N, 8)),
        embedding=rng.normal(size=(N, 6)).astype(np.float32),
        epoch=1,
    )


PANEL = Panel(
    side="B",
    points=RNG.normal(size=(N, 2)),
    scores=_scores(1),
    limits=(-3, 3, -3, 3),
    centres={"neutral": (0.0, 0.0), "happiness": (0.01, 0.01), "surprise": (2.0, 2.0)},
    quality=QUALITY,
    picked=NONE,
    moved=NONE,
    origins=np.zeros((0, 2)),
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colouring", ["expression", "correctness", "confidence"])
def test_every_face_is_a_point_with_a_sentence(theme: str, colouring: Colouring) -> None:
    chart = embedding_picture(PANEL, "t-SNE", "fused", colouring, theme)  # type: ignore[arg-type]
    points = chart.figure.data[0]
    assert list(points.customdata) == list(PANEL.scores.names)
    assert points.text[5].startswith("face5: true surprise, B says ")
    assert "t-SNE of the fused embedding of 12 valid faces" in chart.caption
    assert chart.alt.endswith("vote for the true expression in 75 % of cases.")
    assert chart.table["x"].tolist() == PANEL.points[:, 0].tolist()
    assert len(chart.table) == N


def test_colours_are_those_of_the_true_expressions() -> None:
    points = embedding_picture(PANEL, "PCA", "fused", "expression", "light").figure.data[0]
    wanted = [palette("light").expression(EXPRESSIONS[i]) for i in PANEL.scores.labels]
    marker = points.marker
    places = (np.array(marker.color) - marker.cmin) / (marker.cmax - marker.cmin)
    steps = np.array([place for place, _ in marker.colorscale])
    drawn = [marker.colorscale[np.searchsorted(steps, place)][1] for place in places]
    assert drawn == wanted


def test_right_and_wrong_differ_in_shape_too() -> None:
    points = embedding_picture(PANEL, "PCA", "fused", "correctness", "light").figure.data[0]
    shapes = np.array(points.marker.symbol)
    assert (shapes[PANEL.scores.correct] == "circle").all()
    assert (shapes[~PANEL.scores.correct] == "x").all()


def test_labels_do_not_cover_each_other() -> None:
    figure = embedding_picture(PANEL, "PCA", "fused", "expression", "light").figure
    places = {note.text: (note.x, note.y) for note in figure.layout.annotations}
    assert set(places) == {"<b>Neutral</b>", "<b>Happiness</b>", "<b>Surprise</b>"}
    assert abs(places["<b>Happiness</b>"][1] - places["<b>Neutral</b>"][1]) >= 0.29
    assert places["<b>Surprise</b>"] == (2, 2)


def test_arrows_lead_from_a_to_b() -> None:
    moved = np.array([3, 7])
    origins = RNG.normal(size=(2, 2))
    panel = replace(PANEL, moved=moved, origins=origins)
    chart = embedding_picture(panel, "UMAP", "block 2", "confidence", "light")
    arrows = [note for note in chart.figure.layout.annotations if note.showarrow]
    assert [(arrow.ax, arrow.ay) for arrow in arrows] == [tuple(row) for row in origins.tolist()]
    assert [(arrow.x, arrow.y) for arrow in arrows] == [
        tuple(row) for row in panel.points[moved].tolist()
    ]
    assert "pooled output of block 2" in chart.caption
    assert "Arrows: the 2 faces that moved most" in chart.caption
    in_a = embedding_picture(replace(panel, side="A"), "UMAP", "block 2", "confidence", "light")
    assert in_a.figure.data[1].name == "moved most"
    assert list(in_a.figure.data[1].x) == panel.points[moved, 0].tolist()


def test_picked_faces_stand_out_and_the_star_is_where_it_was_placed() -> None:
    panel = replace(PANEL, picked=np.array([2, 4]), star=np.array([0.5, -0.5]))
    figure = embedding_picture(panel, "PCA", "fused", "expression", "dark").figure
    opacity = np.array(figure.data[0].marker.opacity)
    assert set(np.flatnonzero(opacity == 1)) == {2, 4}
    assert opacity[0] < 0.3
    by_name = {trace.name: trace for trace in figure.data}
    assert list(by_name["picked"].x) == panel.points[[2, 4], 0].tolist()
    assert (by_name["placed face"].x[0], by_name["placed face"].y[0]) == (0.5, -0.5)


def test_the_figures_stand_side_by_side() -> None:
    undefined = Quality(3, 2, None, 1.0, None)
    table = quality_table(QUALITY, undefined, 0.125, "t-SNE")
    assert table["A"].tolist() == [
        "−0.250",
        "75.0\N{NO-BREAK SPACE}%",
        "12.5\N{NO-BREAK SPACE}%",
        "0.900",
    ]
    assert table["B"].tolist() == [
        "undefined",
        "100.0\N{NO-BREAK SPACE}%",
        "12.5\N{NO-BREAK SPACE}%",
        "undefined",
    ]
    assert "512 and 128 dimensions" in quality_lines(QUALITY, N, (512, 128))[1]
    assert "(50 dimensions)" in quality_lines(QUALITY, N, (50, 50))[1]
    assert "a sample of 9,000" in quality_lines(QUALITY, 9000, (50, 50))[1]


def test_a_subset_has_an_accuracy_with_its_interval() -> None:
    comparison = Comparison(_scores(1), _scores(2))
    indices = np.array([0, 3, 5, 8])
    found = subset_accuracy(comparison.a, indices)
    right = sum(bool(comparison.a.correct[i]) for i in indices)
    assert (found.n, found.correct) == (4, right)
    assert found.interval[0] <= found.accuracy <= found.interval[1]
    assert subset_line("A", found).startswith(f"A is right on {right} of 4: {25 * right:.1f} % (")
    table = subset_table(comparison, indices)
    assert table["name"].tolist() == ["face0", "face3", "face5", "face8"]
    assert table["B says"].tolist() == [EXPRESSIONS[comparison.b.predicted[i]] for i in indices]
    assert table["A confidence"].tolist() == comparison.a.confidence[indices].tolist()


def test_words_say_how_a_face_was_placed() -> None:
    new = Placed(np.zeros(2), np.array([0, 3, 1]), np.array([1.0, 2.0, 3.0]), known=False)
    own = replace(new, known=True)
    assert "no transform" in placed_line("t-SNE", [new, new])
    assert "UMAP's transform" in placed_line("UMAP", [new, new])
    assert "one of those drawn" in placed_line("t-SNE", [own, own])
    line = neighbour_line(Comparison(_scores(1), _scores(2)), new)
    assert line == "2 of the 3 nearest faces are neutral."
