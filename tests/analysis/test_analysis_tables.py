"""Tables that ride with a checkpoint, and the explanations that the app asks for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from clfer.analysis.attention import attention_distribution
from clfer.analysis.explain import (
    explain_attribution,
    explain_groups,
    explain_intensity,
)
from clfer.analysis.groups import semantic_groups
from clfer.analysis.intensity import learning_intensity
from clfer.analysis.outputs import run_network
from clfer.analysis.predict import predict_faces
from clfer.analysis.tables import face_table, reference_centroids
from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS, EXPRESSIONS


@pytest.fixture(scope="module")
def faces(crops) -> FaceSet:
    names = tuple(f"face{i}" for i in range(8))
    labels = np.array([0, 1, 2, 3, 4, 5, 6, 7])
    return FaceSet("synthetic", "valid", EXPRESSIONS, crops, labels, names, names[::-1])


def test_the_face_table_holds_what_the_analyses_say(either, faces, tmp_path):
    """Contempt, the last face, is unknown to the models."""
    done = []
    face_table(either, faces, batch=7, progress=lambda *now: done.append(now)).to_parquet(
        tmp_path / "faces.parquet"
    )
    table = pd.read_parquet(tmp_path / "faces.parquet")
    assert done == [(7, 7)]
    assert table["name"].tolist() == list(faces.names[:7])
    assert table["digest"].tolist() == list(faces.digests[:7])
    assert table["label"].tolist() == list(range(7))
    images = either.card.preprocess(faces.images[:7])
    read = run_network(either, faces.images[:7])
    with torch.no_grad():
        sizes = semantic_groups(either, either.network.encoder(images)).sizes
    expected = {
        "logits": read.logits,
        "embedding": read.embedding,
        "attention": read.attention,
        "attention_norm": read.attention_norm,
        "contributions": read.contributions,
        "group_sizes": sizes,
    }
    for of in ("cls", "joint"):
        found = learning_intensity(either, images, torch.arange(7), of)
        expected[f"grad_norm_{of}"] = found.norm
    for column, values in expected.items():
        if values is None:
            assert table[column].isna().all()
            continue
        stored = np.stack(table[column].to_list())
        np.testing.assert_allclose(stored, values.reshape(7, -1), rtol=1e-4, atol=1e-5)


def test_the_attention_distribution_comes_from_the_table(ours, baseline, faces):
    assert attention_distribution(face_table(baseline, faces)) is None
    found = attention_distribution(face_table(ours, faces))
    read = run_network(ours, faces.images[:7])
    np.testing.assert_allclose(found.attention, read.attention, atol=1e-6)
    np.testing.assert_allclose(found.attention_norm, read.attention_norm, rtol=1e-5)
    np.testing.assert_array_equal(found.percentile((0, 0, 2, 2)), [0, 0, 1, 1])


def test_reference_centroids_lie_among_the_deep_centroids(either, faces):
    found = reference_centroids(either, faces, 4)
    assert found.shape == (4, 16)
    assert torch.equal(found, reference_centroids(either, faces, 4))
    own = replace(either, references=found)
    with torch.no_grad():
        features = either.network.encoder(either.card.preprocess(faces.images))
        phi = semantic_groups(own, features).centroids.reshape(-1, 16)
    nearest = np.square(phi[:, None] - found.numpy()[None]).sum(-1).argmin(axis=1)
    for k in range(4):
        np.testing.assert_allclose(found[k].numpy(), phi[nearest == k].mean(axis=0), atol=1e-5)
    rows = found.reshape(4, 4, 4).sum(dim=2) @ torch.arange(4.0)
    assert rows.tolist() == sorted(rows.tolist())


def test_too_few_faces_for_the_references_are_refused(ours, faces):
    with pytest.raises(DataError, match="0 deep centroids"):
        reference_centroids(ours, faces.subset(np.array([], dtype=np.int64)), 4)


def test_a_face_is_explained_without_torch(either, crops):
    crop = crops[3]
    prediction = predict_faces(either, crops[3:4])[0]
    assert (prediction.centred() is None) == (either.network.head is None)
    if either.network.head is not None:
        centred, bias = prediction.centred()
        assert sum(bias.values()) == pytest.approx(0, abs=1e-9)
        assert np.array(list(centred.values())).sum(axis=0) == pytest.approx(0, abs=1e-9)
        first, second = BASIC_EXPRESSIONS[:2]
        for j in range(4):
            shares = prediction.contributions
            difference = shares[first][j] - shares[second][j]
            assert centred[first][j] - centred[second][j] == pytest.approx(difference, abs=1e-9)
    assert explain_groups(either, crop, 2).mean_maps.shape == (4, 8, 8)
    default = explain_intensity(either, crop)
    chosen = explain_intensity(either, crop, expression=prediction.expression)
    np.testing.assert_array_equal(default.norm, chosen.norm)
    other = next(c for c in BASIC_EXPRESSIONS if c != prediction.expression)
    assert (explain_intensity(either, crop, "logit", other).norm != default.norm).all()
    found = explain_attribution(either, crop, "grad-cam", other)
    assert [cells.shape for cells in found.maps] == [(16, 16), (8, 8), (4, 4), (2, 2)]
    assert found.expression == other


def test_an_expression_that_the_model_does_not_know_is_refused(ours, crops):
    with pytest.raises(DataError, match="'contempt'"):
        explain_intensity(ours, crops[0], "logit", "contempt")
    with pytest.raises(DataError, match="'contempt'"):
        explain_attribution(ours, crops[0], "grad-cam", "contempt")
