"""``clfer sweep``: a grid of runs from a file to a table."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clfer.cli.common import AsJson, app, print_json, sentence_on_error

if TYPE_CHECKING:
    import pandas as pd

    from clfer.runs.executor import Executor
    from clfer.runs.grid import Grid
    from clfer.runs.sweep import Outcome

DAY_MINUTES = 1440


@app.command()
@sentence_on_error
def sweep(
    file: Annotated[
        Path,
        typer.Argument(
            help="YAML file: preset, set, grid, seeds, device, devices, precision, threads."
        ),
    ],
    executor: Annotated[
        str,
        typer.Option(help="processes, slurm, or local (submitit's own, on this machine)."),
    ] = "processes",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is missing and start nothing.")
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Hand over all runs at once and return.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="File of the table: .md or .csv.")
    ] = None,
    partition: Annotated[str | None, typer.Option(help="Slurm: partition.")] = None,
    time: Annotated[
        int | None, typer.Option(min=5, help="Slurm: minutes of a job; a day by default.")
    ] = None,
    gpus: Annotated[
        int | None, typer.Option(min=1, help="Slurm: GPUs of a run, else the file's devices.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run what is missing of a grid, and print the table of what is done.

    A configuration that is done or live anywhere among the runs is left alone; one that was
    stopped, failed or got lost goes on from its last epoch.
    """
    from clfer.cli.sweep_bar import sweep_bar
    from clfer.errors import ConfigError
    from clfer.runs.grid import read_grid
    from clfer.runs.sweep import sweep as carry_out

    if out is not None and out.suffix not in (".md", ".csv"):
        raise ConfigError(f"--out {out} must end in .md or .csv.")
    if out is not None and not out.absolute().parent.is_dir():
        raise ConfigError(f"--out {out}: its folder does not exist; create it first.")
    grid = read_grid(file)
    place = choose_executor(executor, partition, time, gpus)
    if gpus is not None:
        grid = replace(grid, launch=replace(grid.launch, devices=gpus))
    if dry_run:
        _show_plan(grid, as_json=as_json)
        return
    try:
        with sweep_bar(hidden=as_json) as report:
            outcomes = carry_out(grid, place, report, wait=not no_wait)
    except KeyboardInterrupt:
        rest = "" if executor == "local" else " The runs that were started go on."
        typer.echo(f"The sweep has ended; the same command goes on with it.{rest}", err=True)
        raise typer.Exit(130) from None
    _show(grid, outcomes, out, as_json=as_json)
    if not no_wait:
        refuse_unfinished(outcomes)


def refuse_unfinished(outcomes: "Sequence[Outcome]") -> None:
    """End a command whose runs did not all finish; :class:`ConfigError` names the first."""
    from clfer.errors import ConfigError

    unfinished = [outcome for outcome in outcomes if outcome.status.state != "done"]
    if unfinished:
        first = unfinished[0]
        raise ConfigError(
            f"{len(unfinished)} of {len(outcomes)} runs did not finish, first {first.run.label} "
            f"({first.status.state}); see {first.folder} and start the sweep again to resume."
        )


def choose_executor(
    name: str, partition: str | None = None, minutes: int | None = None, gpus: int | None = None
) -> "Executor":
    """Where the runs of a command are executed.

    Raises:
        ConfigError: there is no such executor, or an option is for another one.
    """
    from clfer.errors import ConfigError
    from clfer.runs.cluster import Cluster
    from clfer.runs.executor import Processes

    if name == "slurm":
        return Cluster("slurm", partition, minutes or DAY_MINUTES)
    given = {"--partition": partition, "--time": minutes, "--gpus": gpus}
    for option, value in given.items():
        if value is not None:
            raise ConfigError(f"{option} is for a cluster: add --executor slurm.")
    if name == "local":
        return Cluster("local")
    if name == "processes":
        return Processes()
    raise ConfigError(f"Executor '{name}' is not one of processes, local, slurm.")


def _show_plan(grid: "Grid", *, as_json: bool) -> None:
    from clfer.runs.missing import plan

    steps = plan(grid)
    if as_json:
        print_json(
            [
                {
                    **step.run.choice,
                    "seed": step.run.config.seed,
                    "action": step.action,
                    "path": None if step.folder is None else str(step.folder),
                }
                for step in steps
            ]
        )
        return
    for step in steps:
        where = "" if step.folder is None else f"  {step.folder}"
        typer.echo(f"{step.action:<6}  {step.run.label}{where}")


def _show(grid: "Grid", outcomes: "Sequence[Outcome]", out: Path | None, *, as_json: bool) -> None:
    from clfer.analysis.sweep_table import sweep_csv, sweep_markdown, sweep_table
    from clfer.models.files import write_atomically
    from clfer.runs.record import open_run

    runs = [open_run(outcome.folder) for outcome in outcomes]
    table = sweep_table(grid, runs)
    markdown = sweep_markdown(grid, table)
    if out is not None:
        text = markdown if out.suffix == ".md" else sweep_csv(table)
        write_atomically(out, text.encode())
    if as_json:
        print_json({"runs": [_row(outcome) for outcome in outcomes], "table": _records(table)})
        return
    for outcome in outcomes:
        if outcome.status.state != "done":
            said = f"{outcome.status.state}  {outcome.run.label}  {outcome.folder}"
            typer.echo(f"{said}  {outcome.status.reason}".rstrip())
    typer.echo(markdown, nl=False)


def _row(outcome: "Outcome") -> dict[str, Any]:
    status = outcome.status
    return {
        **outcome.run.choice,
        "seed": outcome.run.config.seed,
        "path": str(outcome.folder),
        "state": status.state,
        "reason": status.reason,
    }


def _records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
