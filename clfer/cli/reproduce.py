"""``clfer reproduce``: a table or figure of the paper by one command."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clfer.cli.common import AsJson, app, print_json, sentence_on_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clfer.experiments.item import Item
    from clfer.experiments.output import Written
    from clfer.experiments.scale import Scale
    from clfer.runs.executor import Executor
    from clfer.runs.grid import Grid, GridRun

    Write = Callable[[Item], Written]

EXECUTORS = ("here", "processes", "local", "slurm")


@app.command()
@sentence_on_error
def reproduce(
    item: Annotated[
        str, typer.Argument(help="table1 … table8, fig1 …, all; list names them; claims: verdicts.")
    ],
    preset: Annotated[str, typer.Option(help="smoke, cpu, scratch or paper.")] = "smoke",
    root: Annotated[
        list[str] | None,
        typer.Option("--root", help="NAME=FOLDER of a data set, e.g. ferplus=/data/FERPlus."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the tables and figures.")
    ] = None,
    no_faces: Annotated[
        bool,
        typer.Option("--no-faces", help="Leave out figures that show faces of a data set."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List every run with its settings; start nothing.")
    ] = False,
    executor: Annotated[
        str | None,
        typer.Option(help="here (ends with this command), processes, local or slurm."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.")] = None,
    partition: Annotated[str | None, typer.Option(help="Slurm: partition.")] = None,
    time: Annotated[
        int | None, typer.Option(min=5, help="Slurm: minutes of a job; a day by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run what a table or figure of the paper still needs, and write it, paper and ours.

    What is done is never trained again; what broke off goes on.
    """
    from clfer.experiments.registry import find_items
    from clfer.experiments.scale import load_scale

    scale = _scale(load_scale(preset, _roots(root or [])), device)
    if item == "list":
        _list(find_items("all"), scale, as_json=as_json)
        return
    if item == "claims":
        _show_claims(scale, as_json=as_json)
        return
    items = find_items(item)
    if dry_run:
        _show_runs(items, scale, as_json=as_json)
        return
    place = executor or ("here" if preset == "smoke" else "processes")
    write = partial(_write, scale=scale, out=out, with_faces=not no_faces)
    _train(items, scale, _place(place, partition, time), write, quiet=as_json)
    _show(items, [write(one) for one in items], as_json=as_json)


def _roots(said: "Sequence[str]") -> dict[str, str]:
    from clfer.data.registry import needs_root
    from clfer.errors import ConfigError

    found = {}
    for text in said:
        name, separator, folder = text.partition("=")
        if not separator or not folder:
            raise ConfigError(f"--root {text} must be NAME=FOLDER, e.g. ferplus=/data/FERPlus.")
        needs_root(name)
        found[name] = folder
    return found


def _scale(scale: "Scale", device: str | None) -> "Scale":
    from dataclasses import replace

    if device is None:
        return scale
    return replace(scale, launch=replace(scale.launch, device=device))


def _list(items: "Sequence[Item]", scale: "Scale", *, as_json: bool) -> None:
    from clfer.experiments.reproduce import states

    found = states(items, scale)
    if as_json:
        print_json(
            [
                {
                    "name": one.item.name,
                    "where": one.item.where,
                    "title": one.item.title,
                    "runs": len(one.steps),
                    "done": one.done,
                }
                for one in found
            ]
        )
        return
    for one in found:
        runs = f"{one.done}/{len(one.steps)}"
        typer.echo(f"{one.item.name:<11} {one.item.where:<11} {runs:>7} runs  {one.item.title}")


def _show_claims(scale: "Scale", *, as_json: bool) -> None:
    from clfer.experiments.overview import claims_table, verdict_in_words
    from clfer.experiments.table import to_markdown

    table = claims_table(scale.name)
    if as_json:
        titles = [column.title for column in table.columns]
        print_json([dict(zip(titles, row, strict=True)) for row in table.rows])
        return
    typer.echo(to_markdown(table))
    if table.rows:
        typer.echo(verdict_in_words(table))


def _show_runs(items: "Sequence[Item]", scale: "Scale", *, as_json: bool) -> None:
    from clfer.experiments.reproduce import differences, grid_of
    from clfer.runs.missing import known_runs, step_of

    grid, known = grid_of(items, scale), known_runs()
    rows = [(step_of(run, known).action, run, said) for run, said in differences(grid)]
    if as_json:
        print_json([{"action": a, "run": r.label, "settings": s} for a, r, s in rows])
        return
    for action, run, settings in rows:
        typer.echo(f"{action:<6}  {run.label}  {' '.join(settings)}")
    typer.echo(f"{len(rows)} runs, {sum(action == 'done' for action, _, _ in rows)} of them done.")


def _place(name: str, partition: str | None, minutes: int | None) -> "Executor | None":
    """Where the missing runs are trained; None for this process."""
    from clfer.cli.sweep import choose_executor
    from clfer.errors import ConfigError

    if name not in EXECUTORS:
        raise ConfigError(f"Executor '{name}' is not one of {', '.join(EXECUTORS)}.")
    if name != "here":
        return choose_executor(name, partition, minutes)
    choose_executor("processes", partition, minutes)  # refuses the options of a cluster
    return None


def _train(
    items: "Sequence[Item]",
    scale: "Scale",
    executor: "Executor | None",
    write: "Write",
    *,
    quiet: bool,
) -> None:
    from clfer.experiments.forecast import forecast
    from clfer.experiments.reproduce import grid_of
    from clfer.runs.missing import plan

    grid = grid_of(items, scale)
    missing = [step.run for step in plan(grid) if step.action in ("start", "resume")]
    if not missing:
        return
    if not quiet:
        typer.echo(forecast(missing, grid.launch).sentence, err=True)
    try:
        _carry_out(grid, executor, _refresh(items, write), quiet=quiet)
    except KeyboardInterrupt:
        typer.echo("Stopped; the same command goes on with it.", err=True)
        raise typer.Exit(130) from None


def _refresh(items: "Sequence[Item]", write: "Write") -> "Callable[[], None]":
    """Writes an item that is reproduced alone, so that it can be watched while it fills."""

    def refresh() -> None:
        if len(items) == 1:
            write(items[0])

    return refresh


def _carry_out(
    grid: "Grid", executor: "Executor | None", refresh: "Callable[[], None]", *, quiet: bool
) -> None:
    from clfer.cli.sweep import refuse_unfinished
    from clfer.cli.sweep_bar import sweep_bar
    from clfer.runs.foreground import train_here
    from clfer.runs.sweep import Standing, sweep
    from clfer.runs.trainer import stop_on_sigterm

    if executor is None:

        def say(run: "GridRun", over: int, total: int) -> None:
            refresh()
            if not quiet:
                typer.echo(f"{over + 1}/{total}  {run.label}", err=True)

        stop_on_sigterm()
        train_here(grid.runs, grid.launch, say)
        return
    with sweep_bar(hidden=quiet) as bar:

        def report(standing: Standing) -> None:
            bar(standing)
            if standing.ended:
                refresh()

        refuse_unfinished(sweep(grid, executor, report))


def _write(item: "Item", *, scale: "Scale", out: Path | None, with_faces: bool) -> "Written":
    from clfer.experiments.output import item_folder, write_product
    from clfer.experiments.reproduce import produce

    product = produce(item, scale)
    if not with_faces:
        product = product.without_faces()
    return write_product(item, product, item_folder(scale.name, item.name, out))


def _show(items: "Sequence[Item]", written: "Sequence[Written]", *, as_json: bool) -> None:
    from clfer.experiments.output import PAGE

    if as_json:
        print_json(
            [
                {"name": item.name, "folder": str(one.folder), "files": list(one.files)}
                for item, one in zip(items, written, strict=True)
            ]
        )
        return
    if len(written) == 1:
        typer.echo((written[0].folder / PAGE).read_text("utf-8"))
    for item, one in zip(items, written, strict=True):
        typer.echo(f"{item.name}: {one.folder}")
