"""What all commands share: the Typer application, options, JSON output and error sentences."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
Mirror = Annotated[
    bool,
    typer.Option("--mirror", help="Average each face with its mirror image; the paper does not."),
]
DATASET_NAMES = "One of ferplus, rafdb, sfew, affectnet, affectnet7, folder, synthetic."
"""Written out, as the registry would import what decodes images."""
Root = Annotated[
    str | None, typer.Option("--root", help="Folder or .zip of the data set; none for synthetic.")
]


def sentence_on_error(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a user error into one sentence on standard error and exit code 2.

    What the operating system refuses (a full disk, a folder that may not be written) counts too.
    """

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ClferError as error:
            raise _refusal(str(error)) from error
        except BrokenPipeError:
            raise  # the reader of a pipe has left: Typer ends quietly
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise _refusal(f"{where}{error.strerror or error}.") from error

    return guarded


@contextmanager
def progress_bar(title: str, *, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error where that is a terminal; told the steps done and all steps."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(
        console=console, disable=hidden or not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_json(value: object) -> None:
    """Print a value as indented JSON on standard output; what is not finite becomes null."""
    typer.echo(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False))


def load(checkpoint: str, device: str) -> "Checkpoint":
    """The checkpoint of a command line, on the device that it names."""
    from clfer.models.checkpoint import load_checkpoint
    from clfer.models.device import resolve_device

    return load_checkpoint(checkpoint, resolve_device(device))


def _refusal(sentence: str) -> typer.Exit:
    typer.echo(f"Error: {sentence}", err=True)
    return typer.Exit(2)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
