"""``clfer runs``: look at training runs, stop them, go on with them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clfer.cli.common import AsJson, app, print_json, sentence_on_error

if TYPE_CHECKING:
    from clfer.runs.record import Run

runs_app = typer.Typer(help="Look at training runs, stop them, go on.", no_args_is_help=True)
app.add_typer(runs_app, name="runs")

Folder = Annotated[str, typer.Argument(help="Name of a run, or its folder.")]


@runs_app.command("list")
@sentence_on_error
def list_all(as_json: AsJson = False) -> None:
    """All runs with their state, the newest first."""
    from clfer.runs.record import list_runs

    found, broken = list_runs()
    if as_json:
        print_json([_row(run) for run in found])
    else:
        for run in found:
            row = _row(run)
            best = "" if row["accuracy"] is None else f"  {row['accuracy']:.4f}"
            typer.echo(
                f"{run.name}  {row['state']}  epoch {row['epoch']}/{row['epochs']}{best}"
                f"  {row['reason']}".rstrip()
            )
    for _, sentence in broken:
        typer.echo(f"Error: {sentence}", err=True)


@runs_app.command("stop")
@sentence_on_error
def stop_run(run: Folder) -> None:
    """Stop a run after its running step; it can be resumed."""
    from clfer.runs.control import stop

    stop(_place(run))


@runs_app.command("resume")
@sentence_on_error
def resume_run(
    run: Folder,
    epochs: Annotated[
        int | None, typer.Option("--more-epochs", min=1, help="Continue a run with more epochs.")
    ] = None,
) -> None:
    """Go on with a run in the background."""
    from clfer.runs.launch import extend, resume

    started = resume(_place(run)) if epochs is None else extend(_place(run), epochs)
    typer.echo(f"{started.path}: {started.status.state}")


@runs_app.command("delete")
@sentence_on_error
def delete_run(run: Folder) -> None:
    """Remove a run with all that it made."""
    from clfer.runs.control import delete

    delete(_place(run))


@runs_app.command("record")
@sentence_on_error
def record_runs(
    runs: Annotated[list[str], typer.Argument(help="Finished runs: names, or folders.")],
    to: Annotated[Path, typer.Option("--to", help="Folder of the records.")],
) -> None:
    """Keep what runs said without their weights: 0.1 MB each, enough for tables."""
    from clfer.runs.record import open_run
    from clfer.runs.records import write_record

    for run in runs:
        typer.echo(str(write_record(open_run(_place(run)), to)))


@runs_app.command("import")
@sentence_on_error
def import_runs(
    records: Annotated[Path, typer.Argument(help="Folder that holds records of runs.")],
) -> None:
    """Take over records: tables count them as done."""
    from clfer.runs.records import import_records

    new = import_records(records)
    typer.echo(f"{len(new)} run{'s' * (len(new) != 1)} imported.")


def _place(name: str) -> Path:
    """A run by its folder, or by its name below the folder of all runs."""
    from clfer.paths import runs_dir

    direct = Path(name).expanduser()
    return direct if direct.exists() else runs_dir() / name


def _row(run: "Run") -> dict[str, Any]:
    best = run.best
    return {
        "name": run.name,
        "path": str(run.path),
        "state": run.status.state,
        "reason": run.status.reason,
        "method": run.config.method,
        "data": run.config.data.name,
        "seed": run.config.seed,
        "epoch": run.status.epoch,
        "epochs": run.status.epochs,
        "accuracy": None if best is None else best["valid_accuracy"],
        "seconds_left": run.status.seconds_left,
        "tags": list(run.notes.tags),
    }
