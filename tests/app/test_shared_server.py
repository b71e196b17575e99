"""A server that strangers share: no view names a path, changes what others see, or starts a run."""

import io
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pandas as pd
import psutil
import pytest
from google.protobuf.json_format import MessageToJson
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from clfer.config import Config, dump_config
from clfer.models.card import read_card
from clfer.runs.record import Notes, open_run, save_notes

Start = Callable[..., AppTest]
Show = Callable[[AppTest, str], AppTest]
Text = Callable[[AppTest], str]

VIEWS = (
    "face", "what_if", "batch", "confusion", "embeddings", "attention", "semantics",
    "learning_intensity", "train", "runs", "data", "models", "reproduce",
)  # fmt: skip
UPLOADS = {"face.upload", "batch.files.0"}
FIELDS = {"file_uploader": UPLOADS, "text_input": set[str](), "text_area": set[str]()}
"""Fields for files and texts that are left, by kind."""

ACTIONS = (
    "start-train", "start-grid", "end-grid", "reset-train", "start-probe", "runs.stop",
    "runs.resume", "runs.extend", "runs.delete", "start-promote", "models.remove",
    "reproduce-start", "reproduce-stop", "start-forecast",
)  # fmt: skip
SENTENCES = {
    "train": "visitors train nothing on it",
    "runs": "visitors look at its runs and change none",
    "models": "visitors neither add nor remove models",
    "reproduce": "visitors read what is written and start nothing",
}


@pytest.fixture
def runs(tmp_path: Path, pair_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs that are done, stopped and live, in a folder with a space in its name."""
    place = tmp_path / "the runs"
    monkeypatch.setenv("CLFER_RUNS", str(place))
    monkeypatch.setenv("CLFER_REPRODUCTION", str(tmp_path / "reproduction"))
    checkpoint = pair_folder / "ferplus-ours"
    base = read_card(checkpoint).config
    rows = pd.read_parquet(checkpoint / "history.parquet")
    for seed, state in enumerate(("done", "stopped", "running")):
        (run := place / state).mkdir(parents=True)
        data = base.data.model_copy(update={"root": str(place)})
        changes = {"seed": seed, "train": Config().train, "data": data}
        (run / "config.yaml").write_text(dump_config(base.model_copy(update=changes)))
        rows.to_json(run / "metrics.jsonl", orient="records", lines=True)
        (run / "log.txt").write_text(f"read {run}/a file\n", encoding="utf-8")
        (run / "status.json").write_text(json.dumps(status(state)), encoding="utf-8")
        save_notes(run, Notes(title=f"The {state} one"))
    return place


def status(state: str) -> dict[str, object]:
    """As a trainer leaves it; this process stands for one that lives."""
    own = psutil.Process()
    known = {"state": state, "epoch": 6, "epochs": 8, "heartbeat": time.time()}
    lives = {"host": socket.gethostname(), "pid": own.pid, "process_started": own.create_time()}
    return known | (lives if state == "running" else {})


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Shares the server from now on."""
    monkeypatch.delenv("CLFER_SHARED", raising=False)
    return lambda: monkeypatch.setenv("CLFER_SHARED", "1")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the functions that would have trained, stopped or deleted something."""
    asked: list[str] = []
    for place in (
        "clfer.runs.launch.start",
        "clfer.runs.launch.resume",
        "clfer.runs.sweeps.start_sweep",
        "clfer.runs.record.save_notes",
        "clfer.experiments.background.start",
        "clfer.models.imported.install",
    ):
        monkeypatch.setattr(place, lambda *_, at=place: asked.append(at))
    return asked


def sent(app: AppTest) -> str:
    """All that a page sends to the browser: texts, labels, help, values, charts."""

    def walk(block: Block) -> Iterator[str]:
        for child in block.children.values():
            if child.proto is not None:
                yield MessageToJson(child.proto, indent=None)
            if isinstance(child, Block):
                yield from walk(child)

    return unescape("\n".join(walk(app._tree)))


def wrong(app: AppTest, places: list[Path]) -> list[str]:
    """What a page offers or tells that strangers must not get."""
    found = [f"exception: {error.value}" for error in app.exception]
    for kind, allowed in FIELDS.items():
        keys = {element.key for element in app.get(kind)}
        found += [f"{kind} {key}" for key in sorted(keys - allowed, key=str)]
    found += [f"button {button.key}" for button in app.button if button.key in ACTIONS]
    page = sent(app)
    return found + [f"tells {place}" for place in places if str(place) in page]


@pytest.mark.parametrize(
    ("named", "views"),
    [(True, VIEWS), (False, ("confusion", "data", "what_if"))],
    ids=["with a root", "without"],
)
def test_no_view_offers_a_path_or_an_action_or_tells_where_things_lie(
    start: Start,
    open_view: Show,
    page_text: Text,
    runs: Path,
    share: Callable[[], None],
    faces_root: Path,
    pair_folder: Path,
    tmp_path: Path,
    named: bool,
    views: tuple[str, ...],
) -> None:
    share()
    app = start("face", root=faces_root if named else None, run="done")
    places = [tmp_path, runs, faces_root, pair_folder, Path.home() / ".cache"]
    found = []
    for view in views:
        open_view(app, view)
        found += [f"{view}: {what}" for what in wrong(app, places)]
        if view in SENTENCES:
            assert SENTENCES[view] in page_text(app), view
    assert not found, "\n".join(found)
    open_view(app, "confusion")
    assert app.selectbox(key="split").options == (["train", "valid"] if named else ["valid"])
    assert f"These faces are {'' if named else 'not '}on this server." in page_text(app)


def test_runs_are_looked_at_and_not_changed(
    start: Start, runs: Path, share: Callable[[], None], tmp_path: Path
) -> None:
    share()
    app = start("runs")
    for name in ("stopped", "running"):
        app.session_state["run"] = name
        app.run()
        assert not wrong(app, [tmp_path])
        assert app.code[0].value == f"read the runs/{name}/a file"
    assert len(app.dataframe[0].value) == 3


def test_neither_the_address_nor_the_session_names_a_folder(
    start: Start,
    open_view: Show,
    page_text: Text,
    share: Callable[[], None],
    faces_root: Path,
    started: list[str],
) -> None:
    share()
    place = str(faces_root)
    app = start("data", split="train")
    for key in ("root", "roots", "root.view.ferplus", "train.more", "face.source"):
        app.query_params[key] = place
    keys = {
        "roots": {"ferplus": place, "folder": place},
        "root.sidebar.ferplus": place,
        "root.view.ferplus": place,
        "train.more": f"data.root={place}",
        "models.brought": "ferplus-ours",
        "runs.doomed": "done",
    }
    for key, value in keys.items():
        app.session_state[key] = value
    app.run()
    assert "The faces of FER+ are not on this server" in page_text(app)
    for view in ("confusion", "train", "models"):
        assert not wrong(open_view(app, view), [faces_root]), view
        assert app.selectbox(key="split").options == ["valid"]
    assert place not in str(app.query_params)
    assert not started


def test_a_folder_named_in_another_way_is_refused(
    start: Start, share: Callable[[], None], faces_root: Path
) -> None:
    app = start("confusion")
    field = app.text_input(key="root.sidebar.ferplus")
    share()  # the page was drawn before: its fields are still known to the server
    field.set_value(str(faces_root)).run()
    assert not app.exception
    assert app.selectbox(key="split").options == ["valid"]
    assert "reads no folders" in app.session_state["root.sidebar.ferplus.problem"]


@pytest.mark.parametrize(
    ("view", "key"), [("train", "start-train"), ("reproduce", "reproduce-start")]
)
def test_a_button_drawn_before_starts_nothing(
    start: Start, runs: Path, share: Callable[[], None], started: list[str], view: str, key: str
) -> None:
    app = start(view, item="table6", preset="smoke")
    share()
    app.button(key=key).click().run()
    assert not app.exception
    assert not started


def test_notes_are_not_written(
    start: Start, runs: Path, share: Callable[[], None], started: list[str]
) -> None:
    app = start("runs", run="done")
    field = app.text_input(key="runs.title.done")
    share()
    field.set_value("mine").run()
    assert not app.exception
    assert not started
    assert open_run(runs / "done").notes.title == "The done one"


def test_a_batch_is_smaller_and_still_read(start: Start, share: Callable[[], None]) -> None:
    share()
    app = start("batch")
    session = sys.modules["views.batch_session"]
    stream = io.BytesIO()
    Image.new("RGB", (64, 64)).save(stream, "PNG")
    files = [(f"{i}.png", stream.getvalue(), "") for i in range(session.MAX_PHOTOS_SHARED + 1)]
    assert session.limits() == (200, 60_000_000)
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    assert len(app.error) == 1
    assert "a batch holds at most 200 photos and 60 MB" in app.error[0].value


def test_a_full_queue_takes_no_more(
    start: Start, share: Callable[[], None], faces_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share()
    app = start("confusion", root=faces_root, split="train")
    assert not app.button(key="start-sA").disabled
    monkeypatch.setattr("clfer.work.jobs.Jobs.active", 6)
    app.run()
    assert app.button(key="start-sA").disabled
    assert not app.exception


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/my data/FERPlus/label.csv is missing.", "FERPlus/label.csv is missing."),
        ("Configuration '/home/x/runs/1/config.yaml': no", "Configuration 'config.yaml': no"),
        ("~/.cache/clfer/results/a.npz", "a.npz"),
        ("A/B, 3/4, 25 / 30 and https://clfer.invalid/a/b", None),
    ],
)
def test_paths_are_cut_to_their_last_part(
    repository: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str | None
) -> None:
    monkeypatch.syspath_prepend(str(repository / "app"))
    monkeypatch.setenv("CLFER_FERPLUS_ROOT", "/srv/my data/FERPlus")
    import shared

    monkeypatch.delenv("CLFER_SHARED", raising=False)
    assert shared.without_paths(text) == text
    for off in ("0", "", "no"):
        monkeypatch.setenv("CLFER_SHARED", off)
        assert not shared.is_shared()
    monkeypatch.setenv("CLFER_SHARED", "1")
    assert shared.without_paths(text) == (text if told is None else told)
