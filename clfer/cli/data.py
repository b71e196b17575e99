"""``clfer data``: look after data sets on disk."""

from dataclasses import asdict
from typing import Annotated

import typer

from clfer.cli.common import DATASET_NAMES, AsJson, app, print_json, sentence_on_error

data_app = typer.Typer(help="Look after data sets on disk.", no_args_is_help=True)
app.add_typer(data_app, name="data")


@data_app.command("check")
@sentence_on_error
def data_check(
    name: Annotated[str, typer.Argument(help=DATASET_NAMES)],
    root: Annotated[str | None, typer.Argument(help="Folder or .zip of the data set.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open every image: counts per split and class, duplicates, and the first bad file."""
    from clfer.data import check_faces

    report = check_faces(name, root)
    if as_json:
        print_json(asdict(report))
    else:
        width = max((len(label) for label in report.classes), default=0)
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
