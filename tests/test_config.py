"""Configuration: presets, overrides, and sentences that name the key."""

import pytest

from clfer.config import dump_config, load_preset, parse_config, preset_names
from clfer.errors import ConfigError

PLAIN = ["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"]
SCN = [*PLAIN, "scn.enabled=true"]


@pytest.mark.parametrize("name", preset_names())
def test_presets_are_valid_and_survive_a_round_trip(name):
    config = load_preset(name)
    assert config.preset == name
    assert parse_config(dump_config(config), "copy") == config


def test_preset_paper_holds_the_published_setting():
    config = load_preset("paper")
    assert config.clfm.alpha == config.clbs.beta == (0.0, 0.1, 0.0)
    assert config.clfm.clusters == 4
    assert config.clbs.clusters is None
    assert (config.model.fd, config.clbs.fd) == (128, 128)
    assert (config.train.optimiser, config.train.learning_rate) == ("adam", 1e-3)
    assert (config.train.weight_decay, config.train.gamma) == (1e-4, 0.9)
    assert (config.train.epochs, config.train.final_side) == (100, 224)
    assert not config.clfm.stop_gradient
    assert not config.model.normalise_fusion


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("clfm.clusters=0", ["clfm.clusters", "0", "from 2 to 512"]),
        ("clfm.clusters=513", ["clfm.clusters", "513", "512"]),
        ("clfm.k=4", ["clfm.k", "not a known key"]),
        ("tranning.epochs=4", ["tranning", "not a known key"]),
        ("train.sizes=[[50, 1]]", ["train.sizes", "50", "multiple of 32"]),
        ("train.sizes=[[32, 1]]", ["32 px", "single cell", "64 or more"]),
        ("data.mode=crossentropy", ["data", "votes of ferplus", "data.mode=majority"]),
        ("train.sizes=[]", ["train", "at least one"]),
        ("train.learning_rate=-1", ["train.learning_rate", "-1", "above 0"]),
        ("augment.erase_area=[0.5, 0.1]", ["augment", "smallest"]),
        ("clbs.beta=[0.1]", ["clbs.beta"]),
        ("model.stem=vgg", ["model.stem", "vgg", "imagenet"]),
        ("train=7", ["train", "7"]),
        ("seed.deep=1", ["seed"]),
        ("seed", ["key=value"]),
    ],
)
def test_bad_overrides_are_refused_by_name(override, parts):
    with pytest.raises(ConfigError) as caught:
        load_preset("smoke", ["seed=1", override] if "deep" in override else [override])
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_unknown_preset_lists_the_known_ones():
    with pytest.raises(ConfigError, match="paper, quick, scratch, smoke"):
        load_preset("papper")


@pytest.mark.parametrize("text", ["a: [", "just a word", ""])
def test_broken_yaml_is_one_sentence(tmp_path, text):
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_preset(str(path))
    assert "own.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"own\.yaml cannot be read"):
        load_preset(str(path))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ([], "MSR+CLFM+CLBS"),
        (["clfm.enabled=false"], "MSR+CLBS"),
        (["model.msr=false", "clbs.enabled=false"], "CLFM"),
        (["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"], "baseline"),
        ([*PLAIN, "scn.enabled=true"], "SCN"),
        ([*PLAIN, "simsiam.enabled=true"], "SimSiam"),
        ([*PLAIN, "rul.enabled=true", "simsiam.enabled=true"], "SimSiam+RUL"),
        ([*PLAIN, "eac.enabled=true"], "EAC"),
        (["clfm.enabled=false", "supervision.enabled=true"], "MSR+CLBS+Supervision"),
        (["clfm.enabled=false", "clbs.centres=classes"], "MSR+CLBS(classes)"),
        (["clbs.centres=classes", "simsiam.enabled=true"], "MSR+CLFM+CLBS(classes)+SimSiam"),
    ],
)
def test_method_names_its_parts(changes, name):
    assert load_preset("smoke", changes).method == name


def test_sizes_give_the_side_of_every_epoch():
    train = load_preset("smoke", ["train.sizes=[[64, 2], [96, 1]]"]).train
    assert [train.side_at(e) for e in range(3)] == [64, 64, 96]
    assert (train.epochs, train.final_side) == (3, 96)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        (["scn.enabled=true"], ["scn", "pooled head", "model.msr=false"]),
        (
            [*SCN, "data.name=ferplus", "data.mode=crossentropy"],
            ["scn", "crossentropy", "data.mode=majority"],
        ),
        (
            [*SCN, "data.labelled=0.2", "data.unlabelled=true"],
            ["scn", "data.unlabelled=false"],
        ),
        ([*SCN, "train.batch=2", "scn.share=0.4"], ["scn.share", "0.4", "train.batch = 2"]),
        ([*SCN, "scn.share=1"], ["scn.share", "below 1"]),
        (["rul.enabled=true"], ["rul", "MSR", "model.msr=false"]),
        ([*SCN, "rul.enabled=true"], ["rul", "SCN", "scn.enabled=false"]),
        (
            [*PLAIN, "rul.enabled=true", "data.labelled=0.2", "data.unlabelled=true"],
            ["rul", "data.unlabelled=false"],
        ),
        ([*PLAIN, "supervision.enabled=true"], ["supervision", "MSR", "model.msr=true"]),
        (["eac.enabled=true"], ["eac", "MSR", "model.msr=false"]),
        ([*PLAIN, "eac.enabled=true", "rul.enabled=true"], ["eac", "RUL", "rul.enabled=false"]),
        (
            [*PLAIN, "eac.enabled=true", "simsiam.enabled=true"],
            ["eac", "mirror image", "simsiam.enabled=false"],
        ),
        (["clbs.centres=classes", "clbs.clusters=5"], ["clbs.clusters = 5", "leave it null"]),
    ],
)
def test_methods_that_cannot_be_combined_are_refused(changes, parts):
    with pytest.raises(ConfigError) as caught:
        load_preset("smoke", changes)
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_the_high_group_is_the_share_of_the_batch_rounded_down():
    scn = load_preset("smoke", SCN).scn
    assert [scn.high_group(batch) for batch in (2, 10, 64, 90, 1024)] == [1, 7, 44, 63, 716]
