"""``clfer consistency``: whether the same face gets the same answer in a changed photo."""

from typing import Annotated

import typer

from clfer.cli.common import (
    DATASET_NAMES,
    AsJson,
    Device,
    Mirror,
    Root,
    app,
    load,
    print_json,
    progress_bar,
    sentence_on_error,
)


@app.command()
@sentence_on_error
def consistency(
    dataset: Annotated[str, typer.Option(help=DATASET_NAMES)],
    checkpoints: Annotated[
        list[str] | None, typer.Argument(help="Names or folders; the shipped pair by default.")
    ] = None,
    root: Root = None,
    split: Annotated[str, typer.Option(help="train, valid or test.")] = "valid",
    count: Annotated[
        int | None,
        typer.Option(min=1, help="This many faces, evenly over the split; all without."),
    ] = None,
    whole_image: Annotated[
        bool, typer.Option("--whole-image", help="Ask no detector; show the face as it was put.")
    ] = False,
    mirror: Mirror = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Shift, mirror, relight and compress photos of faces: do models give the same answer?"""
    import numpy as np

    from clfer.analysis.consistency import CHANGES
    from clfer.analysis.consistency import consistency as compare
    from clfer.data import load_faces

    names = checkpoints or ["ferplus-baseline", "ferplus-ours"]
    models = [load(name, device) for name in names]
    images = load_faces(dataset, root, split).images
    if count is not None:
        images = images[np.unique(np.linspace(0, len(images) - 1, count).round().astype(int))]
    with progress_bar("Changing photos", hidden=as_json) as advance:
        results = compare(models, images, whole_image=whole_image, mirror=mirror, progress=advance)
    if as_json:
        print_json(
            {
                name: {**r.as_json(), "mirror": mirror}
                for name, r in zip(names, results, strict=True)
            }
        )
        return
    first = results[0]
    typer.echo(
        f"{dataset} {split}, n = {first.n}; {first.unfound} others are not found as they are"
    )
    width = max(len(change.title) for change in CHANGES)
    typer.echo(f"{'same answer':<{width}}  " + "  ".join(names))

    def line(title: str, shares: list[float]) -> None:
        cells = (f"{s:>{len(n)}.2%}" for s, n in zip(shares, names, strict=True))
        typer.echo(f"{title:<{width}}  " + "  ".join(cells))

    if not first.n:
        return
    for t, change in enumerate(CHANGES):
        line(change.title, [int(r.same[t]) / r.n for r in results])
    line("mean of all changes", [float(r.same.mean() / r.n) for r in results])
    line("after every change", [r.same_always / r.n for r in results])
