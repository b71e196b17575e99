"""The command line: its JSON, its sentences and its exit codes."""

import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE
from PIL import Image
from tiny_pair import write_faces, write_pair
from typer.testing import CliRunner, Result

import clfer
from clfer.cli import app, serve
from clfer.expressions import EXPRESSIONS
from clfer.faces.samples import load_sample

FACE_KEYS = {
    "box",
    "score",
    "expression",
    "probabilities",
    "attention",
    "contributions",
    "logits",
    "bias",
}
SCORES = {
    "n",
    "accuracy",
    "mean_class_accuracy",
    "macro_f1",
    "ece",
    "classes",
    "confusion",
    "n_deduplicated",
    "accuracy_deduplicated",
}
OPTIONS = {
    "info": ["--image-size", "--classes", "--json"],
    "predict": ["IMAGES", "--checkpoint", "--whole-image", "--mirror", "--device", "--json"],
    "evaluate": ["--checkpoint", "--dataset", "--root", "--split", "--names", "--mirror", "--json"],
    "consistency": [
        *("CHECKPOINTS", "--dataset", "--root", "--split", "--count", "--whole-image", "--mirror"),
    ],
    "train": ["--preset", "--dataset", "--root", "--run", "--set", "--resume", "--precision"],
    "publish": ["RUN", "--to", "--title", "--compare", "--json"],
    "data check": ["NAME", "ROOT", "--json"],
    "runs list": ["--json"],
    "runs resume": ["RUN", "--more-epochs"],
    "runs stop": ["RUN"],
    "runs delete": ["RUN"],
    "sweep": ["FILE", "--executor", "--dry-run", "--no-wait", "--out", "--partition", "--json"],
    "app": ["--port", "--address"],
}


@pytest.fixture(scope="module", autouse=True)
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Untrained ``ferplus-baseline`` and ``ferplus-ours``, found by name."""
    folder = write_pair(
        tmp_path_factory.mktemp("pair"), write_faces(tmp_path_factory.mktemp("faces") / "FERPlus")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLFER_CHECKPOINTS", str(folder))
        yield folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portrait, a picture without faces, and a text file in disguise."""
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(load_sample("astronaut")).save(folder / "astronaut.png")
    Image.new("RGB", (200, 150), (90, 120, 150)).save(folder / "sky.png")
    (folder / "notes.jpg").write_text("This is not a picture.")
    return folder


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """A `folder` data set: three faces of two expressions in valid, and no other split."""
    root = tmp_path / "faces"
    for seed, name in enumerate(("happiness/a.png", "happiness/b.png", "sadness/c.png")):
        write_face(root / "valid" / name, seed)
    return root


def write_face(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def run(*arguments: object) -> Result:
    """Run a command in this process; nothing but a planned exit may leave it."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result


def printed(*arguments: object) -> Any:
    """The JSON of a command that succeeds and says nothing else."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


def refused(*arguments: object) -> str:
    """The one sentence of a command that exits with 2 and prints no result."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert line.endswith(".")
    return line


def plain(text: str) -> str:
    """Text without the colours that a CI server asks for."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("command", OPTIONS)
def test_help_names_every_option(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    shown = plain(result.stdout).casefold()
    for option in OPTIONS[command]:
        assert option.casefold() in shown


@pytest.mark.parametrize("command", OPTIONS)
def test_unknown_option(command: str) -> None:
    assert run(*command.split(), "--no-such-option").exit_code == 2


def test_help_is_cheap() -> None:
    code = (
        "import resource, sys\n"
        "from clfer.cli import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "print(*{'torch', 'numpy', 'streamlit', 'pandas', 'cv2'} & set(sys.modules))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_utime)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    *shown, heavy, seconds = ran.stdout.splitlines()
    assert all(command.split()[0] in "\n".join(shown) for command in OPTIONS)
    assert heavy == ""
    assert float(seconds) < 1


def test_info() -> None:
    costs = printed("info", "--image-size", 224, "--classes", 7)
    assert costs.pop("unchecked") == []
    assert costs.keys() == {"baseline", "ours", "scn", "simsiam", "rul", "eac"}
    assert costs["ours"].keys() == {"training", "inference"}
    baseline, training, inference = costs["baseline"], *costs["ours"].values()
    for cost in (baseline, training, inference):
        assert cost.keys() == {"parameters", "macs"}
    assert baseline["parameters"] == pytest.approx(11.2e6, abs=0.05e6)
    assert 1.805e9 <= baseline["macs"] <= 1.825e9
    assert training["parameters"] <= 14.5e6
    assert training["macs"] <= 2.01e9
    assert inference["parameters"] < training["parameters"]
    assert inference["macs"] < training["macs"]
    # An attention head for one; a second view of every face for the other, in training only.
    scn, simsiam = costs["scn"], costs["simsiam"]
    assert scn["inference"]["parameters"] == baseline["parameters"] + 513
    assert scn["training"]["parameters"] == baseline["parameters"] + 513
    assert simsiam["inference"] == baseline
    assert simsiam["training"]["macs"] == pytest.approx(2 * baseline["macs"], rel=0.001)
    # Two heads of 64 with their normalisations for RUL, whose classifier is as much smaller.
    heads = 2 * (512 * 64 + 64 + 2 * 64) - (512 - 64) * 7
    assert costs["rul"]["inference"]["parameters"] == baseline["parameters"] + heads
    assert costs["eac"]["training"]["parameters"] == baseline["parameters"]
    assert costs["eac"]["training"]["macs"] == pytest.approx(2 * baseline["macs"], rel=0.001)


@pytest.mark.parametrize("side", [100, 0, "large"])
def test_info_refuses_sides_the_network_has_not(side: object) -> None:
    result = run("info", "--image-size", side)
    assert result.exit_code == 2
    assert "--image-size" in plain(result.stderr)


@pytest.mark.parametrize("whole", [False, True])
def test_predict(photos: Path, whole: bool) -> None:
    photo = photos / "astronaut.png"
    (found,) = printed("predict", photo, *(["--whole-image"] if whole else []))
    assert found.keys() == {"image", "faces", "mirror"}
    assert found["image"] == str(photo)
    (face,) = found["faces"]
    assert face.keys() == FACE_KEYS
    if whole:
        assert face["score"] is None
    else:
        left, top, width, height = face["box"]
        assert left < 224 < left + width
        assert top < 110 < top + height
        assert 0.5 < face["score"] <= 1
    assert face["expression"] == max(face["probabilities"], key=face["probabilities"].get)
    assert math.isclose(sum(face["probabilities"].values()), 1, rel_tol=1e-6)
    assert len(face["attention"]) == 4
    for key in ("probabilities", "contributions", "logits", "bias"):
        assert list(face[key]) == list(EXPRESSIONS)
    for label, logit in face["logits"].items():
        shares = face["contributions"][label]
        assert len(shares) == 4
        assert math.isclose(sum(shares) + face["bias"][label], logit, rel_tol=1e-5)


def test_predict_in_python_says_the_same(photos: Path) -> None:
    model = clfer.load_checkpoint("ferplus-ours")
    face = clfer.predict_image(model, photos / "astronaut.png").faces[0]
    (found,) = printed("predict", photos / "astronaut.png", "--device", "cpu")
    assert found["faces"] == [json.loads(json.dumps(face.as_json()))]


def test_json_says_whether_faces_were_averaged_with_their_mirror_images(photos: Path) -> None:
    one, other = (
        printed("predict", photos / "astronaut.png", *flags)[0] for flags in ([], ["--mirror"])
    )
    assert (one["mirror"], other["mirror"]) == (False, True)
    assert one["faces"] != other["faces"]
    faces = "--dataset", "synthetic", "--split", "valid", "--count", "8", "--whole-image"
    found = printed("consistency", *faces, "--mirror")
    assert [result["mirror"] for result in found.values()] == [True, True]


def test_predict_without_multi_scale_head(photos: Path) -> None:
    (found,) = printed("predict", photos / "astronaut.png", "--checkpoint", "ferplus-baseline")
    (face,) = found["faces"]
    assert face.keys() == FACE_KEYS
    assert face["attention"] is face["contributions"] is face["bias"] is None
    assert face["expression"] == "sadness"


def test_predict_for_people(photos: Path) -> None:
    result = run("predict", photos / "astronaut.png", photos / "sky.png")
    assert result.exit_code == 0
    first, second = result.stdout.split(f"{photos / 'sky.png'}\n")
    assert "face 1: surprise" in first
    assert "attention" in first
    assert "no face found" in second


def test_picture_without_faces_is_no_error(photos: Path) -> None:
    assert printed("predict", photos / "sky.png") == [
        {"image": str(photos / "sky.png"), "faces": [], "mirror": False}
    ]


@pytest.mark.parametrize("name", ["notes.jpg", "missing.png", "."])
def test_unreadable_picture_is_named_and_nothing_else_is_printed(photos: Path, name: str) -> None:
    named = (photos / name).name
    assert named in refused("predict", photos / name, "--json")
    assert named in refused("predict", photos / "sky.png", photos / name, "--json")


def test_predict_as_a_process(photos: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "clfer", "predict", photos / "notes.jpg", "--json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stdout == ""
    (line,) = ran.stderr.splitlines()
    assert line.startswith("Error: notes.jpg")


def test_unknown_checkpoint_lists_the_known_ones(photos: Path) -> None:
    message = refused("predict", photos / "sky.png", "--checkpoint", "no-such")
    assert "'no-such'" in message
    assert "known names are ferplus-baseline, ferplus-ours" in message


@pytest.mark.parametrize("device", ["abacus", "cuda:99"])
def test_unusable_device(photos: Path, device: str) -> None:
    assert f"'{device}'" in refused("predict", photos / "sky.png", "--device", device)


def scores(root: Path, *more: object) -> dict[str, Any]:
    result: dict[str, Any] = printed(
        "evaluate", "--checkpoint", "ferplus-ours", "--dataset", "folder", "--root", root, *more
    )
    return result


def test_evaluate_with_only_that_split_on_disk(faces: Path) -> None:
    found = scores(faces, "--split", "valid")
    assert found.keys() >= SCORES
    assert found["n"] == 3
    assert found["classes"] == ["happiness", "sadness"]
    assert np.array(found["confusion"]).sum(axis=1).tolist() == [2, 1]
    assert found["n_deduplicated"] is None
    assert found["accuracy_deduplicated"] is None


def test_evaluate_says_when_faces_are_averaged_with_their_mirror_images(faces: Path) -> None:
    assert scores(faces, "--mirror")["mirror"] is True
    assert scores(faces)["mirror"] is False
    command = ("evaluate", "--checkpoint", "ferplus-ours", "--dataset", "folder", "--root", faces)
    assert "each averaged with its mirror image" in run(*command, "--mirror").stdout


def test_evaluate_leaves_out_twins_of_training_faces(faces: Path) -> None:
    write_face(faces / "train" / "happiness" / "twin.png", 0)
    write_face(faces / "train" / "sadness" / "other.png", 9)
    found = scores(faces, "--split", "valid")
    assert (found["n"], found["n_deduplicated"]) == (3, 2)
    assert 0 <= found["accuracy_deduplicated"] <= 1
    assert scores(faces, "--split", "train")["n_deduplicated"] is None


def test_damaged_training_split_is_not_taken_for_an_absent_one(faces: Path) -> None:
    broken = faces / "train" / "happiness" / "broken.png"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"x")
    command = ("evaluate", "--checkpoint", "ferplus-ours", "--dataset", "folder")
    assert "train/happiness/broken.png" in refused(*command, "--root", faces)


def test_evaluate_restricted_to_names(faces: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("c.png\nvalid/happiness/a.png\n")
    assert scores(faces, "--names", names)["n"] == 2
    names.write_text("a.png\nz.png\n")
    command = ("evaluate", "--checkpoint", "ferplus-ours", "--dataset", "folder", "--root", faces)
    assert "1 of 2 names fit no face" in refused(*command, "--names", names)
    names.write_text("a.png x\n")
    assert "names.txt line 1 is malformed" in refused(*command, "--names", names)
    assert "gone.txt" in refused(*command, "--names", tmp_path / "gone.txt")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--dataset": "imagenet"}, "imagenet"),
        ({"--split": "dev"}, "dev"),
        ({"--split": "test"}, "test"),
        ({"--root": "/no/such/root"}, "/no/such/root"),
        ({"--checkpoint": "no-such"}, "no-such"),
    ],
)
def test_evaluate_refuses(faces: Path, changes: dict[str, str], words: str) -> None:
    options = {"--checkpoint": "ferplus-ours", "--dataset": "folder", "--root": str(faces)}
    assert words in refused("evaluate", *(x for pair in (options | changes).items() for x in pair))


def test_evaluate_for_people(faces: Path) -> None:
    result = run("evaluate", "--checkpoint", "ferplus-ours", "--dataset", "folder", "--root", faces)
    assert result.exit_code == 0
    assert result.stderr == ""
    for words in ("n = 3", "accuracy", "mean class accuracy", "macro F1"):
        assert words in result.stdout
    assert "over happiness, sadness; 0 other faces left out" in result.stdout


def test_evaluate_on_another_data_set_is_over_the_expressions_both_know(faces: Path) -> None:
    write_face(faces / "valid" / "boredom" / "d.png", 4)
    found = scores(faces, "--split", "valid")
    assert found["classes"] == ["happiness", "sadness"]
    assert (found["n"], found["n_left_out"]) == (3, 1)


def test_data_check(faces: Path) -> None:
    report = printed("data", "check", "folder", faces)
    assert report["counts"] == {"valid": {"happiness": 2, "sadness": 1}}
    assert report["first_problem"] is None
    text = run("data", "check", "folder", faces)
    assert text.exit_code == 0
    assert [line.split() for line in text.stdout.splitlines()[:4]] == [
        ["valid"],
        ["happiness", "2"],
        ["sadness", "1"],
        ["all", "3"],
    ]


def test_data_check_names_the_first_bad_file(faces: Path) -> None:
    (faces / "valid" / "happiness" / "b.png").write_bytes(b"x")
    for flags in ([], ["--json"]):
        result = run("data", "check", "folder", faces, *flags)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert "valid/happiness/b.png" in line
        assert "sadness" in result.stdout


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_data_check_of_an_empty_set(tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "train").mkdir()
    result = run("data", "check", "folder", tmp_path, *flags)
    assert result.exit_code == 2
    assert "holds no images" in result.stderr


def test_data_check_without_the_set(tmp_path: Path) -> None:
    assert "imagenet" in refused("data", "check", "imagenet", tmp_path)
    assert "nowhere" in refused("data", "check", "folder", tmp_path / "nowhere")
    assert "needs a root" in refused("data", "check", "ferplus")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "no-such"], "choose one of paper, "),
        (["--set", "clfm.clusters"], "must have the form key=value"),
        (["--set", "clfm.clusters=many"], "clfm.clusters = 'many' is refused"),
        (["--set", "clfm.colour=1"], "clfm.colour is not a known key"),
        (["--dataset", "imagenet"], "There is no data set 'imagenet'"),
        (["--dataset", "ferplus"], "needs a root"),
        (["--dataset", "ferplus", "--root", "/no/such/root"], "/no/such/root"),
        (["--precision", "8"], "Precision '8'"),
        (["--device", "abacus"], "Device 'abacus'"),
        (["--devices", "3", "--set", "train.batch=10"], "cannot be shared evenly by 3 processes"),
    ],
)
def test_train_refuses(tmp_path: Path, arguments: list[str], words: str) -> None:
    assert words in refused("train", "--run", tmp_path / "run", *arguments)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("root", ["/data/faces #2", "/data/a: b", "123", "~"])
def test_train_passes_on_what_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    import clfer.data
    from clfer.config import Config
    from clfer.training import engine
    from clfer.training.run_folder import RunFolder

    def stand_in(config: Config, folder: Path, **_: object) -> RunFolder:
        run = RunFolder.create(folder, config, resume=False)
        run.append_metrics({"epoch": 1, "valid_accuracy": 0.5, "loss_fm": math.nan})
        return run

    monkeypatch.setattr(engine, "train", stand_in)
    monkeypatch.setattr(clfer.data, "available_splits", lambda name, root: ("train", "valid"))
    found = printed(
        "train", "--run", tmp_path, "--dataset", "folder", "--root", root, "--set", "seed=5"
    )
    assert found["last"] == {"epoch": 1, "valid_accuracy": 0.5, "loss_fm": None}
    config = RunFolder(Path(found["run"])).config()
    assert (config.data.name, config.data.root, config.seed) == ("folder", root, 5)
    assert config.preset == "smoke"


def test_publish_without_a_run(tmp_path: Path) -> None:
    assert "holds no run" in refused("publish", tmp_path, "--to", tmp_path / "new")


def test_what_the_system_refuses_is_a_sentence(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/locked/file")

    monkeypatch.setattr("clfer.models.checkpoint.find_checkpoint", forbidden)
    message = refused("predict", photos / "sky.png")
    assert message == "Error: /locked/file: Permission denied."


def test_app_is_served_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def stand_in(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        started.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(serve.subprocess, "run", stand_in)
    result = run("app", "--port", 8765)
    assert result.exit_code == 3
    assert "http://127.0.0.1:8765" in result.stdout
    (command,) = started
    assert command[command.index("--server.address") + 1] == "127.0.0.1"
    assert command[command.index("--server.port") + 1] == "8765"
