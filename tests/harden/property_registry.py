"""A property of every public function of ``clfer.analysis`` and ``clfer.models``.

Each entry calls a function on a generated case. Its result must be finite, through and through, or
it is refused by one sentence; entries may assert more.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from property_cases import SIDE, Case, Property, place

from clfer.analysis import (
    alignment,
    attention,
    attention_statistics,
    attribution,
    batch,
    batch_table,
    block_maps,
    calibration,
    card_facts,
    comparison,
    confusion,
    consistency,
    cost,
    crops,
    curves,
    data_summary,
    encoded_faces,
    evaluate,
    explain,
    face_groups,
    grid_stand,
    group_likeness,
    group_statistics,
    groups,
    histories,
    intensity,
    intensity_summary,
    latency,
    layer_ablation,
    map_statistics,
    matching,
    mcnemar,
    metrics,
    neighbours,
    outputs,
    paired_t,
    per_class,
    perturb,
    pictures,
    placement,
    pooled,
    predict,
    projection,
    regions,
    resampling,
    robustness,
    run_feed,
    run_list,
    same_loss,
    score_changes,
    scoring,
    semantics,
    shallow_gain,
    subset,
    sweep_table,
    tables,
    threshold,
    twins,
    typical,
    unseen,
)
from clfer.analysis.predict import FacePrediction
from clfer.faces.detector import DetectedFace
from clfer.runs.grid import Grid, parse_grid

GRID = "preset: smoke\ngrid: {model.msr: [true, false]}\nseeds: [0, 1]"

PROPERTIES: dict[str, Property] = {}
"""By ``package.module.function``, without ``clfer.``."""


def entry(function: Callable[..., Any], call: Property) -> None:
    """Register how a function is called."""
    wrapped = getattr(function, "__wrapped__", function)
    PROPERTIES[f"{wrapped.__module__.removeprefix('clfer.')}.{wrapped.__name__}"] = call


def _grid() -> Grid:
    return parse_grid(GRID, "grid")


def _same_shape(function: Callable[[Any], Any], values: Any) -> Any:
    found = function(values)
    assert found.shape == values.shape
    return found


def _detected(case: Case) -> DetectedFace:
    points = np.array([[15, 18], [33, 18], [24, 28], [17, 37], [31, 37]], dtype=np.float64)
    points += case.doubles(5, 2) * (case.kind == "plain")
    points[:] = 20.0 if case.kind == "identical" else points
    return DetectedFace((8.0, 6.0, 32.0, 36.0), 0.9, points)


class _Detector:
    """Finds the same face in every photo."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def detect(self, image: object) -> list[DetectedFace]:
        return [_detected(self.case)]


def _photos(case: Case) -> list[batch.BatchPhoto]:
    faces = batch.batch_faces(case.checkpoint, case.baseline, case.crop, [_detected(case)])
    return [
        batch.BatchPhoto("a.png", faces),
        batch.BatchPhoto("b.png", error="b.png is no image."),
        batch.BatchPhoto("c.png"),
    ]


# Numbers and labels.
entry(alignment.procrustes, lambda c: alignment.procrustes(c.floats(c.n, 2), c.floats(c.n, 2)))
entry(alignment.displacement, lambda c: alignment.displacement(c.floats(c.n, 2), c.floats(c.n, 2)))
entry(alignment.moved_most, lambda c: alignment.moved_most(c.floats(c.n, 2), c.floats(c.n, 2), 3))
entry(
    attention.attention_distribution,
    lambda c: attention.attention_distribution(scoring_table(c)),
)
entry(
    attention.centred_contributions,
    lambda c: attention.centred_contributions(c.doubles(c.classes, 4)),
)
entry(attention.stacked, lambda c: attention.stacked(scoring_table(c)["logits"]))
entry(
    attention_statistics.grouped_weights,
    lambda c: [
        attention_statistics.grouped_weights(c.scored(), "attention", by)  # type: ignore[arg-type]
        for by in ("expression", "correctness")
    ],
)
entry(attention_statistics.weights_of, lambda c: attention_statistics.weights_of(c.scored()))
entry(
    attention_statistics.attention_entropy,
    lambda c: attention_statistics.attention_entropy(c.shares(c.n, 4) * (c.kind != "zeros")),
)
entry(
    attention_statistics.lowest_first,
    lambda c: attention_statistics.lowest_first(c.doubles(c.n)),
)
entry(
    attention_statistics.entropy_histogram,
    lambda c: attention_statistics.entropy_histogram([c.shares(c.n), c.shares(c.n)]),
)
entry(calibration.reliability, lambda c: calibration.reliability(c.scored()))
entry(comparison.compare, lambda c: c.pair)
entry(confusion.confusions, lambda c: confusion.confusions(c.pair))
entry(
    confusion.normalised,
    lambda c: [confusion.normalised(c.confusion, m) for m in ("counts", "rows", "columns")],  # type: ignore[arg-type]
)
entry(confusion.cells, lambda c: confusion.cells(c.names))
entry(confusion.largest_change, lambda c: confusion.largest_change(confusion.confusions(c.pair)))
entry(
    confusion.cell_faces,
    lambda c: [confusion.cell_faces(c.pair, cell) for cell in confusion.cells(c.names).values()],
)
entry(
    data_summary.class_balance,
    lambda c: data_summary.class_balance(c.names, {"train": c.labels, "valid": c.labels[:0]}),
)
entry(
    data_summary.draw_sample,
    lambda c: data_summary.draw_sample(c.labels, range(c.classes), 2, c.seed),
)
entry(data_summary.entropy_bits, lambda c: data_summary.entropy_bits(_distribution(c)))
entry(
    data_summary.vote_ambiguity,
    lambda c: data_summary.vote_ambiguity(c.scored().names, c.counts(c.n, 10), c.scored().names),
)
entry(
    group_likeness.group_likeness,
    lambda c: group_likeness.group_likeness(c.floats(6, 4, 4), c.rng.integers(-1, 3, 6)),
)
entry(group_statistics.spread, lambda c: group_statistics.spread(c.doubles(c.n, 4, 4)))
entry(group_statistics.group_shares, lambda c: group_statistics.group_shares(c.counts(c.n, 4, 4)))
entry(group_statistics.empty_share, lambda c: group_statistics.empty_share(c.counts(c.n, 4, 4)))
entry(
    group_statistics.excitation,
    lambda c: group_statistics.excitation(c.doubles(c.n, 4), c.labels, c.classes),
)
entry(
    group_statistics.empty_reason,
    lambda c: group_statistics.empty_reason(1, 2, c.counts(c.n, 4, 4)),
)
entry(
    group_statistics.row_peaks,
    lambda c: group_statistics.row_peaks([c.doubles(4, 4, 4) for _ in range(4)]),
)
entry(groups.membership, lambda c: groups.membership(c.rng.integers(-1, 4, (c.n, 8)), 4))
entry(
    matching.match_centroids,
    lambda c: matching.match_centroids(c.floats(c.n, 4, 16), c.floats(4, 16)),
)
entry(
    mcnemar.mcnemar_of,
    lambda c: mcnemar.mcnemar_of(c.doubles(c.n) > 0, c.doubles(c.n) > 0),
)
entry(mcnemar.mcnemar, lambda c: mcnemar.mcnemar(c.pair))
entry(mcnemar.mcnemar_per_class, lambda c: mcnemar.mcnemar_per_class(c.pair))
entry(mcnemar.holm, lambda c: mcnemar.holm(c.shares(c.n).tolist()))
entry(metrics.softmax, lambda c: _same_shape(metrics.softmax, c.doubles(c.n, c.classes)))
entry(
    metrics.confusion_matrix,
    lambda c: metrics.confusion_matrix(c.doubles(c.n, c.classes), c.labels),
)
entry(metrics.accuracy, lambda c: metrics.accuracy(c.confusion))
entry(metrics.mean_class_accuracy, lambda c: metrics.mean_class_accuracy(c.confusion))
entry(metrics.macro_f1, lambda c: metrics.macro_f1(c.confusion))
entry(
    metrics.expected_calibration_error,
    lambda c: metrics.expected_calibration_error(c.doubles(c.n, c.classes), c.labels),
)
entry(metrics.wilson_interval, lambda c: metrics.wilson_interval(c.n // 2, c.n))
entry(paired_t.paired_t, lambda c: paired_t.paired_t(c.doubles(c.n).tolist()))
entry(
    resampling.resampled,
    lambda c: resampling.resampled(np.stack([c.labels, c.labels], axis=1), resamples=5),
)
entry(
    resampling.exchanged,
    lambda c: resampling.exchanged(
        np.stack([c.labels] * 3, axis=1), np.floor(9 * c.shares(c.n)), resamples=5
    ),
)
for shares in (resampling.recalls, resampling.hits, resampling.f1_scores):
    entry(
        shares,
        lambda c, of=shares: of(
            1 + c.shares(3, c.classes), np.arange(c.classes), np.arange(c.classes)[::-1], c.classes
        ),
    )
entry(resampling.ratio, lambda c: resampling.ratio(c.shares(c.n), 1 + c.shares(c.n)))
entry(score_changes.score_changes, lambda c: score_changes.score_changes([c.pair], resamples=20))
entry(per_class.overall, lambda c: per_class.overall(c.scored()))
entry(per_class.per_class, lambda c: per_class.per_class(c.pair, resamples=20))
entry(layer_ablation.decision_shares, lambda c: layer_ablation.decision_shares(c.scored()))
entry(layer_ablation.expression_shares, lambda c: layer_ablation.expression_shares(c.scored()))
entry(layer_ablation.logits_without, lambda c: layer_ablation.logits_without(c.scored()))
entry(layer_ablation.layer_ablation, lambda c: layer_ablation.layer_ablation(c.scored()))
entry(intensity_summary.face_norms, lambda c: intensity_summary.face_norms(c.scored(), "cls"))
entry(
    intensity_summary.summarise,
    lambda c: intensity_summary.summarise({"A": c.scored(), "B": c.scored(msr=False)}, "joint"),
)
entry(subset.subset_accuracy, lambda c: subset.subset_accuracy(c.scored(), np.arange(c.n // 2)))
entry(subset.subset_table, lambda c: subset.subset_table(c.pair, np.arange(c.n // 2)))
entry(threshold.threshold_effect, lambda c: threshold.threshold_effect(c.scored()))
entry(
    twins.twin_pairs,
    lambda c: twins.twin_pairs(
        [str(i // 2) for i in range(c.n)], ["train", "valid"] * c.n, c.labels
    ),
)
entry(typical.typical_faces, lambda c: typical.typical_faces(c.scored(), 3))
entry(typical.first_faces, lambda c: typical.first_faces(c.faces(), 3))
entry(unseen.predicted_by_rule, lambda c: unseen.predicted_by_rule(c.doubles(c.n, c.classes), 0))
entry(unseen.unseen_accuracy, lambda c: unseen.unseen_accuracy(c.scored(), c.names[0]))
entry(
    same_loss.gain_at_same_loss,
    lambda c: same_loss.gain_at_same_loss(*(np.abs(c.doubles(c.n)) for _ in range(4))),
)
entry(batch.jensen_shannon, lambda c: batch.jensen_shannon(_named(c), _named(c)))
entry(
    block_maps.ablation_rows,
    lambda c: block_maps.ablation_rows({"a": "baseline", "b": "MSR", "c": "MSR"}, ["c"]),
)
entry(regions.region_cover, lambda c: regions.region_cover(c.n, c.classes))
entry(regions.region_share, lambda c: regions.region_share(np.abs(c.floats(c.classes, c.n))))
entry(regions.area_share, lambda c: regions.area_share())
entry(perturb.perturb, lambda c: _perturbed(c))
entry(perturb.perturbations, lambda c: perturb.perturbations(16 * c.classes))

# Embeddings and their pictures.
entry(neighbours.sampled, lambda c: neighbours.sampled(c.n * 1_000))
entry(neighbours.silhouette, lambda c: neighbours.silhouette(c.floats(c.n, 8), c.labels))
entry(neighbours.nearest, lambda c: neighbours.nearest(c.floats(c.n, 8), 2))
entry(neighbours.knn_accuracy, lambda c: neighbours.knn_accuracy(_near(c), c.labels))
entry(
    neighbours.trustworthiness,
    lambda c: neighbours.trustworthiness(c.floats(c.n, 8), c.floats(c.n, 2), 2),
)
entry(neighbours.overlap, lambda c: neighbours.overlap(_near(c), _near(c)))
entry(
    neighbours.shared_neighbours,
    lambda c: neighbours.shared_neighbours(c.floats(c.n, 8), c.floats(c.n, 6)),
)
entry(
    neighbours.nearest_to,
    lambda c: neighbours.nearest_to(c.floats(c.n, 8), c.floats(8), 3),
)
entry(neighbours.separation, lambda c: neighbours.separation(c.floats(c.n, 8), c.labels))
entry(
    neighbours.quality,
    lambda c: neighbours.quality(c.floats(c.n, 8), c.labels, c.floats(c.n, 2)),
)
entry(
    neighbours.of_picture,
    lambda c: neighbours.of_picture(
        neighbours.separation(c.floats(c.n, 8), c.labels), c.floats(c.n, 8), c.floats(c.n, 2)
    ),
)
entry(projection.pca, lambda c: projection.pca(c.floats(c.n, 8)).transform(c.floats(c.n, 8)))
entry(projection.reduced, lambda c: projection.reduced(c.floats(c.n, 60)))
entry(projection.tsne, lambda c: projection.tsne(c.floats(c.n, 8)))
entry(projection.umap, lambda c: projection.umap(c.floats(c.n, 8)))
entry(
    projection.umap_transform,
    lambda c: projection.umap_transform(c.floats(c.n, 8), c.floats(c.n, 2), c.floats(1, 8)),
)
entry(projection.fitted_rows, lambda c: projection.fitted_rows(np.repeat(c.labels, 200)))
entry(
    projection.completed,
    lambda c: projection.completed(
        c.floats(c.n, 8), np.arange((c.n + 1) // 2), c.floats((c.n + 1) // 2, 2)
    ),
)
entry(
    projection.parameters,
    lambda c: [projection.parameters(m) for m in ("PCA", "t-SNE", "UMAP")],  # type: ignore[arg-type]
)
entry(pictures.pca_pictures, lambda c: _pictures(c))
entry(
    pictures.fitted_pictures,
    lambda c: pictures.fitted_pictures("PCA", c.floats(c.n, 8), c.floats(c.n, 6), c.labels),
)
entry(pictures.frame, lambda c: pictures.frame(_pictures(c)))
entry(pictures.centres, lambda c: pictures.centres(c.doubles(c.n, 2), c.labels, c.names))
entry(
    placement.placed_face,
    lambda c: placement.placed_face(_pictures(c), "A", c.floats(c.n, 8), 0),
)
entry(
    placement.placed_photo,
    lambda c: placement.placed_photo(_pictures(c), "B", c.floats(c.n, 8), c.floats(8)),
)
entry(
    placement.place,
    lambda c: placement.place(_pictures(c), "B", c.floats(c.n, 8), c.floats(8)),
)
entry(
    placement.place_by_neighbours,
    lambda c: placement.place_by_neighbours(c.floats(c.n, 8), c.floats(c.n, 2), c.floats(8)),
)

# Histories and runs.
entry(curves.curve_of_rows, lambda c: c.curve())
entry(curves.run_curve, lambda c: curves.run_curve(c.run().path, "run"))
entry(curves.find_runs, lambda c: [c.run(), curves.find_runs(place())][1])
entry(curves.checkpoint_curve, lambda c: curves.checkpoint_curve(*_published(c)))
entry(histories.same_training, lambda c: histories.same_training(c.curve()))
entry(
    histories.compared,
    lambda c: histories.compared(c.curve(), c.curve("b", 1), [c.curve("d", 2), c.curve("e", 3)]),
)
entry(histories.over_seeds, lambda c: _history(c))
entry(
    shallow_gain.shallow_gain,
    lambda c: shallow_gain.shallow_gain(_history(c), _history(c), "grad_cls"),
)
entry(shallow_gain.snapped, lambda c: shallow_gain.snapped(c.classes, set(c.labels.tolist())))
entry(grid_stand.grid_stand, lambda c: grid_stand.grid_stand(_grid()))
entry(grid_stand.grid_in_words, lambda c: grid_stand.grid_in_words(_grid()))
entry(run_feed.signature, lambda c: run_feed.signature(c.run().path))
entry(run_list.filter_choices, lambda c: run_list.filter_choices([c.run()]))
entry(run_list.run_table, lambda c: run_list.run_table([c.run()], {}))
entry(run_list.seconds_trained, lambda c: run_list.seconds_trained(c.run()))
entry(run_list.duration, lambda c: run_list.duration(float(np.abs(c.doubles(1))[0])))
entry(run_list.run_facts, lambda c: run_list.run_facts(c.run()))
entry(sweep_table.sweep_table, lambda c: _sweep(c))
entry(sweep_table.sweep_csv, lambda c: sweep_table.sweep_csv(_sweep(c)))
entry(sweep_table.settings_as_text, lambda c: sweep_table.settings_as_text(_sweep(c)))
entry(sweep_table.sweep_markdown, lambda c: sweep_table.sweep_markdown(_grid(), _sweep(c)))
entry(card_facts.figures, lambda c: card_facts.figures(c.checkpoint.card))
entry(card_facts.differences, lambda c: card_facts.differences(c.checkpoint.card, c.baseline.card))
entry(card_facts.protocol, lambda c: card_facts.protocol(c.checkpoint.card))

# Networks.
entry(cost.model_cost, lambda c: cost.model_cost(c.checkpoint.card, SIDE))
entry(cost.method_cost, lambda c: cost.method_cost(c.baseline.card.config, c.classes, SIDE))
entry(latency.measure_latency, lambda c: latency.measure_latency(c.checkpoint))
entry(outputs.known_faces, lambda c: outputs.known_faces(c.checkpoint, c.faces()))
entry(outputs.run_network, lambda c: outputs.run_network(c.checkpoint, c.images()))
entry(
    outputs.read_output,
    lambda c: outputs.read_output(c.checkpoint, c.checkpoint.network(c.batch)),
)
entry(outputs.classifier_bias, lambda c: outputs.classifier_bias(c.checkpoint))
entry(outputs.image_batches, lambda c: list(outputs.image_batches(c.baseline, c.images(), 5)))
entry(
    outputs.concatenate,
    lambda c: outputs.concatenate([outputs.run_network(c.checkpoint, c.images())] * 2),
)
entry(crops.crop_faces, lambda c: crops.crop_faces(c.checkpoint, c.images(60)[0], _Detector(c)))
entry(crops.crop_face, lambda c: crops.crop_face(c.checkpoint, c.images(60)[0], _detected(c)))
entry(
    crops.crop_region,
    lambda c: crops.crop_region(c.checkpoint, c.images(60)[0], tuple(c.doubles(4) * 9)),  # type: ignore[arg-type]
)
entry(crops.whole_face, lambda c: crops.whole_face(c.checkpoint, c.images(c.n * c.classes)[0]))
entry(crops.default_detector, lambda c: crops.default_detector().detect(c.images(40)[0]))
entry(
    predict.predict_image,
    lambda c: _faces_of(predict.predict_image(c.checkpoint, c.crop, whole_image=True).faces),
)
entry(predict.predict_faces, lambda c: _faces_of(predict.predict_faces(c.baseline, c.images())))
entry(
    predict.predict_cropped,
    lambda c: _faces_of(
        predict.predict_cropped(c.checkpoint, [crops.whole_face(c.checkpoint, c.crop)])
    ),
)
entry(
    batch.batch_faces,
    lambda c: batch.batch_faces(c.checkpoint, c.baseline, c.crop, None),
)
entry(batch.summarise, lambda c: batch.summarise(_photos(c)))
entry(batch_table.batch_table, lambda c: batch_table.batch_table(_photos(c)))
entry(batch_table.batch_csv, lambda c: batch_table.batch_csv(_photos(c)))
entry(
    batch_table.batch_json,
    lambda c: batch_table.batch_json(_photos(c), c.checkpoint, c.baseline, whole_image=False),
)
entry(evaluate.evaluate, lambda c: evaluate.evaluate(c.checkpoint, c.faces()))
entry(scoring.score_faces, lambda c: scoring.score_faces(c.checkpoint, c.faces()))
entry(scoring.published_scores, lambda c: scoring.published_scores(c.checkpoint))
entry(scoring.snapshot_epochs, lambda c: scoring.snapshot_epochs(c.checkpoint))
entry(scoring.snapshot_scores, lambda c: scoring.snapshot_scores(c.checkpoint, c.n))
entry(tables.face_table, lambda c: tables.face_table(c.checkpoint, c.faces()))
entry(tables.reference_centroids, lambda c: tables.reference_centroids(c.checkpoint, c.faces(), 4))
entry(block_maps.block_maps, lambda c: block_maps.block_maps(c.checkpoint, c.crop))
entry(
    block_maps.all_block_maps,
    lambda c: list(block_maps.all_block_maps(c.baseline, c.images())),
)
entry(
    map_statistics.map_statistics,
    lambda c: map_statistics.map_statistics([c.checkpoint] * (c.n > 1), c.images()),
)
entry(pooled.pooled_blocks, lambda c: pooled.pooled_blocks(c.checkpoint, c.images()))
entry(pooled.face_embedding, lambda c: pooled.face_embedding(c.checkpoint, c.crop, "block 2"))
entry(pooled.block_of, lambda c: pooled.block_of(f"block {c.n}"))
entry(groups.semantic_groups, lambda c: groups.semantic_groups(c.checkpoint, c.features))
entry(groups.deep_clusters, lambda c: groups.deep_clusters(c.checkpoint, _codes(c)[-1]).sizes)
entry(
    groups.groups_from_clusters,
    lambda c: groups.groups_from_clusters(
        _codes(c), groups.deep_clusters(c.checkpoint, _codes(c)[-1]), c.checkpoint.references
    ),
)
entry(
    semantics.group_maps,
    lambda c: [semantics.group_maps(c.checkpoint, c.features, block) for block in range(1, 5)],
)
entry(
    encoded_faces.encode_faces,
    lambda c: encoded_faces.encode_faces(c.checkpoint, list(c.images())).groups(c.checkpoint, 0, 2),
)
entry(face_groups.face_groups, lambda c: face_groups.face_groups(c.checkpoint, c.faces()))
entry(face_groups.measure_groups, lambda c: face_groups.measure_groups(c.checkpoint, c.features))
entry(
    intensity.learning_intensity,
    lambda c: [
        intensity.learning_intensity(c.checkpoint, c.batch, of=of) for of in ("cls", "logit")
    ],  # type: ignore[arg-type]
)
entry(
    intensity.differentiable_pass,
    lambda c: intensity.differentiable_pass(c.checkpoint, c.batch).logits.detach(),
)
entry(intensity.intensity_of, lambda c: _intensity(c))
entry(explain.explain_groups, lambda c: explain.explain_groups(c.checkpoint, c.crop, 2))
entry(explain.explain_intensity, lambda c: explain.explain_intensity(c.checkpoint, c.crop, "joint"))
entry(
    explain.explain_attribution,
    lambda c: explain.explain_attribution(c.checkpoint, c.crop, "grad-cam", "happiness"),
)
entry(attribution.grad_cam, lambda c: attribution.grad_cam(c.checkpoint, c.batch[:1], 1))
entry(
    attribution.integrated_gradients,
    lambda c: attribution.integrated_gradients(c.checkpoint, c.batch[:1], 3, 1),
)
entry(
    attribution.occlusion,
    lambda c: attribution.occlusion(c.checkpoint, c.batch[:1], 4, 1),
)
entry(
    robustness.probability_curve,
    lambda c: robustness.probability_curve(
        c.baseline, c.crop, perturb.perturbations(48)["brightness"]
    ),
)
entry(
    robustness.accuracy_curve,
    lambda c: robustness.accuracy_curve(
        c.baseline, c.faces(), perturb.perturbations(48)["rotation"]
    ),
)
entry(
    consistency.consistency,
    lambda c: consistency.consistency([c.baseline], c.crop[None], whole_image=True),
)
entry(consistency.as_photo, lambda c: consistency.as_photo(c.crop))
entry(
    robustness.shared_faces,
    lambda c: robustness.shared_faces(c.faces(), [c.checkpoint, c.baseline]).labels,
)


def scoring_table(case: Case) -> Any:
    return case.checkpoint.table("faces")


def _distribution(case: Case) -> Any:
    shares = case.shares(case.n, case.classes)
    return shares / shares.sum(axis=1, keepdims=True)


def _named(case: Case) -> dict[str, float]:
    return dict(zip(case.names, _distribution(case)[0].tolist(), strict=True))


def _perturbed(case: Case) -> Any:
    settings = perturb.Settings()
    for kind in perturb.perturbations(48).values():
        at = kind.low + (kind.high - kind.low) * float(case.shares(1)[0])
        settings = settings.at(kind, at)
    images = case.images(channels=1 + 2 * (case.seed % 2))
    found = perturb.perturb(images, settings)
    assert found.shape == images.shape
    assert found.dtype == np.uint8
    return found


def _near(case: Case) -> Any:
    return neighbours.nearest(case.floats(case.n, 8), 2)


def _pictures(case: Case) -> pictures.Pictures:
    return pictures.pca_pictures(case.floats(case.n, 8), case.floats(case.n, 6))


def _history(case: Case) -> histories.History:
    return histories.over_seeds("A", [case.curve(), case.curve("two", 1)][: 1 + case.seed % 2])


def _published(case: Case) -> tuple[Path, Any]:
    folder = place() / f"published-{case.seed}-{case.n}-{case.kind}"
    folder.mkdir(exist_ok=True)
    case.curve().rows.reset_index().to_parquet(folder / "history.parquet")
    return folder, case.checkpoint.card


def _sweep(case: Case) -> Any:
    return sweep_table.sweep_table(_grid(), [case.run()])


def _codes(case: Case) -> list[Any]:
    with torch.inference_mode():
        return [case.checkpoint.codes(f, block) for block, f in enumerate(case.features)]


def _intensity(case: Case) -> Any:
    output = intensity.differentiable_pass(case.checkpoint, case.batch)
    found = groups.semantic_groups(case.checkpoint, tuple(f.detach() for f in output.features))
    target = torch.from_numpy(case.labels)
    return intensity.intensity_of(case.checkpoint, output, target, "cls", found)


def _faces_of(faces: Any) -> list[FacePrediction]:
    for face in faces:
        assert abs(sum(face.probabilities.values()) - 1) < 1e-6
    return list(faces)
