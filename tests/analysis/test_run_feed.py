"""Metrics read on as they grow, and runs as rows of a table."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clfer.analysis.run_feed import RunFeed, signature
from clfer.analysis.run_list import RunFilter, duration, filter_choices
from clfer.config import Config, DataConfig, ModelConfig
from clfer.errors import DataError
from clfer.models.files import write_atomically
from clfer.runs.record import Notes, Run
from clfer.runs.status import RunStatus


def line(epoch: int) -> str:
    return json.dumps({"epoch": epoch, "valid_accuracy": 0.5}) + "\n"


@given(cuts=st.lists(st.integers(0, 200), max_size=8))
def test_however_the_file_grows_every_row_comes_once(
    cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("run")
    text = "".join(line(epoch) for epoch in range(1, 5))
    feed = RunFeed(folder)
    assert feed.read() == []
    for cut in sorted(cuts):
        with (folder / "metrics.jsonl").open("a") as stream:
            stream.write(text[stream.tell() : cut])
        whole = text[:cut].count("\n")
        assert [row["epoch"] for row in feed.read()] == list(range(1, whole + 1))


def test_a_resumed_run_is_read_anew(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_text(line(1) + line(2) + line(3))
    feed = RunFeed(tmp_path)
    assert len(feed.read()) == 3
    write_atomically(metrics, (line(1) + line(7) + line(8)).encode())
    assert [row["epoch"] for row in feed.read()] == [1, 7, 8]


def test_a_damaged_line_is_one_sentence_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text(line(1) + "{\n")
    with pytest.raises(DataError, match=r"metrics\.jsonl holds a line that is not valid JSON"):
        RunFeed(tmp_path).read()


def test_the_signature_changes_with_an_epoch_and_with_the_state(tmp_path: Path) -> None:
    def status(state: str) -> None:
        (tmp_path / "status.json").write_text(json.dumps({"state": state}))

    status("stopped")
    found = [signature(tmp_path)]
    (tmp_path / "metrics.jsonl").write_text(line(1))
    found.append(signature(tmp_path))
    status("done")
    found.append(signature(tmp_path))
    assert len(set(found)) == 3
    assert signature(tmp_path) == found[-1]


def run(name: str, state: str, *, msr: bool, tags: tuple[str, ...]) -> Run:
    config = Config(data=DataConfig(name=name), model=ModelConfig(msr=msr))
    return Run(Path(name), config, RunStatus(state), [], Notes(tags=tags))  # type: ignore[arg-type]


def test_filters_ask_for_one_of_each_kind() -> None:
    runs = [
        run("synthetic", "done", msr=True, tags=("paper", "first")),
        run("ferplus", "done", msr=False, tags=()),
        run("ferplus", "failed", msr=True, tags=("paper",)),
    ]
    assert filter_choices(runs) == RunFilter(
        states=("done", "failed"),
        methods=("CLFM+CLBS", "MSR+CLFM+CLBS"),
        datasets=("ferplus", "synthetic"),
        tags=("first", "paper"),
    )

    def passed(**wanted: tuple[str, ...]) -> list[int]:
        return [i for i, one in enumerate(runs) if RunFilter(**wanted).passes(one)]

    assert passed() == [0, 1, 2]
    assert passed(tags=("paper", "last")) == [0, 2]
    assert passed(tags=("paper",), states=("done",)) == [0]
    assert passed(datasets=("ferplus",), methods=("CLFM+CLBS",)) == [1]
    assert passed(states=("lost",)) == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59.6, "1 min 00 s"), (3725, "1 h 02 min")]
)
def test_durations_are_said_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words
