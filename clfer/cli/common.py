"""What all commands share: the Typer application, options, JSON output and error sentences."""

import json
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

import typer

from clfer.errors import ClferError

if TYPE_CHECKING:
    from clfer.models.checkpoint import Checkpoint

app = typer.Typer(
    name="clfer",
    help="Facial expression recognition by cross-layer contrastive learning of latent semantics.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

P = ParamSpec("P")
R = TypeVar("R")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
CheckpointOption = Annotated[
    str, typer.Option("--checkpoint", help="Name of a shipped checkpoint, or a folder.")
]
Root = Annotated[
    str | None, typer.Option("--root", help="Folder or .zip of the data set; none for synthetic.")
]


def sentence_on_error(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a user error into one sentence on standard error and exit code 2."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ClferError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(2) from error

    return guarded


def print_json(value: object) -> None:
    """Print a value as indented JSON on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def load(checkpoint: str, device: str) -> "Checkpoint":
    """The checkpoint of a command line, on the device that it names."""
    from clfer.models.checkpoint import load_checkpoint
    from clfer.models.device import resolve_device

    return load_checkpoint(checkpoint, resolve_device(device))
