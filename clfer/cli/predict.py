"""``clfer predict``: the faces of photos."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from clfer.cli.common import (
    AsJson,
    CheckpointOption,
    Device,
    Mirror,
    app,
    load,
    print_json,
    sentence_on_error,
)

if TYPE_CHECKING:
    from clfer.analysis.predict import ImagePrediction


@app.command()
@sentence_on_error
def predict(
    images: Annotated[list[str], typer.Argument(help="Photos: PNG, JPEG, WebP, BMP, GIF, TIFF.")],
    checkpoint: CheckpointOption = "ferplus-ours",
    whole_image: Annotated[
        bool, typer.Option("--whole-image", help="The picture is a face already: no detection.")
    ] = False,
    mirror: Mirror = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Expression, layer attention and contributions of every face in photos."""
    from clfer.analysis.predict import predict_image

    model = load(checkpoint, device)
    found = [
        predict_image(model, image, whole_image=whole_image, mirror=mirror) for image in images
    ]
    if as_json:
        print_json([{**prediction.as_json(), "mirror": mirror} for prediction in found])
        return

    for prediction in found:
        typer.echo(prediction.image)
        for line in _described(prediction):
            typer.echo(f"  {line}")


def _described(prediction: "ImagePrediction") -> Iterator[str]:
    if not prediction.faces:
        yield "no face found; if there is one, crop the photo to it and use --whole-image"
    for i, face in enumerate(prediction.faces, start=1):
        top = sorted(face.probabilities.items(), key=lambda item: -item[1])[:3]
        listed = ", ".join(f"{label} {p:.2f}" for label, p in top)
        verdict = face.expression if face.known else "none of the known expressions"
        yield f"face {i}: {verdict} ({listed})"
        if face.attention is not None:
            yield "        attention " + " ".join(f"{mu:.2f}" for mu in face.attention)
