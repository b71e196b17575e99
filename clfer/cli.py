"""The command ``clfer``: predict, evaluate, train, publish, inspect, and start the app.

Every command prints for people by default and JSON with ``--json``. A problem that the user can
mend is one sentence on standard error, with exit code 2.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from clfer.errors import ClferError

if TYPE_CHECKING:
    from clfer.models.checkpoint import Checkpoint
    from clfer.training.engine import Progress, Report

app = typer.Typer(
    name="clfer",
    help="Facial expression recognition by cross-layer contrastive learning of latent semantics.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Look after data sets on disk.", no_args_is_help=True)
app.add_typer(data_app, name="data")

P = ParamSpec("P")
R = TypeVar("R")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
CheckpointOption = Annotated[
    str, typer.Option("--checkpoint", help="Name of a shipped checkpoint, or a folder.")
]
Dataset = Annotated[str, typer.Option("--dataset", help="ferplus, rafdb, folder or synthetic.")]
Root = Annotated[
    str | None, typer.Option("--root", help="Folder or .zip of the data set; none for synthetic.")
]


def main() -> None:
    """Entry point of the console script."""
    app()


def _sentence_on_error(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a user error into one sentence on standard error and exit code 2."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ClferError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(2) from error

    return guarded


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


@app.command()
@_sentence_on_error
def info(
    image_size: Annotated[int, typer.Option(min=32, max=512, help="Image side in pixels.")] = 224,
    classes: Annotated[int, typer.Option(min=2, help="Number of expressions.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Parameters and multiply–accumulates of baseline and ours (Table I)."""
    from clfer.config import load_preset
    from clfer.errors import ConfigError
    from clfer.models.complexity import inference_complexity, training_complexity

    if image_size % 32:
        raise ConfigError(f"--image-size {image_size} is refused: it must be a multiple of 32.")
    ours = load_preset("paper")
    plain = load_preset("paper", ["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"])
    result = {
        "baseline": inference_complexity(plain, classes, image_size)._asdict(),
        "ours": {
            "training": training_complexity(ours, classes, image_size)._asdict(),
            "inference": inference_complexity(ours, classes, image_size)._asdict(),
        },
    }
    if as_json:
        _print_json(result)
        return
    rows = [
        ("baseline", result["baseline"]),
        ("ours, training", result["ours"]["training"]),
        ("ours, inference", result["ours"]["inference"]),
    ]
    typer.echo(f"{'':16} {'parameters':>12} {'GMAC':>7}   at {image_size}², {classes} expressions")
    for name, cost in rows:
        typer.echo(f"{name:16} {cost['parameters'] / 1e6:>10.2f} M {cost['macs'] / 1e9:>7.3f}")


@app.command()
@_sentence_on_error
def predict(
    images: Annotated[list[str], typer.Argument(help="Photos: PNG, JPEG, WebP, BMP, GIF, TIFF.")],
    checkpoint: CheckpointOption = "ferplus-ours",
    whole_image: Annotated[
        bool, typer.Option("--whole-image", help="The picture is a face already: no detection.")
    ] = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Expression, layer attention and contributions of every face in photos."""
    from clfer.analysis.predict import ImagePrediction, predict_image

    model = _load(checkpoint, device)
    found = [predict_image(model, image, whole_image=whole_image) for image in images]
    if as_json:
        _print_json([prediction.as_json() for prediction in found])
        return

    def describe(prediction: ImagePrediction) -> Iterator[str]:
        if not prediction.faces:
            yield "no face found; crop it and use --whole-image if there is one"
        for i, face in enumerate(prediction.faces, start=1):
            top = sorted(face.probabilities.items(), key=lambda item: -item[1])[:3]
            listed = ", ".join(f"{label} {p:.2f}" for label, p in top)
            verdict = face.expression if face.known else "none of the known expressions"
            yield f"face {i}: {verdict} ({listed})"
            if face.attention is not None:
                yield "        attention " + " ".join(f"{mu:.2f}" for mu in face.attention)

    for prediction in found:
        typer.echo(prediction.image)
        for line in describe(prediction):
            typer.echo(f"  {line}")


@app.command()
@_sentence_on_error
def evaluate(
    checkpoint: CheckpointOption,
    dataset: Dataset,
    root: Root = None,
    split: Annotated[str, typer.Option(help="train, valid or test.")] = "valid",
    names: Annotated[
        Path | None, typer.Option(help="File of image names, one a line, to restrict to.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Faces per forward pass.")] = 64,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Accuracy, mean-class accuracy, macro-F1, calibration and confusion on a split."""
    from clfer.analysis.evaluate import evaluate as evaluate_faces
    from clfer.data import load_faces, read_names, restrict
    from clfer.errors import DataError

    model = _load(checkpoint, device)
    faces = load_faces(dataset, root, split)
    if names is not None:
        faces = restrict(faces, read_names(names))
    twins = None
    if split != "train":
        try:
            twins = load_faces(dataset, root, "train")
        except DataError:
            twins = None  # only this split is on disk: the de-duplicated figures are null
    with _bar("Evaluating", len(faces), hidden=as_json) as advance:
        result = evaluate_faces(
            model, faces, duplicates_of=twins, batch=batch, progress=lambda done, _: advance(done)
        )
    if as_json:
        _print_json(result.as_json())
        return
    typer.echo(f"{checkpoint} on {dataset} {split}, n = {result.n}")
    typer.echo(f"accuracy             {result.accuracy:.4f}")
    if result.accuracy_deduplicated is not None:
        typer.echo(
            f"  without duplicates {result.accuracy_deduplicated:.4f} "
            f"(n = {result.n_deduplicated}, no identical face in train)"
        )
    typer.echo(f"mean class accuracy  {result.mean_class_accuracy:.4f}")
    typer.echo(f"macro F1             {result.macro_f1:.4f}")
    typer.echo(f"calibration error    {result.ece:.4f}")


@app.command()
@_sentence_on_error
def train(
    run: Annotated[Path, typer.Option("--run", help="Folder of the run.")],
    preset: Annotated[str, typer.Option(help="Name of a preset, or a YAML file.")] = "smoke",
    dataset: Annotated[str | None, typer.Option("--dataset", help="Overrides data.name.")] = None,
    root: Root = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, e.g. clfm.clusters=8.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last epoch.")] = False,
    device: Device = "auto",
    precision: Annotated[
        str, typer.Option(help="32-true, bf16-mixed or 16-mixed.")
    ] = "32-true",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; all by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model; a checkpoint every epoch, resumable bit for bit."""
    import torch

    from clfer.config import load_preset
    from clfer.training.engine import train as train_run

    own = {"data.name": dataset, "data.root": root}
    overrides = [f"{key}={value}" for key, value in own.items() if value is not None]
    config = load_preset(preset, [*overrides, *(changes or [])])
    if threads is not None:
        torch.set_num_threads(threads)
    with _training_bar(hidden=as_json) as report:
        folder = train_run(
            config, run, device=device, precision=precision, resume=resume, report=report
        )
    last = json.loads((folder.path / "metrics.jsonl").read_text("utf-8").splitlines()[-1])
    if as_json:
        _print_json({"run": str(folder.path), "last": last})
    else:
        typer.echo(
            f"{config.method}: validation accuracy {last['valid_accuracy']:.4f} after "
            f"{last['epoch']} epochs; the run is in {folder.path}"
        )


@app.command()
@_sentence_on_error
def publish(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    to: Annotated[Path, typer.Option("--to", help="Folder of the new checkpoint.")],
    title: Annotated[str | None, typer.Option(help="One line for people.")] = None,
    compare: Annotated[
        list[Path] | None, typer.Option(help="Other runs at the same budget, for the card.")
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Turn the best epoch of a run into a checkpoint with card and tables."""
    from clfer.models.device import resolve_device
    from clfer.training.publish import publish_run

    card = publish_run(run, to, title=title, compare=compare or [], device=resolve_device(device))
    if as_json:
        _print_json(card.model_dump(mode="json"))
    else:
        typer.echo(f"{to}: epoch {card.epoch}, accuracy {card.metrics['accuracy']:.4f}")


@data_app.command("check")
@_sentence_on_error
def data_check(
    name: Annotated[str, typer.Argument(help="ferplus, rafdb, folder or synthetic.")],
    root: Annotated[str | None, typer.Argument(help="Folder or .zip of the data set.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open every image: counts per split and class, duplicates, and the first bad file."""
    from dataclasses import asdict

    from clfer.data import check_faces

    report = check_faces(name, root)
    if as_json:
        _print_json(asdict(report))
    else:
        width = max(len(label) for label in report.classes)
        typer.echo(f"{'':{width}} " + " ".join(f"{split:>8}" for split in report.counts))
        for label in report.classes:
            row = " ".join(f"{c.get(label, 0):>8,}" for c in report.counts.values())
            typer.echo(f"{label:{width}} {row}")
        totals = " ".join(f"{sum(c.values()):>8,}" for c in report.counts.values())
        typer.echo(f"{'all':{width}} {totals}")
        typer.echo(f"{report.duplicates:,} faces have an identical twin in an earlier split")
    if report.first_problem is not None:
        typer.echo(f"Error: {report.first_problem}", err=True)
        raise typer.Exit(2)


@app.command("app")
@_sentence_on_error
def start_app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Interface to bind; the default is this machine alone.")
    ] = "127.0.0.1",
) -> None:
    """Serve the app on this machine."""
    from clfer.paths import app_dir

    folder = app_dir()
    typer.echo(f"CLFER is served on http://{address}:{port}")
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "main.py")]
    options = {
        "server.address": address,
        "server.port": str(port),
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
    raise typer.Exit(subprocess.run(command + arguments, check=False).returncode)


def _load(checkpoint: str, device: str) -> "Checkpoint":
    from clfer.models.checkpoint import load_checkpoint
    from clfer.models.device import resolve_device

    return load_checkpoint(checkpoint, resolve_device(device))


@contextmanager
def _bar(title: str, total: int, *, hidden: bool) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), disable=hidden, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def _training_bar(*, hidden: bool) -> "Iterator[Report]":
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
        TimeElapsedColumn(),
        TextColumn("left {task.fields[left]}"),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, disable=hidden) as bar:
        task = bar.add_task("", total=1, epoch="", left="?")

        def report(progress: "Progress") -> None:
            bar.update(
                task,
                total=progress.steps,
                completed=progress.step,
                epoch=f"{progress.epoch}/{progress.epochs}",
                left=_clock(progress.seconds_left),
            )
            if progress.row is not None and not hidden:
                console.print(_epoch_line(progress.row), highlight=False)

        yield report


def _epoch_line(row: dict[str, Any]) -> str:
    return (
        f"epoch {row['epoch']:>3}  {row['side']} px  train loss {row['train_loss']:.3f}  "
        f"train {row['train_accuracy']:.4f}  valid {row['valid_accuracy']:.4f}  "
        f"L_fm {row['loss_fm']:+.4f}  L_bs {row['loss_bs']:+.4f}  {row['seconds']:.0f} s"
    )


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
