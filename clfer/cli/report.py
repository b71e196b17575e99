"""``clfer report``: a comparison of two models as one HTML file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from clfer.cli.common import (
    AsJson,
    Device,
    Root,
    app,
    load,
    print_json,
    progress_bar,
    sentence_on_error,
)

if TYPE_CHECKING:
    from clfer.analysis.scored import ScoredFaces
    from clfer.data.faceset import FaceSet
    from clfer.figures.theme import Theme
    from clfer.models.checkpoint import Checkpoint

Side = Annotated[str, typer.Option(help="Name of a shipped checkpoint, or a folder.")]


@app.command()
@sentence_on_error
def report(
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")],
    a: Side = "ferplus-baseline",
    b: Side = "ferplus-ours",
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="Data set; that of model B by default.")
    ] = None,
    root: Root = None,
    split: Annotated[str, typer.Option(help="train, valid or test.")] = "valid",
    theme: Annotated[str, typer.Option(help="Theme of the figures: light or dark.")] = "light",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Compare two models in one HTML file that opens without network.

    Without --root the scores that were published with the checkpoints are used; with it, or for
    the synthetic set, every face is scored.
    """
    from clfer.analysis.comparison import compare
    from clfer.errors import ConfigError
    from clfer.models.files import write_atomically
    from clfer.report import build_report

    if theme not in ("light", "dark"):
        raise ConfigError(f"--theme {theme} is unknown: choose light or dark.")
    if not out.absolute().parent.is_dir():
        raise ConfigError(f"--out {out}: its folder does not exist; create it first.")
    models = load(a, device), load(b, device)
    name = dataset or models[1].card.dataset
    faces = _faces(name, root, split)
    comparison = compare(
        *(_scores(model, name, root, split, faces, quiet=as_json) for model in models)
    )
    page = build_report(comparison, models, theme=cast("Theme", theme))
    write_atomically(out, page)
    if as_json:
        print_json({"out": str(out), "bytes": len(page), "n": len(comparison)})
    else:
        typer.echo(f"{out}: {len(comparison):,} faces of {name} {split}, {len(page) / 1e6:.1f} MB")


def _faces(dataset: str, root: str | None, split: str) -> "FaceSet | None":
    """The pixels, where they are at hand."""
    from clfer.data import load_faces, needs_root

    if root is None and needs_root(dataset):
        return None
    return load_faces(dataset, root, split)


def _scores(
    model: "Checkpoint",
    dataset: str,
    root: str | None,
    split: str,
    faces: "FaceSet | None",
    *,
    quiet: bool,
) -> "ScoredFaces":
    """What a model says about the faces: computed, computed before, or published with it."""
    from clfer.analysis.scored import ScoredFaces
    from clfer.analysis.scoring import published_scores, score_faces
    from clfer.errors import DataError
    from clfer.work.results import load_result, save_result
    from clfer.work.scoring import score_request

    if faces is None:
        published = published_scores(model)
        if published is None or (published.dataset, published.split) != (dataset, split):
            raise DataError(
                f"No scores on {dataset} {split} were published with {model.card.name}: give the "
                "folder of the data set with --root to compute them."
            )
        return published
    request = score_request(model, faces, root)
    arrays = load_result(request)
    if arrays is None:
        with progress_bar(f"Scoring with {model.card.name}", hidden=quiet) as advance:
            arrays = score_faces(model, faces, advance).as_arrays()
        save_result(request, arrays)
    return ScoredFaces.from_arrays(arrays)
