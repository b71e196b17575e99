"""``clfer info``: what baseline and ours cost."""

from typing import Annotated

import typer

from clfer.cli.common import AsJson, app, print_json, sentence_on_error


@app.command()
@sentence_on_error
def info(
    image_size: Annotated[int, typer.Option(min=32, max=512, help="Image side in pixels.")] = 224,
    classes: Annotated[int, typer.Option(min=2, help="Number of expressions.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Parameters and multiply–accumulates of baseline and ours (Table I)."""
    from clfer.config import load_preset
    from clfer.errors import ConfigError
    from clfer.models.complexity import inference_complexity, training_complexity

    if image_size % 32:
        raise ConfigError(f"--image-size {image_size} is refused: it must be a multiple of 32.")
    ours = load_preset("paper")
    plain = load_preset("paper", ["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"])
    result = {
        "baseline": inference_complexity(plain, classes, image_size)._asdict(),
        "ours": {
            "training": training_complexity(ours, classes, image_size)._asdict(),
            "inference": inference_complexity(ours, classes, image_size)._asdict(),
        },
    }
    if as_json:
        print_json(result)
        return
    rows = [
        ("baseline", result["baseline"]),
        ("ours, training", result["ours"]["training"]),
        ("ours, inference", result["ours"]["inference"]),
    ]
    typer.echo(f"{'':16} {'parameters':>12} {'GMAC':>7}   at {image_size}², {classes} expressions")
    for name, cost in rows:
        typer.echo(f"{name:16} {cost['parameters'] / 1e6:>10.2f} M {cost['macs'] / 1e9:>7.3f}")
