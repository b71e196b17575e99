"""What a split consists of, before any image is opened."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

UNUSED = -1
"""Label of an image that the protocol of its data set leaves out."""


@dataclass(frozen=True)
class Listing:
    """Names, files and labels of one split.

    Attributes:
        names: Image names as the data set spells them, length N.
        files: Where :attr:`read` finds each image, length N.
        labels: int64 ``[N]``, indices into the classes, or :data:`UNUSED`.
        read: Encoded bytes of one of the files.
        targets: Optional soft labels, float32 ``[N, classes]``, rows summing to one where used.
        folder: Folder in which every image must be listed; ``None`` where there is no list.
        boxes: Optional face boxes int64 ``[N, 4]``: left, top, width, height in pixels.
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    labels: NDArray[np.int64]
    read: Callable[[str], bytes]
    targets: NDArray[np.float32] | None = None
    folder: str | None = None
    boxes: NDArray[np.int64] | None = None

    def subset(self, indices: NDArray[np.int64]) -> "Listing":
        """The images at ``indices``, in that order."""
        return replace(
            self,
            names=tuple(self.names[i] for i in indices),
            files=tuple(self.files[i] for i in indices),
            labels=self.labels[indices],
            targets=None if self.targets is None else self.targets[indices],
            boxes=None if self.boxes is None else self.boxes[indices],
        )

    def used(self) -> "Listing":
        """Only the images that the protocol keeps."""
        return self.subset(np.flatnonzero(self.labels != UNUSED))
