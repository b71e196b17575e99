"""What a run keeps of the validation faces after an epoch."""

import numpy as np

from clfer.analysis.outputs import Outputs
from clfer.training.predictions import load_predictions, save_predictions


def test_logits_come_back_to_the_bit_so_that_no_face_changes_its_expression(tmp_path):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(500, 8)).astype(np.float32).astype(np.float64)
    logits[:, 1] = np.nextafter(logits[:, 0].astype(np.float32), np.float32(9))  # nearly equal
    embedding = np.asfortranarray(rng.normal(size=(500, 3)).astype(np.float32))
    save_predictions(tmp_path / "0001.safetensors", Outputs(logits, embedding))
    kept, points = load_predictions(tmp_path / "0001.safetensors")
    assert np.array_equal(kept, logits)
    np.testing.assert_allclose(points, embedding, rtol=1e-3, atol=1e-6)
