"""The tasks behind the embeddings view, on the tiny pair and its drawn faces."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from clfer.analysis import projection
from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.pictures import Pictures
from clfer.analysis.pooled import face_embedding, pooled_blocks
from clfer.analysis.scoring import published_scores, snapshot_scores
from clfer.data import load_faces
from clfer.data.faceset import FaceSet
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.work.block_embeddings import embed, embed_request, read_block
from clfer.work.layouts import layout, layout_request
from clfer.work.request import Request
from clfer.work.tasks import Arrays, find_task

Models = dict[str, Checkpoint]


@pytest.fixture(scope="module")
def models(pair_folder: Path) -> Models:
    """The pair by letter."""
    names = {"A": "ferplus-baseline", "B": "ferplus-ours"}
    return {side: load_checkpoint(pair_folder / name) for side, name in names.items()}


@pytest.fixture(scope="module")
def faces(faces_root: Path) -> FaceSet:
    """Its validation faces."""
    return load_faces("ferplus", faces_root, "valid")


@pytest.fixture(scope="module")
def comparison(models: Models) -> Comparison:
    """What is published of it."""
    a, b = (published_scores(model) for model in models.values())
    assert a is not None
    assert b is not None
    return compare(a, b)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "ITERATIONS", 250)


def _run(request: Request) -> tuple[Arrays, list[tuple[int, int]]]:
    steps: list[tuple[int, int]] = []
    task = find_task(request.task)
    arrays = task(
        request.arguments | request.places, lambda done, total: steps.append((done, total))
    )
    return arrays, steps


def test_embed_gives_every_blocks_mean_response(
    models: Models, faces: FaceSet, faces_root: Path
) -> None:
    arrays, steps = _run(embed_request(models["B"], faces, str(faces_root)))
    assert steps[-1] == (len(faces), len(faces))
    model = models["B"]
    inputs = model.card.preprocess(faces.images[:3], model.device)
    with torch.no_grad():
        features = model.network.encoder(inputs)
    for block, feature in enumerate(features, start=1):
        slow = feature.double().mean(dim=(2, 3)).numpy()
        found = read_block(arrays, block, faces.names[:3])
        np.testing.assert_allclose(found, slow, rtol=2e-3, atol=2e-3)
    turned = read_block(arrays, 2, faces.names[::-1])
    np.testing.assert_array_equal(turned[::-1], read_block(arrays, 2, faces.names))


def test_one_face_is_embedded_as_the_split_is(models: Models, faces: FaceSet) -> None:
    blocks = pooled_blocks(models["A"], faces.images[:2], batch=1)
    crop = np.repeat(faces.images[1], 3, axis=-1)
    for block in (1, 4):
        found = face_embedding(models["A"], crop, f"block {block}")
        np.testing.assert_allclose(found, blocks[block - 1][1], rtol=1e-4, atol=1e-5)
    scores = published_scores(models["B"])
    assert scores is not None
    fused = face_embedding(models["B"], crop, "fused")
    np.testing.assert_allclose(fused, scores.embedding[1], rtol=1e-3, atol=1e-4)


def test_layout_draws_both_published_embeddings(models: Models, comparison: Comparison) -> None:
    arrays, steps = _run(layout_request(models, comparison, "fused", "t-SNE", None))
    assert steps[-1] == (500, 500)
    found = Pictures.from_arrays(arrays)
    assert found.method == "t-SNE"
    expected = projection.tsne(comparison.a.embedding)
    np.testing.assert_allclose(found.a, expected, rtol=1e-2, atol=1e-2)
    assert found.b.shape == (len(comparison), 2)
    assert np.isfinite(found.b).all()


def test_layout_follows_the_epoch_and_the_block(
    models: Models, comparison: Comparison, faces_root: Path
) -> None:
    earlier = compare(*(snapshot_scores(model, 3) for model in models.values()))
    at_3, _ = _run(layout_request(models, earlier, "fused", "t-SNE", None))
    np.testing.assert_allclose(
        at_3["a"], projection.tsne(earlier.a.embedding), rtol=1e-2, atol=1e-2
    )
    block, _ = _run(layout_request(models, comparison, "block 2", "t-SNE", str(faces_root)))
    assert np.abs(block["a"] - at_3["a"]).max() > 1


def test_keys_name_content_and_not_places(
    models: Models, comparison: Comparison, pair_folder: Path, tmp_path: Path, faces: FaceSet
) -> None:
    shutil.copytree(pair_folder, tmp_path / "moved")
    moved = {
        side: load_checkpoint(tmp_path / "moved" / model.folder.name)
        for side, model in models.items()
    }
    request = layout_request(models, comparison, "fused", "t-SNE", None)
    assert layout_request(moved, comparison, "fused", "t-SNE", "/elsewhere").key == request.key
    assert embed_request(moved["A"], faces, "/x").key == embed_request(models["A"], faces, None).key
    earlier = compare(*(snapshot_scores(model, 3) for model in models.values()))
    half = comparison.subset(np.arange(20))
    swapped = {"A": models["B"], "B": models["A"]}
    others = [
        layout_request(models, comparison, "fused", "UMAP", None),
        layout_request(models, comparison, "block 1", "t-SNE", None),
        layout_request(models, earlier, "fused", "t-SNE", None),
        layout_request(models, half, "fused", "t-SNE", None),
        layout_request(swapped, comparison, "fused", "t-SNE", None),
    ]
    assert len({request.key, *(other.key for other in others)}) == 6


def test_parameters_are_part_of_the_key(
    models: Models, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {m: layout_request(models, comparison, "fused", m, None).key for m in projection.FITS}
    monkeypatch.setattr(projection, "PERPLEXITY", 5)
    monkeypatch.setattr(projection, "MIN_DIST", 0.5)
    for method, key in before.items():
        assert layout_request(models, comparison, "fused", method, None).key != key


def test_the_tasks_are_known_by_name() -> None:
    assert find_task("embed") is embed
    assert find_task("layout") is layout
