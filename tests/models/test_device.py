"""Which arithmetic a training step uses, by what the processor says it can do."""

from pathlib import Path

import pytest
import torch

from clfer.errors import ConfigError
from clfer.models import device
from clfer.models.device import (
    check_precision,
    processor_name,
    resolve_precision,
    slow_precision,
)

CPU = torch.device("cpu")
OLD = "processor\t: 0\nmodel name\t: Old CPU\nflags\t: fma avx2\n\nflags\t: amx_bf16\n"
NEW = "processor\t: 0\nmodel name\t: New CPU\nflags\t\t: fma avx2 avx512f avx512_bf16\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd bf16\n"


@pytest.fixture
def processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def choose(text: str | None) -> None:
        path = tmp_path / "cpuinfo"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, "utf-8")
        monkeypatch.setattr(device, "_PROCESSORS", path)
        device._processor.cache_clear()

    yield choose
    device._processor.cache_clear()


@pytest.mark.parametrize(
    ("text", "chosen"),
    [(OLD, "32-true"), (NEW, "bf16-mixed"), (ARM, "bf16-mixed"), (None, "32-true")],
    ids=["old", "new", "arm", "unknown"],
)
def test_auto_takes_bfloat16_only_where_the_processor_computes_in_it(processor, text, chosen):
    processor(text)
    assert resolve_precision("auto", CPU) == chosen


def test_a_precision_that_is_named_is_kept_and_a_slow_one_is_said(processor):
    processor(OLD)
    assert resolve_precision("bf16-mixed", CPU) == "bf16-mixed"
    assert "many times slower" in slow_precision("bf16-mixed", CPU)
    assert "float16" in slow_precision("16-mixed", CPU)
    assert slow_precision("auto", CPU) == slow_precision("32-true", CPU) == ""
    processor(NEW)
    assert slow_precision("bf16-mixed", CPU) == ""


def test_an_unknown_precision_is_refused_with_all_that_there_are():
    with pytest.raises(ConfigError, match="auto, 32-true, bf16-mixed, 16-mixed"):
        check_precision("fp8")
    with pytest.raises(ConfigError, match="'fp8'"):
        resolve_precision("fp8", CPU)


def test_the_processor_has_a_name(processor):
    processor(NEW)
    assert processor_name() == "New CPU"
    processor(None)
    assert processor_name()
