"""SFEW 2.0 (Dhall et al., 2011): frames of films, seven expressions.

On disk ``Train/<Class>/…`` and ``Val/<Class>/…``, aligned faces or whole frames. Labels of the
official test images were never published: papers report the accuracy on ``Val``, which is called
``test`` here; ``valid`` is held out from ``Train``. Image names are paths below the root.
"""

import numpy as np

from clfer.data.archive import Tree
from clfer.data.images import is_image
from clfer.data.listing import Listing
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS, canonical_name

FOLDERS = {"train": "Train", "test": "Val"}
MARKERS = tuple(FOLDERS.values())
CLASS_FOLDERS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
EXPECTED = f"Train/ and Val/ with the folders {', '.join(CLASS_FOLDERS)} in each"
SIDE = 112
"""Height and width in pixels to which the central square of every image is resized."""


def classes(tree: Tree) -> tuple[str, ...]:
    """The seven basic expressions."""
    return BASIC_EXPRESSIONS


def splits(tree: Tree) -> tuple[str, ...]:
    """Splits that are on disk."""
    return tuple(split for split, folder in FOLDERS.items() if tree.find(folder))


def listing(tree: Tree, split: str, mode: str) -> Listing:
    """Images of a split; ``mode`` has no meaning here.

    Raises:
        DataError: a folder is none of the seven expressions, or there is no image.
    """
    top = tree.find(FOLDERS[split]) or FOLDERS[split]
    files = tuple(f for f in tree.files(top) if is_image(f) and f.count("/") >= 2)
    if not files:
        raise DataError(f"{top} in {tree.location} holds no images: expected {EXPECTED}.")
    named = {folder: canonical_name(folder) for folder in {f.split("/")[1] for f in files}}
    for folder, name in sorted(named.items()):
        if name not in BASIC_EXPRESSIONS:
            raise DataError(
                f"{top}/{folder} in {tree.location} is no expression of SFEW: expected "
                f"{', '.join(CLASS_FOLDERS)}."
            )
    labels = [BASIC_EXPRESSIONS.index(named[file.split("/")[1]]) for file in files]
    return Listing(files, files, np.array(labels, dtype=np.int64), tree.read, folder=top)
