"""The part of a training step that both K-means take."""

import torch

from benchmarks.frame import Measurement, alone, alternate, medians, ratios
from benchmarks.training_step import precision, training_step
from clfer.methods.kmeans import kmeans


def run(repeats: int, side: int = 224, batch: int = 32) -> Measurement:
    """Time the clusterings of a step by themselves, on its own codes, and the whole step."""
    step = training_step(side, batch, ours=True)
    clfm, clbs = step.learner.objective.clfm, step.learner.objective.clbs
    if clfm is None or clbs is None:
        raise RuntimeError("preset paper has lost CLFM or CLBS")
    with torch.no_grad(), precision(step.images.device):
        deep = step.learner.network(step.images).features[-1]
        codes = clfm.codes(deep, 3)
        features = clbs.sample_features(deep, 3)

    def clusterings() -> None:
        clfm.deep_clusters(codes)
        kmeans(features, clbs.clusters, iterations=clbs.config.iterations)

    pairs = alternate(clusterings, step, repeats, warmup=2)
    return Measurement(
        "clustering-share",
        "share",
        ratios(pairs),
        0.02,
        f"Both K-means ÷ the whole step, {side} px, batch {batch}.",
        medians(pairs, "clusterings", "step"),
    )


if __name__ == "__main__":
    alone(run)
