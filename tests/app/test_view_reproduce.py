"""The Reproduce view under AppTest: the list, one item with and without files, start and stop."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from pathlib import Path

import pytest
from grid_runs import write_run
from matplotlib.figure import Figure
from streamlit.testing.v1 import AppTest

from clfer.experiments.background import log_file
from clfer.experiments.findings import COLUMNS
from clfer.experiments.item import Product
from clfer.experiments.output import INDEX, item_folder, write_product
from clfer.experiments.printed import PrintedFigure
from clfer.experiments.registry import find_item, item_names
from clfer.experiments.reproduce import grid_of
from clfer.experiments.scale import load_scale
from clfer.experiments.table import Column, ResultTable
from clfer.runs.locks import Lock

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]
Asked = list[tuple[str, str, Mapping[str, str]]]

TABLE = ResultTable(
    "table6",
    "Centres of made-up runs",
    (Column("centres"), Column("paper, RAF-DB", 2, "%"), Column("ours", 2, "%"), Column("n")),
    (("classes", 89.15, 71.5, 12345), ("clusters", 92.21, None, None)),
    ("One note.",),
)


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty folders for runs and files."""
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("CLFER_REPRODUCTION", str(tmp_path / "reproduction"))
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Collects what would be started; no process is."""
    found: Asked = []
    monkeypatch.setattr("clfer.experiments.background.start", lambda *given: found.append(given))
    return found


def _write(name: str, figures: tuple[PrintedFigure, ...] = ()) -> None:
    product = Product((TABLE,), figures, "- As it was run.")
    write_product(find_item(name), product, item_folder("smoke", name))


def _open(start: Start, item: str, preset: str = "smoke") -> AppTest:
    app = start("reproduce", item=item, preset=preset)
    assert not app.exception
    return app


def _captions(app: AppTest) -> dict[str, str]:
    """The state of each item as the list shows it, by the name of the item."""
    return dict(zip(item_names(), app.radio(key="item").proto.captions[1:], strict=True))


def test_the_list_has_every_item_in_order_with_its_state(start: Start, page_text: Text) -> None:
    runs = grid_of([find_item("table6")], load_scale("smoke")).runs
    for number, run in enumerate(runs[:2]):
        write_run(log_file("x", "smoke").parents[2] / f"runs/{number}", run.config, "done", 0.5)
    _write("table1")
    app = _open(start, "table6")
    _overview, *options = app.radio(key="item").options
    assert len(options) == len(item_names())
    for name, option in zip(item_names(), options, strict=True):
        item = find_item(name)
        assert item.where in option
        assert item.title in option
    states = _captions(app)
    assert states["table6"].endswith("2 of 3 runs done")
    assert states["table1"].endswith("written")
    assert states["table5"].endswith("not started")
    assert app.button(key="reproduce-start").label == "Train the other 1 and write"
    assert "70 training faces, 1 epoch at 64 px" in unescape(page_text(app))


def test_an_item_without_files_says_what_to_do(start: Start, page_text: Text, asked: Asked) -> None:
    app = _open(start, "table6")
    assert not app.dataframe
    assert "Nothing written yet" in page_text(app)
    app.button(key="reproduce-start").click().run()
    assert not app.exception
    assert [one[:2] for one in asked] == [("table6", "smoke")]


def test_what_was_written_is_shown_with_its_files(start: Start, page_text: Text) -> None:
    # A figure may have the name of a table: their files differ in their endings.
    _write("table6", (PrintedFigure(TABLE.name, "Caption.", "Finding.", Figure),))
    app = _open(start, "table6")
    table = app.dataframe[0].value
    assert list(table) == ["centres", "paper, RAF-DB (%)", "ours (%)", "n"]
    assert table["ours (%)"].tolist()[0] == 71.5
    assert table["ours (%)"].isna().tolist() == [False, True]
    said = unescape(page_text(app))
    assert TABLE.caption in said
    assert all(words in said for words in ("One note.", "Caption.", "Finding."))
    assert len(app.get("image")) == 1
    assert any("As it was run." in element.value for element in app.markdown)
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["LaTeX", "CSV", "Markdown", "PDF", "PNG", "All on one page"]


def test_a_damaged_index_is_one_sentence(start: Start) -> None:
    _write("table6")
    (item_folder("smoke", "table6") / INDEX).write_text("{")
    app = _open(start, "table6")
    assert "damaged" in app.error[0].value


def test_a_refused_start_is_one_sentence(start: Start) -> None:
    app = _open(start, "table6")
    log_file("table6", "smoke").mkdir(parents=True)  # so it cannot be opened for writing
    app.button(key="reproduce-start").click().run()
    assert not app.exception
    assert "table6 cannot be started" in app.error[0].value


def test_a_failure_is_told_until_the_files_are_newer(start: Start) -> None:
    log = log_file("table6", "smoke")
    log.parent.mkdir(parents=True)
    log.write_text("1/3  baseline\nError: The disk is full.\n")
    app = _open(start, "table6")
    assert [one.value for one in app.error] == ["The disk is full."]
    _write("table6")
    assert not app.run().error


def test_a_running_item_is_stopped_not_started(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log_file("table6", "smoke").with_suffix(".lock")
    path.parent.mkdir(parents=True)
    lock = Lock.take(path)
    assert lock is not None
    stopped: list[tuple[str, str]] = []
    monkeypatch.setattr("clfer.experiments.background.stop", lambda *given: stopped.append(given))
    try:
        app = _open(start, "table6")
        assert "running, 0 of 3 runs done" in _captions(app)["table6"]
        assert "reproduce-start" not in [button.key for button in app.button]
        app.button(key="reproduce-stop").click().run()
    finally:
        lock.close()
    assert stopped == [("table6", "smoke")]


def test_a_missing_folder_is_asked_for_before_the_start(
    start: Start, faces_root: Path, asked: Asked, page_text: Text
) -> None:
    app = _open(start, "table6", preset="cpu")
    assert app.button(key="reproduce-start").disabled
    assert "FER+ is missing" in unescape(page_text(app))
    app.text_input(key="root.reproduce.ferplus").set_value(str(faces_root)).run()
    assert not app.button(key="reproduce-start").disabled
    app.button(key="reproduce-start").click().run()
    assert asked == [("table6", "cpu", {"ferplus": str(faces_root)})]


def test_an_unknown_address_gives_way_to_the_overview(start: Start) -> None:
    app = _open(start, "table99", preset="huge")
    assert app.session_state["item"] == "claims"
    assert app.session_state["preset"] == "cpu"
    assert app.query_params["item"] == "claims"


def test_the_overview_has_every_written_claim_with_its_verdict(
    start: Start, page_text: Text
) -> None:
    app = _open(start, "claims")
    assert "No item is written at this size" in page_text(app)
    rows = (("folder", "A <b>claim</b>.", "+1.2 points", "yes", "IV-B", 7, 1),
            ("folder", "Another.", "nothing", "open", "V", None, None),
            ("folder", "A third.", "−3 points", "no", "V", 7, 1))  # fmt: skip
    product = Product((ResultTable("fig5-claims", "Claims.", COLUMNS, rows),), (), "- As it was.")
    write_product(find_item("fig5"), product, item_folder("smoke", "fig5"))
    app = _open(start, "claims")
    said = page_text(app)
    assert "Of 3 claims 1 holds, 1 does not, 1 is open." in said
    assert "A &lt;b&gt;claim&lt;/b&gt;." in said
    assert [said.count(words) for words in ("✓ holds", "✗ does not", "? open")] == [1, 1, 1]
    assert len(app.get("download_button")) == 3
    (item_folder("smoke", "fig5") / INDEX).write_text("{")
    assert "damaged" in _open(start, "claims").error[0].value


def test_what_ships_is_in_the_overview(start: Start, page_text: Text) -> None:
    said = page_text(_open(start, "claims", preset="cpu"))
    assert "Training with the proposed losses enlarges the gradient norms" in said
    assert "a claim that does not hold here may hold there" in said


def test_what_ships_is_shown_until_it_is_written_here(start: Start, page_text: Text) -> None:
    app = _open(start, "table7", preset="cpu")
    assert "Shipped with CLFER" in page_text(app)
    assert _captions(app)["table7"].endswith("shipped")
    assert _captions(app)["table5"].endswith("not started")
    assert "baseline, here" in app.dataframe[0].value["method"].tolist()
    assert not any(button.disabled for button in app.get("download_button"))
    product = Product((TABLE,), (), "- As it was run.")
    write_product(find_item("table7"), product, item_folder("cpu", "table7"))
    app = _open(start, "table7", preset="cpu")
    assert "Shipped with CLFER" not in page_text(app)
    assert "centres" in app.dataframe[0].value


def test_a_text_of_two_lines_stands_in_a_row_that_streamlit_wraps(start: Start) -> None:
    centres, claims = _open(start, "table6", preset="scratch").dataframe
    assert len(claims.value["measured here"][0]) < 2 * 36
    assert claims.proto.row_height > 64  # 4 rem
    assert centres.proto.row_height < 64


def test_an_item_of_its_own_size_says_which(start: Start, page_text: Text) -> None:
    at_cpu = page_text(_open(start, "table7", preset="cpu"))
    assert "10,000 training faces, 10 epochs at 64 px unless an item says otherwise" in at_cpu
    assert "Its runs: all training faces, 12 epochs at 64 px, majority labels." in at_cpu
    assert "Its runs:" not in page_text(_open(start, "table6", preset="cpu"))
    assert "otherwise" not in page_text(_open(start, "table7"))


def test_nothing_ships_at_other_sizes(start: Start, page_text: Text) -> None:
    app = _open(start, "table7")
    assert "shipped" not in page_text(app)
    assert not app.dataframe
