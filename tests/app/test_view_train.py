"""The Train view under AppTest: fields become a configuration, which is checked and started."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from clfer.config import load_preset, parse_config
from clfer.models.device import AUTO, PRECISIONS
from clfer.runs.launch import Launch
from clfer.runs.record import Run, open_run
from clfer.training.probe import probe_request
from clfer.training.run_folder import RunFolder
from clfer.work.results import save_result

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Empty folders for runs and results."""
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "runs"
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def started(runs: Path, monkeypatch: pytest.MonkeyPatch) -> list[Launch]:
    """Collects how runs are launched; their folders are made, but nothing is trained."""
    launches: list[Launch] = []

    def begin(config, launch) -> Run:
        launches.append(launch)
        folder = RunFolder.create(runs / f"run-{len(launches)}", config, resume=False)
        folder.write_status("done", epoch=1, epochs=1)
        return open_run(folder.path)

    monkeypatch.setattr("clfer.runs.launch.start", begin)
    return launches


def _config(app: AppTest):
    """The configuration that the page shows as the one to be written."""
    return parse_config(app.code[0].value, "page")


def _field(app: AppTest, name: str):
    return app.session_state[f"train.{name}"]


def test_it_opens_with_a_preset_that_can_start_at_once(start: Start, page_text: Text) -> None:
    app = start("train")
    assert not app.exception
    assert not app.error
    assert _config(app) == load_preset("quick")
    assert not app.button(key="start-train").disabled
    text = page_text(app)
    assert "1,400 training and 700 validation faces, 7 expressions" in text
    assert "As preset quick has it" in text
    assert "MSR+CLFM+CLBS" in text
    assert app.button(key="reset-train").disabled


@pytest.mark.parametrize("preset", ["paper", "smoke"])
def test_a_preset_fills_every_field(start: Start, preset: str) -> None:
    app = start("train")
    app.number_input(key="train.clfm.clusters").set_value(6).run()
    app.segmented_control(key="train.preset").set_value(preset).run()
    assert not app.exception
    assert _config(app) == load_preset(preset)


def test_fields_and_lines_become_the_configuration(start: Start, page_text: Text) -> None:
    app = start("train")
    app.toggle(key="train.clbs.enabled").set_value(False)
    app.number_input(key="train.clfm.alpha.1").set_value(0.3)
    app.number_input(key="train.data.count").set_value(None)
    app.text_area(key="train.train.sizes").set_value("64 x 2\n96 x 1")
    app.text_area(key="train.more").set_value("clfm.scope=batch\n").run()
    assert not app.exception
    config = _config(app)
    assert config.method == "MSR+CLFM"
    assert config.clfm.alpha == (0.3, 0.1, 0.0)
    assert config.data.count is None
    assert config.train.sizes == ((64, 2), (96, 1))
    assert config.clfm.scope == "batch"
    text = page_text(app)
    assert "5 values other than preset quick" in text
    assert "4,200 training" in text
    assert app.number_input(key="train.clbs.beta.2").disabled
    app.button(key="reset-train").click().run()
    assert _config(app) == load_preset("quick")


def test_comparison_methods_are_chosen_in_the_card_of_the_method(start: Start) -> None:
    app = start("train")
    app.segmented_control(key="train.clbs.centres").set_value("classes")
    app.toggle(key="train.clfm.enabled").set_value(False).run()
    assert not app.exception
    assert _config(app).method == "MSR+CLBS(classes)"
    app.toggle(key="train.clbs.enabled").set_value(False)
    app.toggle(key="train.scn.enabled").set_value(True).run()
    assert app.error[0].value.startswith("SCN: ")
    assert "model.msr=false" in app.error[0].value
    assert app.button(key="start-train").disabled
    app.toggle(key="train.model.msr").set_value(False)
    app.toggle(key="train.simsiam.enabled").set_value(True).run()
    assert not app.error
    assert _config(app).method == "SCN+SimSiam"
    assert not app.button(key="start-train").disabled
    app.toggle(key="train.rul.enabled").set_value(True).run()
    assert app.error[0].value.startswith("RUL: ")
    app.toggle(key="train.scn.enabled").set_value(False).run()
    assert _config(app).method == "SimSiam+RUL"
    app.toggle(key="train.rul.enabled").set_value(False)
    app.toggle(key="train.simsiam.enabled").set_value(False)
    app.toggle(key="train.eac.enabled").set_value(True).run()
    assert not app.error
    assert _config(app).method == "EAC"
    erasing, weight = (said.value for said in app.warning)
    assert "augment.erase=1" in erasing
    assert "eac.weight=0.3" in weight
    app.text_area(key="train.more").set_value("augment.erase=1\neac.weight=0.3").run()
    assert not app.warning
    assert _config(app).augment.erase == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number_input:clfm.clusters", 1, "clfm.clusters = 1 is refused"),
        ("number_input:train.learning_rate", -0.5, "train.learning_rate = -0.5 is refused"),
        ("number_input:train.batch", 5, "train.batch = 5 is fewer faces than the 7 clusters"),
        ("number_input:train.batch", 1500, "train.batch = 1500 is more than the 1400"),
        ("number_input:train.batch", None, "train.batch"),
        ("text_area:train.sizes", "64 by 9", "'64 by 9' must read side x epochs"),
        ("text_area:train.sizes", "50 x 9", "train.sizes"),
        ("text_area:more", "clfm.k=4", "clfm.k is not a known key"),
        ("text_area:more", "whatever", "must have the form key=value"),
    ],
)
def test_a_refused_value_is_one_sentence_and_stops_the_start(
    start: Start, field: str, value: object, words: str
) -> None:
    app = start("train")
    kind, name = field.split(":")
    getattr(app, kind)(key=f"train.{name}").set_value(value).run()
    assert not app.exception
    assert len(app.error) == 1
    assert words in app.error[0].value
    assert "\n" not in app.error[0].value
    assert app.button(key="start-train").disabled


def test_a_data_set_on_disk_is_checked_on_the_spot(
    start: Start, page_text: Text, faces_root: Path, tmp_path: Path
) -> None:
    app = start("train")
    app.segmented_control(key="train.preset").set_value("scratch").run()
    assert app.button(key="start-train").disabled
    assert "Choose the FER+ folder" in app.info[0].value
    root = app.text_input(key="root.train.ferplus")
    root.set_value(str(tmp_path / "nowhere")).run()
    assert not app.exception
    assert "does not exist" in app.error[0].value
    app.text_input(key="root.train.ferplus").set_value(str(faces_root)).run()
    assert not app.exception
    config = _config(app)
    assert config.data.root == str(faces_root)
    assert config.data.mode == "crossentropy"
    app.segmented_control(key="train.dataset").set_value("synthetic").run()
    assert not app.exception
    assert (_config(app).data.name, _config(app).data.mode) == ("synthetic", "majority")
    assert "4,200 training" in page_text(app)


def test_what_was_entered_survives_a_change_of_view(
    start: Start, open_view: Callable[[AppTest, str], AppTest]
) -> None:
    app = start("train")
    app.toggle(key="train.model.msr").set_value(False)
    app.text_area(key="train.more").set_value("clfm.scope=batch")
    app.number_input(key="train.seed").set_value(9).run()
    before = _config(app)
    open_view(app, "batch").run()
    open_view(app, "train")
    assert not app.exception
    assert _config(app) == before
    assert before.seed == 9
    assert before.method == "CLFM+CLBS"


def test_an_estimate_made_before_is_shown_at_once(start: Start, page_text: Text) -> None:
    config = load_preset("quick")
    import resources

    request = probe_request(config, 7, resources.devices()[0], "32-true", None)
    times = {"validate": 0.01, "intensity": 0.02, "references": 0.01, "draw": 0.01, "save": 0.5}
    save_result(
        request,
        {name: np.array(value) for name, value in times.items()}
        | {"sides": np.array([64]), "steps": np.full((1, 6), 0.4)}
        | {"memory": np.array(5 * 2**30), "device_memory": np.array(0)},
    )
    app = start("train")
    assert not app.exception
    text = page_text(app)
    assert "0.4 s at 64 px" in text
    assert "<td>5.0 GB</td>" in text
    app.number_input(key="train.train.batch").set_value(35).run()
    assert "0.4 s at 64 px" not in page_text(app)
    assert any(button.label == "Estimate" for button in app.button)


def test_a_start_makes_one_run_and_says_so(
    started: list[Launch], start: Start, page_text: Text, runs: Path
) -> None:
    app = start("train")
    app.number_input(key="train.threads").set_value(2).run()
    app.button(key="start-train").click().run()
    assert not app.exception
    assert [(launch.precision, launch.threads) for launch in started] == [("32-true", 2)]
    assert open_run(runs / "run-1").config == load_preset("quick")
    assert app.success[0].value == "run-1 is done."
    assert app.button(key="start-train").label == "Start once more"
    app.number_input(key="train.seed").set_value(1).run()
    assert app.button(key="start-train").label == "Start"
    app.number_input(key="train.seed").set_value(0).run()
    app.button(key="open-run").click().run()
    assert not app.exception
    assert app.session_state["run"] == "run-1"
    assert "<h1>Runs</h1>" in page_text(app)


def test_a_refused_start_is_one_sentence(start: Start, runs: Path) -> None:
    runs.write_text("a file where the folder of the runs should be")
    app = start("train")
    app.button(key="start-train").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert "cannot be used for a run" in app.error[0].value


def test_every_precision_of_the_engine_can_be_chosen(start: Start) -> None:
    app = start("train")
    assert len(app.selectbox(key="train.precision").options) == len(PRECISIONS) + 1
    for precision in (AUTO, *PRECISIONS):
        app.selectbox(key="train.precision").set_value(precision).run()
        assert not app.exception
        assert _field(app, "precision") == precision
