"""How far a sweep is, on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from clfer.runs.record import open_run
from clfer.runs.sweep import Outcome, Report, Standing


@contextmanager
def sweep_bar(*, hidden: bool) -> Iterator[Report]:
    """A bar on standard error where that is a terminal, and a line for every run that ends."""
    columns = (
        TextColumn("{task.fields[over]}/{task.fields[runs]} runs"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}"),
    )
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, disable=hidden or not console.is_terminal)
    task = bar.add_task("", total=1.0, over=0, runs="?", now="")

    def report(standing: Standing) -> None:
        bar.start()
        bar.update(
            task,
            completed=standing.share,
            over=standing.over,
            runs=standing.runs,
            now=next(
                (_doing(one) for one in standing.live if one.status.state == "running"), "waiting"
            ),
        )
        for outcome in standing.ended:
            if not hidden:
                console.print(_ending(outcome), highlight=False, markup=False)

    try:
        yield report
    finally:
        if bar.live.is_started:
            bar.stop()


def _doing(outcome: Outcome) -> str:
    return f"{outcome.run.label}: epoch {outcome.status.epoch + 1}/{outcome.status.epochs}"


def _ending(outcome: Outcome) -> str:
    best = open_run(outcome.folder).best
    if outcome.status.state == "done" and best is not None:
        return f"{outcome.run.label}: validation accuracy {best['valid_accuracy']:.4f}"
    return f"{outcome.run.label}: {outcome.status.state}  {outcome.status.reason}".rstrip()
