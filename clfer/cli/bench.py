"""``clfer bench``: what CLFER costs, measured on this machine."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import clfer
from clfer.cli.common import AsJson, app, print_json, sentence_on_error
from clfer.errors import ClferError

if TYPE_CHECKING:
    from types import ModuleType


@app.command()
@sentence_on_error
def bench(
    name: Annotated[str, typer.Argument(help="A row of benchmarks/README.md, or all.")],
    repeats: Annotated[int, typer.Option(min=1, help="Measurements of each row.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Measure speed and memory beside rivals, each row against its target.

    Exit code 1 of 'all': a target was missed or a row could not be measured. A single row that
    was measured ends with 0, whatever its figure.
    """
    registry, table = _part("registry"), _part("table")
    if name == "all":
        _all(registry, table, repeats, as_json=as_json)
        return
    row = registry.measure(name, repeats).as_json()
    if as_json:
        print_json(row)
    else:
        typer.echo("\n".join([table.HEAD, *table.lines(row)]))


def _all(registry: "ModuleType", table: "ModuleType", repeats: int, *, as_json: bool) -> None:
    rows = []
    if not as_json:
        typer.echo(table.HEAD)
    for name in registry.NAMES:
        row = _in_own_process(name, repeats)
        rows.append(row)
        if not as_json:
            shown = table.refusal(name, row["error"]) if "error" in row else table.lines(row)
            typer.echo("\n".join(shown))
    if as_json:
        print_json(rows)
    if not all(row["met"] for row in rows):
        raise typer.Exit(1)


def _in_own_process(name: str, repeats: int) -> dict[str, Any]:
    """A row's JSON, measured where no earlier row has left threads, caches or memory."""
    command = [sys.executable, "-m", "clfer", "bench", name, "--json", "--repeats", str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        row: dict[str, Any] = json.loads(done.stdout)
        return row
    last = done.stderr.strip().splitlines()[-1:] or [f"it ended with code {done.returncode}"]
    return {"name": name, "met": False, "error": last[0].removeprefix("Error: ")}


def _part(module: str) -> "ModuleType":
    """A module of ``benchmarks/``, which lies beside the package in a source checkout.

    Raises:
        ClferError: this installation carries no benchmarks.
    """
    checkout = Path(clfer.__file__).resolve().parent.parent
    if not (checkout / "benchmarks" / "registry.py").is_file():
        raise ClferError(
            "This installation carries no benchmarks: run 'clfer bench' from a source checkout "
            "installed with 'pip install --editable .'."
        )
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    return import_module(f"benchmarks.{module}")
