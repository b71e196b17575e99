"""No configuration crashes, and every refusal names the key, the value and what is allowed."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import annotated_types
import numpy as np
import pytest
import yaml
from pydantic.fields import FieldInfo
from typer.testing import CliRunner

from clfer.cli import app as cli
from clfer.config import Config, dump_config, load_preset, parse_config
from clfer.config.allowed import allowed
from clfer.config.sections import Section
from clfer.config.yaml_text import LARGEST
from clfer.errors import ConfigError
from clfer.runs.grid import parse_grid

AREA = "configuration"


def fields(model: type[Section] = Config, above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key of a configuration with its declaration."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from fields(kind, f"{above}{name}.")
        else:
            yield f"{above}{name}", field


FIELDS = dict(fields())


def impossible(key: str, rng: np.random.Generator) -> Any:
    """A value that no reading of a key allows."""
    field, default = FIELDS[key], FIELDS[key].default
    kind = str(field.annotation)
    junk: list[Any] = [{"a": 1}, [[[]]], [{}], [None] * 9, {"b": {"c": []}}, b"\xff\xfe"]
    if "str" not in kind and "Literal" not in kind:
        junk += ["many", "", "0x", "1_", "½", "-", "nan ", "∞", "\x00"]
    if "Literal" in kind:
        junk += ["", "nothing", str(default).upper() + "x", 0, 1.5, True]
    if "bool" in kind:
        junk += [2, -1, 0.5, math.nan, "perhaps"]
    if "int" in kind.replace("integer", "") or "float" in kind:
        junk += [math.nan, math.inf, -math.inf, -1, 10**30, -(10**30), "1e400", "-1e400", True]
        junk += [bound for item in field.metadata for bound in beyond(item, kind)]
    if kind.startswith("tuple"):
        junk = [[], [1], ["a"] * 3, [math.nan] * 3, [-1.0, 0.1, 0.1], 3, "x", [math.inf] * 3]
        junk += [[[64, 0]], [[33, 1]], [[64, 10**25]], [[]], [[64]], [[10**9, 1]], [[64, 1.5]]]
    if "None" not in kind:
        junk.append(None)
    return junk[rng.integers(len(junk))]


def beyond(item: Any, kind: str) -> list[Any]:
    """Values just behind a bound."""
    step = 1 if "int" in kind else 1e-9
    if isinstance(item, annotated_types.Ge):
        return [item.ge - step]
    if isinstance(item, annotated_types.Gt):
        return [item.gt]
    if isinstance(item, annotated_types.Le):
        return [item.le + max(step, abs(item.le) * step)]
    if isinstance(item, annotated_types.Lt):
        return [item.lt]
    return []


def with_value(key: str, value: Any) -> str:
    """The preset ``paper`` as YAML text, with another value at a key."""
    values: dict[str, Any] = {}
    target = values
    *sections, last = key.split(".")
    for section in sections:
        target = target.setdefault(section, {})
    target[last] = value
    return yaml.safe_dump(values, allow_unicode=True)


def sentence(call: Callable[[], object]) -> str:
    """The one sentence of a refusal, short enough to read."""
    with pytest.raises(ConfigError) as caught:
        call()
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 600
    return message


def fault(key: str, value: Any) -> str | None:
    """What is wrong with the refusal of an impossible value; None if all is well."""
    try:
        found = parse_config(with_value(key, value), "mine")
    except ConfigError as error:
        message = str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    else:
        return f"accepted as {found}"
    own = key.rpartition(".")[2]
    if "\n" in message or not message.endswith(".") or len(message) > 600:
        return f"no short sentence: {message}"
    if own not in message:
        return f"key not named: {message}"
    if isinstance(value, int | float | str) and repr(value)[:20] not in message.replace(
        "\\\\", "\\"
    ):
        return f"value not named: {message}"
    if not any(
        word in message for word in ("must be", "choose one of", "write a number", "at least one")
    ):
        return f"range not named: {message}"
    return None


def test_impossible_values_of_every_field_are_refused(case_numbers, record) -> None:
    faults = []
    numbers = case_numbers(2_000, 240)
    keys = sorted(FIELDS)
    for number in numbers:
        key = keys[number % len(keys)]
        value = impossible(key, np.random.default_rng(number))
        said = fault(key, value)
        if said is not None:
            faults.append(f"case {number}: {key} = {value!r}: {said}")
    record(AREA, cases=len(numbers), failures=len(faults), fields=len(keys))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("key", sorted({key.rpartition(".")[0] for key in FIELDS}))
def test_unknown_keys_are_named(key: str) -> None:
    path = f"{key}.surprise" if key else "surprise"
    message = sentence(lambda: parse_config(with_value(path, 1), "mine"))
    assert f"{path} is not a known key" in message
    if key:
        assert key in sentence(lambda: parse_config(f"{key}: 7", "mine"))
        assert key in sentence(lambda: parse_config(f"{key}: null", "mine"))


@pytest.mark.parametrize("key", sorted(FIELDS))
def test_what_is_allowed_is_said_of_every_key(key: str) -> None:
    said = allowed(key.split("."))
    assert said is not None
    for item in FIELDS[key].metadata:
        for name in ("ge", "gt", "le", "lt"):
            bound = getattr(item, name, None)
            if bound is not None:
                assert f"{bound:,}" in said


NAMED = {
    "clfm.clusters=0": "clfm.clusters = 0 is refused: it must be a whole number from 2 to 512",
    "clfm.clusters=513": "clfm.clusters = 513 is refused: it must be a whole number from 2 to 512",
    "train.learning_rate=-0.1": "it must be a finite number above 0 and at most 100",
    "train.learning_rate=.nan": "train.learning_rate = nan",
    "train.learning_rate=.inf": "train.learning_rate = inf",
    "clfm.alpha=[0, .inf, 0]": "clfm.alpha.1 = inf is refused: it must be a finite number from 0",
    "train.sizes=[[32, 1]]": "with model.stem = imagenet the side must be 64 or more",
    "train.sizes=[[48, 1]]": "train.sizes.0.0 = 48 is refused: it must be a whole number from 32",
    "train.sizes=[[64, 0]]": "train.sizes.0.1 = 0 is refused",
    "train.sizes=[]": "sizes",
    "augment.erase_area=[0.5, 0.1]": "erase_area = [0.5, 0.1] must be two fractions",
    "augment.erase_area=[.nan, 0.1]": "erase_area = [nan, 0.1] must be two fractions",
    "train.batch=true": "train.batch = True is refused: true and false are no numbers",
    "scn.enabled=2": "scn.enabled = 2 is refused: it must be true or false",
    "train.batch=" + "9" * 5000: "the value is not valid YAML",
    "seed=2020-13-45": "the value is not valid YAML",
}


@pytest.mark.parametrize("override", NAMED, ids=lambda text: text[:40])
def test_the_classic_mistakes(override: str) -> None:
    assert NAMED[override] in sentence(lambda: load_preset("paper", [override]))


def laughs(levels: int) -> str:
    """Nine lists of nine references each: 9^9 values in a few hundred characters."""
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(rows)


def merges(levels: int) -> str:
    rows = ["a0: &a0 {k: 1}"]
    rows += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, levels)]
    return "\n".join(rows)


BOMBS = {
    "laughs": laughs(10),
    "merges": merges(10),
    "itself": "train: &a {sizes: *a}",
    "deep lists": "train: {sizes: " + "[" * 20_000,
    "deep flow": "train: {sizes: " + "[" * 49_000,
    "deep rows": "- " * 24_000 + "1",
    "deep keys": "? " * 24_000 + "1",
    "deep": "\n".join(" " * i + "a:" for i in range(310)),
    "commas": "a: [" + "1," * 24_000 + "]",
    "colons": "a: {" + "a: 1," * 9_000 + "}",
    "quotes": "'" * 49_000,
    "tags": "!a " * 16_000,
    "anchors": "&a " * 16_000,
    "deep maps": "{a: " * 5_000 + "1" + "}" * 5_000,
    "long": "a: 1\n" * LARGEST,
    "digits": f"seed: {'9' * 5_000}",
    "date": "seed: 2020-13-45",
    "python": "seed: !!python/object/apply:os.system ['true']",
    "tab": "train:\n\tbatch: 3",
    "control": "train: {batch: \x07}",
    "unclosed": "train: {batch: [1, 2",
    "two documents": "seed: 1\n---\nseed: 2",
    "a list": "- seed: 1",
    "a number": "7",
    "empty": "",
    "complex key": "? [a, b]\n: 1",
    "number as key": "1: 2",
    "none as key": "null: 2",
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.timeout(60)
def test_bombs_and_broken_yaml_end_in_a_sentence(name: str) -> None:
    assert "mine" in sentence(lambda: parse_config(BOMBS[name], "mine"))
    sentence(lambda: parse_grid(BOMBS[name], "mine"))


def test_random_damage_to_a_written_configuration(case_numbers, record) -> None:
    """Characters lost, doubled and exchanged: a configuration or a sentence, nothing else."""
    whole = dump_config(load_preset("paper"))
    signs = list(":[]{}-&*!|>'\"%@`#,?\n\t 0 9.e\x00\ufeff")
    numbers, faults = case_numbers(600, 60), []
    for number in numbers:
        rng = np.random.default_rng(number)
        text = list(whole)
        for _ in range(rng.integers(1, 6)):
            at = int(rng.integers(len(text)))
            text[at : at + int(rng.integers(0, 3))] = [signs[rng.integers(len(signs))]]
        try:
            parse_config("".join(text), "mine")
        except ConfigError as error:
            if "\n" in str(error) or not str(error).endswith("."):
                faults.append(f"case {number}: {error}")
        except Exception as error:
            faults.append(f"case {number}: {type(error).__name__}: {error}")
    record(AREA, cases=len(numbers), failures=len(faults))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("override", ["clfm.clusters=0", "train.nothing=1", "train.sizes=[[16,1]]"])
def test_the_command_line_ends_with_2(override: str, tmp_path) -> None:
    command = ["train", "--preset", "smoke", "--set", override, "--run", str(tmp_path / "run")]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 2, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert override.partition("=")[0] in result.output.replace("\n", " ")
    assert "Traceback" not in result.output
    assert not (tmp_path / "run").exists()
