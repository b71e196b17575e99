"""``clfer info``: what the methods cost, and which models cannot be checked when loaded."""

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
    """Parameters and multiply–accumulates of baseline, ours, SCN, SimSiam, RUL, EAC (Table I).

    Installed checkpoints that came without a golden prediction are named.
    """
    from clfer.analysis.cost import method_cost
    from clfer.config import load_preset
    from clfer.errors import ConfigError
    from clfer.experiments.variants import TITLES
    from clfer.models.golden import NOTICE, has_golden
    from clfer.models.library import list_checkpoints

    if image_size % 32:
        raise ConfigError(f"--image-size {image_size} is refused: it must be a multiple of 32.")
    plain = ["model.msr=false", "clfm.enabled=false", "clbs.enabled=false"]
    methods = {
        "ours": load_preset("paper"),
        **{name: load_preset("paper", [*plain, f"{name}.enabled=true"]) for name in TITLES},
    }
    baseline = method_cost(load_preset("paper", plain), classes, image_size).inference
    found = {name: method_cost(config, classes, image_size) for name, config in methods.items()}
    costs = {
        name: {"training": cost.training._asdict(), "inference": cost.inference._asdict()}
        for name, cost in found.items()
    }
    unchecked = [s.folder.name for s in list_checkpoints() if not has_golden(s.folder)]
    if as_json:
        print_json({"baseline": baseline._asdict(), **costs, "unchecked": unchecked})
        return
    rows = [("baseline", baseline._asdict())]
    rows += [
        (f"{TITLES.get(name, name)}, {graph}", cost)
        for name, graphs in costs.items()
        for graph, cost in graphs.items()
    ]
    typer.echo(f"{'':18} {'parameters':>12} {'GMAC':>7}   at {image_size}², {classes} expressions")
    for title, cost in rows:
        typer.echo(f"{title:18} {cost['parameters'] / 1e6:>10.2f} M {cost['macs'] / 1e9:>7.3f}")
    for name in unchecked:
        typer.echo(f"{name} {NOTICE}")
