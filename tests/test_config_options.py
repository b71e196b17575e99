"""The options beside the paper's method: old configurations, refusals, and names."""

import pytest
import yaml

from clfer.config import dump_config, load_preset, parse_config, preset_names
from clfer.config.written import differences
from clfer.errors import ConfigError
from clfer.runs.launch import config_hash

NEW = ("clustering", "contrast", "contrast_temperature", "pairs")


def before_the_options(preset):
    """The configuration file of a run that knew none of them."""
    values = yaml.safe_load(dump_config(load_preset(preset)))
    for section in ("distil", "supervision", "rul", "eac"):
        del values[section]
    for part in ("clfm", "clbs"):
        for key in NEW:
            del values[part][key]
    return yaml.safe_dump(values)


@pytest.mark.parametrize("preset", preset_names())
def test_a_run_from_before_is_the_same_run(preset):
    now, before = load_preset(preset), parse_config(before_the_options(preset), "config.yaml")
    assert before == now
    assert config_hash(before) == config_hash(now)
    assert differences(before, now) == {}
    for part in (now.clfm, now.clbs):
        assert (part.clustering, part.contrast, part.pairs) == ("kmeans", "cosine", "fixed")
    assert not any(part.enabled for part in (now.distil, now.supervision, now.rul, now.eac))


def test_every_option_makes_another_run():
    changes = (
        *("clfm.clustering=spherical", "clbs.clustering=balanced", "clfm.contrast=infonce"),
        *("clbs.contrast=infonce", "clfm.contrast_temperature=0.2", "clbs.pairs=learned"),
        *("clfm.pairs=learned", "distil.enabled=true", "distil.temperature=1"),
        "supervision.enabled=true",
    )
    identities = {config_hash(load_preset("smoke", [change])) for change in changes}
    assert len(identities | {config_hash(load_preset("smoke"))}) == len(changes) + 1


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        (["clfm.clustering=fuzzy"], ["clfm.clustering", "fuzzy", "spherical", "balanced"]),
        (["clbs.contrast=triplet"], ["clbs.contrast", "triplet", "infonce"]),
        (["clfm.contrast_temperature=0"], ["clfm.contrast_temperature", "0"]),
        (["clfm.pairs=all"], ["clfm.pairs", "all", "learned"]),
        (
            ["clfm.pairs=learned", "clfm.alpha=[0, 0, 0]"],
            ["clfm.pairs = learned", "clfm.alpha", "above 0"],
        ),
        (
            ["clbs.pairs=learned", "clbs.beta=[0, 0, 0]"],
            ["clbs.pairs = learned", "clbs.beta", "above 0"],
        ),
        (
            ["clbs.centres=classes", "clbs.clustering=balanced"],
            ["clbs.clustering = balanced", "clbs.centres = classes", "kmeans"],
        ),
        (
            ["clfm.pairs=learned", "clfm.clusters=300"],
            ["clfm.clusters = 300", "256 channels", "clfm.pairs = learned"],
        ),
        (["distil.weight=-1"], ["distil.weight", "-1"]),
        (["distil.temperature=0"], ["distil.temperature", "0"]),
        (["distil.heads=4"], ["distil.heads", "not a known key"]),
    ],
)
def test_what_is_impossible_is_refused_by_key_value_and_range(changes, parts):
    with pytest.raises(ConfigError) as caught:
        load_preset("smoke", changes)
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        (["clfm.clustering=spherical"], "MSR+CLFM(spherical)+CLBS"),
        (
            ["clfm.contrast=infonce", "clfm.pairs=learned", "clbs.clustering=balanced"],
            "MSR+CLFM(infonce, learned)+CLBS(balanced)",
        ),
        (["clbs.centres=classes", "clbs.pairs=learned"], "MSR+CLFM+CLBS(classes, learned)"),
        (["clfm.enabled=false", "distil.enabled=true"], "MSR+CLBS+Distil"),
    ],
)
def test_the_method_names_its_options(changes, name):
    assert load_preset("smoke", changes).method == name
