"""Batched K-means against a loop of scikit-learn's over the images of a batch."""

import warnings

import torch
from sklearn.cluster import KMeans

from benchmarks.frame import Measurement, alone, alternate, medians
from clfer.config import ClfmConfig
from clfer.methods.hash_coding import CODE_DIMENSION, hash_coding
from clfer.methods.kmeans import kmeans

IMAGES, CHANNELS = 64, 512
IN_A_ROW = 10
"""Clusterings that are timed together, since one takes a twentieth of the time of the loop."""


def run(repeats: int, images: int = IMAGES, channels: int = CHANNELS) -> Measurement:
    """Cluster the channel codes of every image both ways, both with the method's iterations."""
    config = ClfmConfig()
    maps = torch.randn(images, channels, 8, 8, generator=torch.Generator().manual_seed(0))
    codes = hash_coding(maps.relu(), config.coding, config.temperature).codes
    if torch.cuda.is_available():
        codes = codes.cuda()
    inertia: dict[str, float] = {}

    def ours() -> None:
        for _ in range(IN_A_ROW):
            found = kmeans(codes, config.clusters, iterations=config.iterations)
        inertia["ours"] = float(found.inertia.sum())

    rows = codes.cpu().numpy()

    def loop() -> None:
        total = 0.0
        for points in rows:
            model = KMeans(
                config.clusters, n_init=1, max_iter=config.iterations, tol=0, random_state=0
            )
            total += float(model.fit(points).inertia_)
        inertia["scikit_learn"] = total

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that five iterations do not converge is meant
        timed = alternate(ours, loop, repeats)
    pairs = [(mine / IN_A_ROW, theirs) for mine, theirs in timed]
    quality = Measurement(
        "summed inertia", "ratio", [inertia["ours"] / inertia["scikit_learn"]], 1.01
    )
    return Measurement(
        "kmeans",
        "speedup",
        [theirs / mine for mine, theirs in pairs],
        30,
        f"{images} images × {channels} channels × {CODE_DIMENSION} values, K = {config.clusters}, "
        f"{config.iterations} iterations, the mean of {IN_A_ROW} in a row, against scikit-learn's "
        "KMeans(n_init=1) in a loop.",
        medians(pairs, "ours", "scikit_learn"),
        (quality,),
    )


if __name__ == "__main__":
    alone(run)
