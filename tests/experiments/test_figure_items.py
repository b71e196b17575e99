"""Every figure from runs that were really trained, on a handful of faces."""

import io
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from figure_runs import rows_of
from noise_faces import write_noise_faces
from PIL import Image

from clfer.analysis.block_maps import block_maps
from clfer.analysis.outputs import run_network
from clfer.analysis.perturb import Settings, perturb, perturbations
from clfer.analysis.regions import region_share
from clfer.config import dump_config
from clfer.data.faceset import FaceSet
from clfer.experiments.item import Product
from clfer.experiments.printed import to_png
from clfer.experiments.registry import find_item
from clfer.experiments.reproduce import grid_of, produce
from clfer.experiments.results import Results
from clfer.experiments.run_scores import best_model, scored_faces
from clfer.experiments.scale import Scale, load_scale
from clfer.experiments.subsets import known_subsets
from clfer.runs.foreground import train_here
from clfer.runs.launch import Launch
from clfer.runs.missing import known_runs

DATASET = "folder"
FIGURES = {"fig1": 2, "fig5": 1, "fig7": 1, "fig9": 1, "fig10": 1, "fig11": 1, "fig12": 1,
           "robustness": 1}  # fmt: skip
"""Figures of each item that needs models or a history."""


@pytest.fixture(scope="module")
def scale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scale]:
    """Baseline, MSR and ours after an epoch of 28 faces of noise.

    Copies of two of them stand for the pair that has not seen happiness.
    """
    place = tmp_path_factory.mktemp("figures")
    root = write_noise_faces(place / "faces")
    small = load_scale("smoke", {DATASET: str(root)})
    fixed = {"data.count": 28, "train.sizes": [[64, 1]], "train.batch": 14}
    found = replace(small, fixed=fixed, own_datasets=(DATASET,), launch=Launch("cpu"))
    names = scored_faces(found, DATASET).names
    lists = root / "subsets" / "valid"
    lists.mkdir(parents=True)
    (lists / "occlusion.txt").write_text("\n".join(names[2:5]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLFER_RUNS", str(place / "runs"))
        train_here(grid_of([find_item("fig11")], found).runs, found.launch)
        trained = {run.config.method: run.path for run in known_runs().values()}
        for one in find_item("fig7").plan(found):
            copy = place / "runs" / "-".join(one.key)
            shutil.copytree(trained[one.config.method], copy)
            (copy / "config.yaml").write_text(dump_config(one.config))
        yield found


@pytest.fixture(scope="module")
def products(scale: Scale) -> dict[str, Product]:
    return {name: produce(find_item(name), scale) for name in FIGURES}


@pytest.mark.parametrize("name", FIGURES)
def test_every_item_has_its_figures_and_a_verdict_on_each_claim(
    products: dict[str, Product], name: str
) -> None:
    product = products[name]
    assert len(product.figures) == FIGURES[name]
    (claims,) = (t for t in product.tables if t.name == f"{name}-claims")
    for found in rows_of(claims):
        assert found["holds"] in ("yes", "no", "open")
        assert found["seeds"] == 1
        assert int(found["n"]) > 0  # type: ignore[call-overload]
        assert not str(found["measured here"]).startswith("nothing")
    assert "Not finished" not in product.protocol
    count = 3 if name == "fig11" else 2
    assert f"a run (median of {count})" in product.protocol or name == "fig7"
    for figure in product.figures:
        assert "Fig." in figure.caption or name == "robustness"
        picture = Image.open(io.BytesIO(to_png(figure, dpi=40)))
        assert np.asarray(picture.convert("L")).std() > 5


def test_without_faces_only_figures_that_show_photographs_are_left_out(
    products: dict[str, Product],
) -> None:
    left_out = {"fig1": 1, "fig7": 1, "fig10": 1, "fig11": 1}
    for name, product in products.items():
        given = product.without_faces()
        assert len(product.figures) - len(given.figures) == left_out.get(name, 0)
        assert ("Left out" in given.protocol) == (name in left_out)
        assert given.tables == product.tables
        drawn = tuple(replace(f, faces_of=f.faces_of and "synthetic") for f in product.figures)
        assert replace(product, figures=drawn).without_faces().figures == drawn


def test_the_share_of_the_response_is_that_of_the_maps(
    scale: Scale, products: dict[str, Product]
) -> None:
    (table,) = (t for t in products["fig1"].tables if t.name == "fig1-response")
    item = find_item("fig1")
    results = Results(scale, item.plan(scale), known_runs())
    faces = scored_faces(scale, DATASET)
    for method in ("baseline", "ours"):
        model = best_model(results.runs(DATASET, method)[0])
        shares = [[region_share(m) for m in block_maps(model, x).maps] for x in faces.images]
        expected = 100 * np.mean(shares, axis=0)
        assert table.column(method) == pytest.approx(expected.tolist())


def test_curves_count_the_perturbed_faces_one_by_one(
    scale: Scale, products: dict[str, Product]
) -> None:
    (table,) = (t for t in products["robustness"].tables if t.name == "robustness-curves")
    item = find_item("robustness")
    results = Results(scale, item.plan(scale), known_runs())
    faces = scored_faces(scale, DATASET)  # 7, a quarter of 28
    kinds = {k.title.lower(): k for k in perturbations(faces.images.shape[1]).values()}
    model = best_model(results.runs(DATASET, "ours")[0])
    chosen = [r for r in rows_of(table) if r["strength"] in ("40 % of the side", "−20°", "-20°")]
    assert len(chosen) == 2
    for found in chosen:
        kind = kinds[str(found["perturbation"])]
        strength = 40.0 if kind.name == "patch" else -20.0
        images = perturb(faces.images, Settings().at(kind, strength))
        said = [int(run_network(model, x[None]).logits.argmax()) for x in images]
        right = sum(a == b for a, b in zip(said, faces.labels, strict=True))
        assert found["ours"] == pytest.approx(100 * right / 7)
        assert found["n"] == 7


def test_lists_of_names_make_subsets(products: dict[str, Product]) -> None:
    (table,) = (t for t in products["robustness"].tables if t.name == "robustness-subsets")
    sizes = {str(r["subset"]): r["n"] for r in rows_of(table)}
    assert sizes == {"all": 7, "occlusion": 3}


def test_drawn_faces_are_hidden_or_turned_by_their_factors(tmp_path: Path) -> None:
    factors = pd.DataFrame({"occlusion": ["none", "hand", "none", "scarf"],
                            "yaw": [-20.0, 3.0, 14.9, 15.0]})  # fmt: skip
    pixels, names = np.zeros((4, 8, 8, 3), np.uint8), ("a", "b", "c", "d")
    labels = np.arange(4)
    faces = FaceSet("synthetic", "valid", names, pixels, labels, names, names, factors=factors)
    found = known_subsets(faces, None)
    assert [rows.tolist() for rows in found.values()] == [[1, 3], [0, 3]]
    assert known_subsets(replace(faces, factors=None), os.fspath(tmp_path)) == {}


def test_a_run_that_is_missing_is_named_and_the_others_are_drawn(
    scale: Scale, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = find_item("fig11")
    plan = item.plan(scale)
    known = {k: r for k, r in known_runs().items() if r.config.method != "MSR"}
    product = item.produce(Results(scale, plan, known))
    assert not product.figures
    assert product.tables[0].notes[-1] == "Not finished: folder MSR, seed 0."
