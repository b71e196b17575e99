"""What a form says of presets and parameters, and the configuration file that people read."""

import pytest

from clfer.config import load_preset, parse_config, preset_names
from clfer.config.parameters import PARAMETERS, SIZES, lines, named, overrides
from clfer.config.written import (
    differences,
    marked_yaml,
    preset_line,
    read_sizes,
    write_sizes,
)
from clfer.errors import ConfigError


def _values(preset: str) -> dict[str, object]:
    return {parameter.name: parameter.value(load_preset(preset)) for parameter in PARAMETERS}


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_says_what_it_is_and_fills_the_form(name: str) -> None:
    assert len(preset_line(name)) > 20
    assert not preset_line(name).startswith("#")
    assert overrides(_values(name), load_preset(name)) == []


def test_quick_takes_more_steps_on_fewer_faces_than_a_whole_synthetic_epoch() -> None:
    config = load_preset("quick")
    assert config.data.name == "synthetic"
    assert config.data.count is not None
    assert config.data.count % 7 == 0
    assert config.method == "MSR+CLFM+CLBS"
    assert config.data.count // config.train.batch * config.train.epochs >= 300


def test_what_differs_from_the_preset_becomes_an_override() -> None:
    values = _values("scratch") | {"clfm.alpha.2": 0.5, "data.count": 700, "clfm.enabled": False}
    found = overrides(values, load_preset("scratch"))
    config = load_preset("scratch", found)
    assert len(found) == 3
    assert config.clfm.alpha == (0.0, 0.5, 0.0)
    assert config.data.count == 700
    assert config.method == "MSR+CLBS"


def test_help_holds_the_meaning_and_the_papers_value() -> None:
    said = {parameter.name: parameter.help for parameter in PARAMETERS}
    assert "semantic groups" in said["clfm.clusters"]
    assert "Paper: 4." in said["clfm.clusters"]
    assert "Paper: 0.1." in said["clbs.beta.2"]
    assert "Paper: 0." in said["clbs.beta.1"]
    assert "Paper" not in said["seed"]
    assert all(parameter.key in said[parameter.name] for parameter in PARAMETERS)


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_a_refusal_finds_its_field(parameter) -> None:
    value = "no" if parameter.name != SIZES.name else "[[50, 1]]"
    with pytest.raises(ConfigError) as caught:
        load_preset("paper", [f"{parameter.key}={{a: {value}}}"])
    found = named(str(caught.value))
    assert found is not None
    assert found.key == parameter.key


def test_a_message_about_another_key_finds_no_field() -> None:
    assert named("Configuration 'paper': train.gamma = 2 is refused.") is None
    assert named("Configuration 'paper': clfm.iterations = 0 is refused.") is None


def test_sizes_are_read_as_they_are_written() -> None:
    sizes = [[64, 9], [96, 2]]
    assert read_sizes(write_sizes(sizes)) == sizes
    assert read_sizes(" 64x9\n\n96 × 2 ") == sizes
    for wrong in ("64", "64 by 9", "a x b", "-64 x 9"):
        with pytest.raises(ConfigError, match="side x epochs"):
            read_sizes(wrong)


def test_the_marked_file_is_the_configuration() -> None:
    base = load_preset("scratch")
    changes = ["clfm.clusters=8", 'data.root="/a b: #c"', "train.sizes=[[64, 1]]", "seed=5"]
    config = load_preset("scratch", changes)
    text = marked_yaml(config, base)
    assert parse_config(text, "text") == config
    marked = [line.split(":")[0].strip() for line in text.splitlines() if "# scratch:" in line]
    assert marked == ["seed", "root", "clusters", "sizes"]
    assert set(differences(config, base)) == {
        *("seed", "data.root", "clfm.clusters", "train.sizes"),
    }
    assert "#" not in marked_yaml(base, base)


def test_lines_leave_out_comments() -> None:
    assert lines("\n# why\n clfm.scope=batch \n\nseed=1") == ["clfm.scope=batch", "seed=1"]
