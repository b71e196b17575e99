"""Sizes of reproduction: what they fix, and what they leave to the items."""

import pytest

from clfer.errors import ConfigError
from clfer.experiments.scale import load_scale, scale_names
from clfer.experiments.variants import BASELINE, CLASS_CENTRES, OURS, SCN, SIMSIAM
from clfer.runs.launch import config_hash


@pytest.mark.parametrize("name", scale_names())
def test_a_size_gives_whole_configurations_that_name_their_data(name: str) -> None:
    scale = load_scale(name)
    for dataset in scale.datasets(("rafdb",)):
        config = scale.config(dataset, BASELINE, 3)
        assert config.data.name == dataset
        assert config.seed == 3
        assert config.method == "baseline"


def test_the_size_of_the_paper_follows_the_protocol_of_the_paper() -> None:
    scale = load_scale("paper")
    config = scale.config("rafdb", OURS, 0)
    assert config.train.sizes == ((224, 100),)
    assert (config.train.optimiser, config.train.learning_rate) == ("adam", 1e-3)
    assert scale.split == "test"
    assert len(scale.many_seeds) == 10


@pytest.mark.parametrize(
    ("changes", "method"),
    [
        (BASELINE, "baseline"),
        (OURS, "MSR+CLFM+CLBS"),
        (SCN, "SCN"),
        (SIMSIAM, "SimSiam"),
        (CLASS_CENTRES, "MSR+CLBS(classes)"),
    ],
)
def test_a_method_is_what_it_says(changes: dict[str, object], method: str) -> None:
    assert load_scale("smoke").config("synthetic", changes, 0).method == method


def test_the_folder_of_the_data_is_no_part_of_a_run() -> None:
    here = load_scale("cpu", {"ferplus": "/a"}).config("ferplus", OURS, 0)
    there = load_scale("cpu", {"ferplus": "/b"}).config("ferplus", OURS, 0)
    assert here.data.root == "/a"
    assert config_hash(here) == config_hash(there)


def test_the_folder_comes_from_the_environment_where_it_is_not_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLFER_FERPLUS_ROOT", "/somewhere")
    assert load_scale("cpu").root("ferplus") == "/somewhere"
    assert load_scale("cpu", {"ferplus": "/given"}).root("ferplus") == "/given"
    assert load_scale("cpu").root("synthetic") is None


def test_an_unknown_size_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'huge'.*smoke, cpu, scratch, paper"):
        load_scale("huge")
