"""``clfer evaluate``: a model on a split."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clfer.cli.common import (
    DATASET_NAMES,
    AsJson,
    CheckpointOption,
    Device,
    Mirror,
    Root,
    app,
    load,
    print_json,
    progress_bar,
    sentence_on_error,
)

if TYPE_CHECKING:
    from clfer.data import FaceSet


@app.command()
@sentence_on_error
def evaluate(
    checkpoint: CheckpointOption,
    dataset: Annotated[str, typer.Option(help=DATASET_NAMES)],
    root: Root = None,
    split: Annotated[str, typer.Option(help="train, valid or test.")] = "valid",
    names: Annotated[
        Path | None,
        typer.Option(help="File of image names to restrict to, one a line or as RAN lists them."),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Faces per forward pass.")] = 64,
    mirror: Mirror = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Accuracy, mean-class accuracy, macro-F1, calibration and confusion on a split.

    The data set may be another one than the model's: then it is over the expressions both know.
    """
    from clfer.analysis.evaluate import evaluate as evaluate_faces
    from clfer.data import load_faces, read_names, restrict

    model = load(checkpoint, device)
    faces = load_faces(dataset, root, split)
    if names is not None:
        faces = restrict(faces, read_names(names))
    twins = None if split == "train" else _training_faces(dataset, root)
    with progress_bar("Evaluating", hidden=as_json) as advance:
        result = evaluate_faces(
            model, faces, duplicates_of=twins, batch=batch, progress=advance, mirror=mirror
        )
    if as_json:
        print_json({**result.as_json(), "mirror": mirror})
        return
    passes = ", each averaged with its mirror image" if mirror else ""
    typer.echo(f"{checkpoint} on {dataset} {split}, n = {result.n}{passes}")
    if set(result.classes) != set(faces.classes) | set(model.card.classes):
        typer.echo(f"over {', '.join(result.classes)}; {result.n_left_out} other faces left out")
    typer.echo(f"accuracy             {result.accuracy:.4f}")
    if result.accuracy_deduplicated is not None:
        typer.echo(
            f"  without duplicates {result.accuracy_deduplicated:.4f} "
            f"(n = {result.n_deduplicated}, no identical face in train)"
        )
    typer.echo(f"mean class accuracy  {result.mean_class_accuracy:.4f}")
    typer.echo(f"macro F1             {result.macro_f1:.4f}")
    typer.echo(f"calibration error    {result.ece:.4f}")


def _training_faces(dataset: str, root: str | None) -> "FaceSet | None":
    """The training split, for the de-duplicated figures; None where it is not on disk."""
    from clfer.data.registry import load_faces, needs_root, on_disk

    if needs_root(dataset):
        with on_disk(dataset).open(root) as tree:
            if "train" not in on_disk(dataset).available(tree):
                return None
        # Only the digests of the files are asked for: a training split can take gigabytes.
        return load_faces(dataset, root, "train", side=1)
    return load_faces(dataset, root, "train")
