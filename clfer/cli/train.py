"""``clfer train`` and ``clfer publish``: from a preset to a run to a checkpoint."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clfer.cli.common import AsJson, Device, Root, app, print_json, sentence_on_error

if TYPE_CHECKING:
    from clfer.training.progress import Progress, Report


@app.command()
@sentence_on_error
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
    devices: Annotated[
        int, typer.Option(min=1, help="Processes, one per GPU, that share every batch.")
    ] = 1,
    precision: Annotated[
        str, typer.Option(help="32-true, bf16-mixed, 16-mixed, or auto by the device.")
    ] = "32-true",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; all by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model; a checkpoint every epoch, resumable bit for bit."""
    from clfer.config import load_preset
    from clfer.config.advice import advice
    from clfer.models.device import resolve_device, slow_precision
    from clfer.runs.launch import Launch, claim_run, refuse_impossible
    from clfer.runs.trainer import stop_on_sigterm, train_run
    from clfer.training.run_folder import RunFolder

    own = {"data.name": dataset, "data.root": root}
    # Quoted: an override is YAML, to which a path may look like a number or a comment.
    overrides = [f"{key}={json.dumps(value)}" for key, value in own.items() if value is not None]
    config = load_preset(preset, [*overrides, *(changes or [])])
    launch = Launch(device, precision, threads, devices)
    refuse_impossible(config, launch)
    slow = slow_precision(precision, resolve_device(device))
    for sentence in filter(None, (slow, *advice(config))):
        typer.echo(sentence, err=True)
    claim = claim_run(run, launch, lambda: RunFolder.create(run, config, resume=resume))
    stop_on_sigterm()
    try:
        with _training_bar(hidden=as_json) as report:
            train_run(run, claim, launch, report, _say_waiting)
    except KeyboardInterrupt:
        typer.echo("Stopped; the same command with --resume goes on.", err=True)
        raise typer.Exit(130) from None
    finally:
        claim.close()
    last = json.loads((run / "metrics.jsonl").read_text("utf-8").splitlines()[-1])
    if as_json:
        print_json({"run": str(run), "last": last})
    else:
        typer.echo(
            f"{config.method}: validation accuracy {last['valid_accuracy']:.4f} after "
            f"{last['epoch']} epochs; the run is in {run}"
        )


@app.command()
@sentence_on_error
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
        print_json(card.model_dump(mode="json"))
    else:
        typer.echo(f"{to}: epoch {card.epoch}, accuracy {card.metrics['accuracy']:.4f}")


def _say_waiting(ahead: int) -> None:
    typer.echo(f"Waiting for {ahead} run{'s' * (ahead > 1)} on this device.", err=True)


@contextmanager
def _training_bar(*, hidden: bool) -> "Iterator[Report]":
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from clfer.training.progress import epoch_line

    columns = (
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
        TimeElapsedColumn(),
        TextColumn("left {task.fields[left]}"),
    )
    console = Console(stderr=True)
    bar = Bar(*columns, console=console, disable=hidden or not console.is_terminal)
    task = bar.add_task("", total=1, epoch="", left="?")

    def report(progress: "Progress") -> None:
        bar.start()  # not before there is progress: a refused run has no bar
        bar.update(
            task,
            total=progress.steps,
            completed=progress.step,
            epoch=f"{progress.epoch}/{progress.epochs}",
            left=_clock(progress.seconds_left),
        )
        if progress.row is not None and not hidden:
            console.print(epoch_line(progress.row), highlight=False)

    try:
        yield report
    finally:
        if bar.live.is_started:
            bar.stop()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
