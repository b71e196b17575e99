"""What a run that was trained says about its own faces and about those of another set."""

import pytest
from finished_runs import DATASET, folder_scale

from clfer.analysis.outputs import run_network
from clfer.experiments import run_scores, turned_faces
from clfer.experiments.run_scores import best_model, score_faces, score_run
from clfer.experiments.scale import Scale
from clfer.experiments.variants import OURS
from clfer.runs.foreground import train_here
from clfer.runs.grid import GridRun
from clfer.runs.launch import Launch, config_hash
from clfer.runs.missing import known_runs
from clfer.runs.record import Run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scale, Run]:
    """A run of one step on seven faces."""
    place = tmp_path_factory.mktemp("scores")
    scale = folder_scale(place / "faces")
    config = scale.config(DATASET, {**OURS, "data.count": None, "train.batch": 7}, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLFER_RUNS", str(place / "runs"))
        run = GridRun(config, {}, config_hash(config))
        train_here([run], Launch("cpu", threads=1))
        return scale, known_runs()[run.identity]


def test_the_own_faces_have_the_accuracy_of_the_history(trained: tuple[Scale, Run]) -> None:
    scale, run = trained
    scored = score_run(run, "valid", scale.root)
    assert run.best is not None
    assert scored.correct.mean() == pytest.approx(run.best["valid_accuracy"])
    assert (len(scored), scored.dataset, scored.epoch) == (35, DATASET, 1)


def test_other_faces_are_scored_by_the_network_once(
    trained: tuple[Scale, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    scale, run = trained
    monkeypatch.setattr(turned_faces, "COUNT", 14)
    turned_faces.turned_faces.cache_clear()
    faces = turned_faces.turned_faces("valid")
    turned_faces.turned_faces.cache_clear()
    scored = score_faces(run, faces, scale.root)
    expected = run_network(best_model(run), faces.images).logits
    assert scored.logits == pytest.approx(expected, abs=5e-3, rel=2e-3)  # kept in half precision
    assert scored.labels.tolist() == faces.labels.tolist()

    def never(*_: object) -> None:
        raise AssertionError("scored again")

    monkeypatch.setattr(run_scores, "run_network", never)
    assert (score_faces(run, faces, scale.root).logits == scored.logits).all()
