"""Every public function of the analysis and of the models: finite results, or one sentence."""

import importlib
import inspect
import math
import os
import pkgutil
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from property_cases import Case, cases, place
from property_models import ELSEWHERE
from property_registry import PROPERTIES

import clfer.analysis
import clfer.models
from clfer.errors import ClferError

AREA = "properties"
FULL = os.environ.get("CLFER_HARDEN") == "1"

_NO_FACE = "an expression, bin or group without faces"
_FEW_RUNS = "a setting without a run, or with fewer than two for the deviation"
_NO_GRADIENT = "a ratio to a deepest block without gradient, and attention without MSR"
UNDEFINED = {
    "analysis.attention_statistics.attention_entropy": "four weights of zero",
    "analysis.confusion.normalised": _NO_FACE,
    "analysis.curves.checkpoint_curve": _NO_GRADIENT,
    "analysis.curves.curve_of_rows": _NO_GRADIENT,
    "analysis.curves.run_curve": _NO_GRADIENT,
    "analysis.group_likeness.group_likeness": "no pair of channels within, or between, groups",
    "analysis.histories.compared": _NO_GRADIENT,
    "analysis.histories.over_seeds": _NO_GRADIENT,
    "analysis.face_groups.face_groups": "a group without channels on a face",
    "analysis.face_groups.measure_groups": "a group without channels on a face",
    "analysis.map_statistics.map_statistics": "a block that is silent",
    "analysis.regions.region_share": "a map that is silent",
    "analysis.attention_statistics.grouped_weights": _NO_FACE,
    "analysis.batch_table.batch_table": "what a model without MSR, or a given crop, has not",
    "analysis.calibration.reliability": _NO_FACE,
    "analysis.grid_stand.grid_stand": _FEW_RUNS,
    "analysis.group_statistics.excitation": _NO_FACE,
    "analysis.layer_ablation.expression_shares": _NO_FACE,
    "analysis.per_class.per_class": _NO_FACE,
    "analysis.sweep_table.settings_as_text": _FEW_RUNS,
    "analysis.sweep_table.sweep_table": _FEW_RUNS,
    "analysis.threshold.threshold_effect": "a threshold above which no face is answered",
}
"""Functions whose results may hold NaN, and what it stands for there."""

SLOW = (
    *("projection.tsne", "projection.umap", "projection.umap_transform", "onnx.export_onnx"),
    *("onnx.onnx_session", "latency.measure_latency", "crops.default_detector"),
)
"""Seconds a call: twice in full, never in short."""


def public() -> Iterator[str]:
    """Public functions of both packages, and the networks, by their names."""
    for package in (clfer.analysis, clfer.models):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            loaded = importlib.import_module(module.name)
            for name, value in vars(loaded).items():
                if name.startswith("_") or getattr(value, "__module__", "") != module.name:
                    continue
                network = inspect.isclass(value) and issubclass(value, torch.nn.Module)
                function = inspect.isfunction(getattr(value, "__wrapped__", value))
                if function or network or name == "Preprocess":
                    yield f"{module.name.removeprefix('clfer.')}.{name}"


def test_every_public_function_has_a_property(repository: Path) -> None:
    names = set(public())
    assert len(names) > 150
    missing = sorted(names - PROPERTIES.keys() - ELSEWHERE.keys())
    assert not missing, f"no property of {', '.join(missing)}: add one to the registry"
    stale = sorted((PROPERTIES.keys() | ELSEWHERE.keys() | UNDEFINED.keys()) - names)
    assert not stale, f"{', '.join(stale)} is no public function any more"
    for name, file in ELSEWHERE.items():
        assert name.rpartition(".")[2] in (repository / "tests" / file).read_text("utf-8")


def flaws(value: Any, where: str = "result") -> Iterator[str]:
    """Where a result is not finite."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray | np.generic):
        if np.asarray(value).dtype.kind in "fc" and not np.isfinite(value).all():
            yield where
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield where
    elif isinstance(value, pd.DataFrame | pd.Series):
        table = pd.DataFrame(value)
        for name in table:
            yield from flaws(list(table[name]), f"{where}[{name!r}]")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from flaws(item, f"{where}[{key!r}]")
    elif isinstance(value, list | tuple | set | frozenset):
        for position, item in enumerate(value):
            yield from flaws(item, f"{where}[{position}]")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from flaws(getattr(value, field.name), f"{where}.{field.name}")
        for name, item in inspect.getmembers(type(value), lambda m: isinstance(m, property)):
            yield from flaws(item.fget(value), f"{where}.{name}")  # type: ignore[misc]


def judge(name: str, case: Case) -> str | None:
    """What is wrong with the answer of a function to a case; None if all is well."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", category=RuntimeWarning, module="clfer")
            found = list(flaws(PROPERTIES[name](case)))
    except (ClferError, ValueError) as error:
        if type(error) is UnicodeError or "\n" in str(error) or not str(error).strip():
            return f"refused without a sentence: {error!r}"
        return None
    if found and name not in UNDEFINED:
        return f"not finite: {', '.join(found[:5])}"
    return None


NETWORKS = (
    *("models.", "analysis.attribution", "analysis.batch", "analysis.block_maps", "analysis.cost"),
    *(
        "analysis.consistency",
        "analysis.crops",
        "analysis.encoded_faces",
        "analysis.evaluate",
        "analysis.explain",
    ),
    *("analysis.face_groups", "analysis.groups", "analysis.intensity.", "analysis.map_statistics"),
    *("analysis.outputs", "analysis.per_class", "analysis.pooled", "analysis.predict"),
    *("analysis.robustness", "analysis.scoring", "analysis.semantics", "analysis.tables"),
    *("analysis.confusion.cell_faces", "analysis.run", "analysis.sweep", "analysis.grid"),
)
"""A tenth of a second a call, or more."""


def examples(name: str) -> int:
    if name.endswith(SLOW):
        return 2 if FULL else 0
    if name.startswith(NETWORKS):
        return 8 if FULL else 2
    return 60 if FULL else 4


@pytest.fixture(autouse=True, scope="module")
def own_folders() -> Iterator[None]:
    """Checkpoints and runs of the cases, looked for where they lie."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLFER_RUNS", str(place() / "runs"))
        yield


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_results_are_finite_or_refused_in_a_sentence(name: str, record) -> None:
    tried: list[Case] = []
    if not examples(name):
        record(AREA, cases=0, failures=0)
        return

    @settings(
        max_examples=examples(name),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def holds(case: Case) -> None:
        tried.append(case)
        said = judge(name, case)
        assert said is None, f"{name}({case}): {said}"

    try:
        holds()
    finally:
        record(AREA, cases=len(tried), failures=0, functions=len(PROPERTIES))
