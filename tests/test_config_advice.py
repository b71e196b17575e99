"""Settings that are allowed and do less than they promise are pointed out, and no others."""

import pytest

from clfer.config import load_preset, preset_names
from clfer.config.advice import advice

ALONE = ["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"]


@pytest.mark.parametrize("name", preset_names())
@pytest.mark.parametrize("changes", [[], ALONE])
def test_presets_do_what_they_say(name: str, changes: list[str]) -> None:
    assert advice(load_preset(name, changes)) == ()


@pytest.mark.parametrize(
    ("changes", "better", "words"),
    [
        (["clfm.coding=peaks"], "clfm.coding=soft", "no gradient"),
        (["clfm.coding=peaks"], "clfm.enabled=false", "clfm.coding=soft teaches"),
        ([*ALONE, "scn.enabled=true", "scn.relabel_from=5"], "scn.relabel_from=4", "epoch 5 is"),
        (
            [*ALONE, "eac.enabled=true", "eac.weight=0.3", "augment.erase=0"],
            "augment.erase=1",
            "a part of every face",
        ),
        (
            [*ALONE, "eac.enabled=true", "augment.erase=1"],
            "eac.weight=0.3",
            "eac.weight=5 is for",
        ),
        (
            [*ALONE, "eac.enabled=true", "augment.erase=1"],
            "model.init=imagenet",
            "pre-trained",
        ),
    ],
)
def test_a_setting_that_is_hardly_meant_is_pointed_out(
    changes: list[str], better: str, words: str
) -> None:
    (said,) = advice(load_preset("smoke", changes))
    assert words in said
    assert advice(load_preset("smoke", [*changes, better])) == ()
