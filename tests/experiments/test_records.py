"""Records of runs: what tables say is the same from them, and nothing else is made of them."""

from pathlib import Path

import pytest
from finished_runs import Finished, finish, folder_scale

from clfer.errors import ConfigError
from clfer.experiments.registry import find_item
from clfer.experiments.reproduce import grid_of, states
from clfer.paths import runs_dir
from clfer.runs.launch import extend, resume
from clfer.runs.missing import plan
from clfer.runs.record import open_run
from clfer.runs.records import import_records, write_record

TABLE = find_item("table6")
FIGURE = find_item("fig10")


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finished:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    return finish(TABLE, folder_scale(tmp_path / "faces"))


@pytest.fixture
def records(finished: Finished, tmp_path: Path) -> Path:
    for folder in finished.folders.values():
        write_record(open_run(folder), tmp_path / "records")
    return tmp_path / "records"


def test_imported_records_give_the_same_tables(
    finished: Finished, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = finished.tables(TABLE)
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "elsewhere"))
    assert {step.action for step in plan(grid_of([TABLE], finished.scale))} == {"start"}
    assert len(import_records(records)) == len(finished.folders)
    assert {step.action for step in plan(grid_of([TABLE], finished.scale))} == {"done"}
    assert finished.tables(TABLE) == expected
    assert import_records(records) == []


def test_a_record_does_not_stand_for_weights(
    finished: Finished, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_weights = states([FIGURE], finished.scale)[0].done
    assert with_weights
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "elsewhere"))
    import_records(records)
    assert states([FIGURE], finished.scale)[0].done == 0
    both = grid_of([TABLE, FIGURE], finished.scale)
    assert sum(step.action == "start" for step in plan(both)) >= with_weights


def test_a_record_is_small_and_tells_no_path(finished: Finished, records: Path) -> None:
    record = next(records.iterdir())
    assert sum(path.stat().st_size for path in record.rglob("*") if path.is_file()) < 20_000
    assert finished.scale.roots["folder"] not in (record / "config.yaml").read_text("utf-8")


def test_a_record_cannot_be_continued(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "elsewhere"))
    import_records(records)
    record = next(runs_dir().iterdir())
    with pytest.raises(ConfigError, match="record without weights"):
        extend(record, 2)
    with pytest.raises(ConfigError, match="record without weights"):
        resume(record)


def test_what_lies_beside_a_record_is_not_imported(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = next(records.iterdir())
    (record / "stop").touch()
    (record / "predictions" / "0002.safetensors").symlink_to("/etc/passwd")
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "elsewhere"))
    import_records(records)
    copied = runs_dir() / record.name
    assert not (copied / "stop").exists()
    assert not (copied / "predictions" / "0002.safetensors").exists()


def test_only_finished_runs_have_records_and_a_folder_without_any_is_refused(
    finished: Finished, tmp_path: Path
) -> None:
    folder = next(iter(finished.folders.values()))
    status = folder / "status.json"
    status.write_text(status.read_text("utf-8").replace("done", "stopped"), "utf-8")
    with pytest.raises(ConfigError, match="only a finished run"):
        write_record(open_run(folder), tmp_path / "records")
    with pytest.raises(ConfigError, match="holds no record"):
        import_records(tmp_path / "nothing")
