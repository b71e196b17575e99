"""A property of every public function and network of ``clfer.models``."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from property_cases import SIDE, Case, place
from property_registry import PROPERTIES, entry

from clfer.errors import CheckpointError
from clfer.models import (
    card,
    checkpoint,
    complexity,
    device,
    files,
    foreign_tables,
    golden,
    imported,
    initialise,
    library,
    multiscale,
    network,
    onnx,
    preprocess,
    readme,
)

ELSEWHERE = {
    "models.foreign.from_uploads": "harden/test_harden_model_files.py",
    "models.foreign.from_archive": "harden/test_harden_model_files.py",
    "models.foreign.from_folder": "harden/test_harden_model_files.py",
    "models.imported.install": "harden/test_harden_model_files.py",
    "models.imported.origin": "models/test_imported_checkpoints.py",
    "models.imported.remove": "models/test_imported_checkpoints.py",
    "models.checkpoint.load_checkpoint": "harden/test_harden_model_files.py",
}
"""Functions that take files of others, which those tests damage in every way."""


def _network(case: Case) -> Any:
    images = case.batch
    found = case.checkpoint.network(images)
    shares = case.checkpoint.network.contributions(found)
    bias = case.checkpoint.network.classifier.bias.unsqueeze(0)
    torch.testing.assert_close(shares.sum(-1) + bias, found.logits, rtol=1e-4, atol=1e-4)
    one = case.checkpoint.network(images[:1]).logits
    torch.testing.assert_close(one, found.logits[:1], rtol=1e-3, atol=1e-4)
    return found.logits, found.embedding, found.attention


def _features(case: Case) -> list[torch.Tensor]:
    return [
        torch.from_numpy(case.floats(case.n, channels, side, side)).float()
        for channels, side in ((64, 8), (128, 4), (256, 2), (512, 1))
    ]


def _encoded(case: Case) -> Any:
    with torch.inference_mode():
        found = case.baseline.network.encoder(case.batch)
        again = case.baseline.network.encoder.from_first_block(found[0])
    assert [f.shape[1] for f in found] == [64, 128, 256, 512]
    assert all(torch.equal(a, b) for a, b in zip(found, again, strict=True))
    return found


def _fused(case: Case) -> Any:
    head = multiscale.MultiScaleHead(16, normalise=case.wide).eval()
    with torch.inference_mode():
        fused, weights, layers = head(tuple(_features(case)))
    assert ((weights >= 0) & (weights <= 1)).all()
    return fused, weights, layers


def _reshaped(case: Case) -> Any:
    with torch.inference_mode():
        return [
            multiscale.LayerReshaper(f.shape[1], 2**j, 8).eval()(f)
            for j, f in enumerate(_features(case))
        ]


def _preprocessed(case: Case) -> Any:
    grey = preprocess.Preprocess(side=SIDE, colour="grey", mean=0.5, std=0.25)
    found = grey(case.images(channels=1 + 2 * (case.seed % 2)))
    assert found.shape == (case.n, 3, SIDE, SIDE)
    assert torch.equal(found[:, 0], found[:, 2])
    return found


def _saved(case: Case) -> Any:
    model, folder = case.checkpoint, place() / f"saved-{case.kind}"
    arguments = (model.card, model.network, model.objective, model.references)
    checkpoint.save_checkpoint(folder, *arguments)
    again = checkpoint.load_checkpoint(folder)
    shutil.rmtree(folder)
    assert again.card == model.card
    return again.network(case.batch).logits


def _written(case: Case) -> bytes:
    path, content = place() / "written", bytes(case.images().tobytes())
    files.write_atomically(path, content)
    assert path.read_bytes() == content
    return content


def _folder_written(case: Case) -> list[str]:
    path = place() / "folder"
    files.write_folder_atomically(
        path, lambda into: (into / f"{case.n}").write_bytes(b"x") and None
    )
    assert [p.name for p in path.iterdir()] == [f"{case.n}"]
    return [p.name for p in path.iterdir()]


def _read_bounded(case: Case) -> int:
    path = place() / "bounded"
    path.write_bytes(bytes(case.n))
    return len(files.read_bounded(path, 5))


def _golden(case: Case) -> Any:
    return golden.make_golden(case.checkpoint.card, case.checkpoint.network)


def _checked(case: Case) -> None:
    model = case.checkpoint
    golden.check_golden(model.folder, model.card, model.network)
    classes = (*model.card.classes[1:], model.card.classes[0])
    swapped = model.card.model_copy(update={"classes": classes})
    with pytest.raises(CheckpointError, match="classes"):
        golden.check_golden(model.folder, swapped, model.network)


def _started(case: Case) -> None:
    model = network.FerNetwork.of(case.baseline.card.config, case.classes)
    initialise.initialise(model, str(case.baseline.folder))
    kept = case.baseline.network.encoder.state_dict()
    assert all(torch.equal(v, kept[k]) for k, v in model.encoder.state_dict().items())
    initialise.initialise(model, ("scratch", "nothing", "imagenet-21k", "")[case.n % 4])


def _readme(case: Case) -> str | None:
    folder = place() / "readme"
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_bytes(b"# Title\n" + case.rng.bytes(case.n) + b"\n![x](http://x)")
    found = readme.read_readme(folder)
    assert found is not None
    assert "![" not in found
    return found


def _export(case: Case) -> Any:
    return onnx.export_onnx(case.checkpoint, place() / "model.onnx").difference


def _session(case: Case) -> Any:
    path = place() / "session.onnx"
    if not path.exists():
        onnx.export_onnx(case.checkpoint, path)
    session = onnx.onnx_session(path.read_bytes(), 1)
    return session.run(None, {onnx.INPUT: case.batch.numpy()})


def _graph(case: Case) -> Any:
    with torch.inference_mode():
        return [onnx.InferenceGraph(m)(case.batch) for m in (case.checkpoint, case.baseline)]


def _device(case: Case) -> str:
    names = ("cpu", "auto", "tpu", "cuda:99", "", "cpu:x", "cuda:-1")
    return str(device.resolve_device(names[case.seed % len(names)]))


entry(card.read_card, lambda c: card.read_card(c.checkpoint.folder))
entry(checkpoint.save_checkpoint, _saved)
entry(
    complexity.inference_complexity,
    lambda c: complexity.inference_complexity(c.baseline.card.config, c.classes, SIDE),
)
entry(
    complexity.training_complexity,
    lambda c: complexity.training_complexity(c.checkpoint.card.config, c.classes, SIDE, batch=8),
)
_ARITHMETIC = ("auto", "32-true", "bf16-mixed", "64", "")
_WHERE = ("cpu", "meta")

entry(device.resolve_device, _device)
entry(device.processor_name, lambda c: device.processor_name())
entry(
    device.computes_in_bfloat16,
    lambda c: device.computes_in_bfloat16(torch.device(_WHERE[c.seed % 2])),
)
entry(
    device.resolve_precision,
    lambda c: device.resolve_precision(_ARITHMETIC[c.seed % 5], torch.device(_WHERE[c.seed % 2])),
)
entry(
    device.slow_precision,
    lambda c: device.slow_precision(_ARITHMETIC[c.seed % 5], torch.device(_WHERE[c.seed % 2])),
)
entry(
    device.check_precision,
    lambda c: device.check_precision(_ARITHMETIC[c.seed % 5]),
)
entry(files.write_atomically, _written)
entry(files.write_folder_atomically, _folder_written)
entry(files.read_bounded, _read_bounded)
entry(
    foreign_tables.check_tables,
    lambda c: foreign_tables.check_tables(c.checkpoint.folder, c.checkpoint.card),
)
entry(golden.golden_picture, lambda c: golden.golden_picture(16 + 8 * c.n))
entry(golden.make_golden, _golden)
entry(golden.read_golden, lambda c: golden.read_golden(c.checkpoint.folder))
entry(golden.has_golden, lambda c: golden.has_golden(c.checkpoint.folder))
entry(golden.check_golden, _checked)
entry(imported.is_imported, lambda c: imported.is_imported(Path("x" * c.n)))
entry(initialise.initialise, _started)
entry(
    initialise.starting_weights,
    lambda c: initialise.starting_weights(
        str(c.baseline.folder), c.baseline.card.config.model.stem
    ),
)
entry(library.list_checkpoints, lambda c: library.list_checkpoints())
entry(library.broken_checkpoints, lambda c: library.broken_checkpoints())
entry(library.find_checkpoint, lambda c: library.find_checkpoint("é\0/.." * (c.n % 4)))
entry(library.fingerprint, lambda c: library.fingerprint(c.checkpoint.folder))
entry(onnx.export_onnx, _export)
entry(onnx.metadata, lambda c: onnx.metadata(c.checkpoint))
entry(onnx.onnx_session, _session)
entry(preprocess.as_tensor, lambda c: preprocess.as_tensor(c.images()))
entry(preprocess.measure_pixels, lambda c: preprocess.measure_pixels(c.images()))
entry(readme.read_readme, _readme)
entry(readme.weights_licence, lambda c: readme.weights_licence(c.checkpoint.folder))

PROPERTIES |= {
    "models.network.FerNetwork": _network,
    "models.encoder.Encoder": _encoded,
    "models.multiscale.MultiScaleHead": _fused,
    "models.multiscale.LayerReshaper": _reshaped,
    "models.preprocess.Preprocess": _preprocessed,
    "models.onnx.InferenceGraph": _graph,
}
