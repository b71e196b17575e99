"""``clfer export``: a model for runtimes without PyTorch."""

from pathlib import Path
from typing import Annotated

import typer

from clfer.cli.common import AsJson, app, load, print_json, sentence_on_error
from clfer.errors import ClferError


@app.command()
@sentence_on_error
def export(
    checkpoint: Annotated[str, typer.Argument(help="Name of a shipped checkpoint, or a folder.")],
    file: Annotated[Path, typer.Argument(help="The file to write, FILE.onnx.")],
    as_json: AsJson = False,
) -> None:
    """Write the inference graph as ONNX, with any batch size, checked against PyTorch.

    Classes, colour, size and normalisation stand in the file's metadata.
    """
    from clfer.models.onnx import export_onnx

    if file.suffix != ".onnx":
        raise ClferError(f"{file} is refused: the name of an exported model ends in .onnx.")
    done = export_onnx(load(checkpoint, "cpu"), file)
    if as_json:
        print_json({"file": str(done.path), "outputs": done.outputs, "difference": done.difference})
        return
    typer.echo(f"{done.path}: {', '.join(done.outputs)}")
    typer.echo(f"largest difference from PyTorch {done.difference:.1e}")
