"""The labels that SCN has changed, as a log of int64 rows: face, from, to, epoch.

The log is part of the state of a run; the labels of an epoch follow from it and the data set.
"""

import csv
import io

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clfer.data.faceset import FaceSet
from clfer.methods.labels import NO_LABEL
from clfer.spreadsheet import safe_cell


def no_changes() -> Tensor:
    """The log of a run that has relabelled nothing, ``[0, 4]``."""
    return torch.zeros(0, 4, dtype=torch.int64)


def current_labels(labels: NDArray[np.int64], log: Tensor) -> NDArray[np.int64]:
    """The labels of the training faces after all changes.

    Args:
        labels: Those of the data set, int64 ``[N]``.
        log: int64 ``[R, 4]``, in the order in which the changes were made.
    """
    found = labels.copy()
    # One by one, since a later change of the same face counts.
    for face, _, new, _ in log.tolist():
        found[face] = new
    return found


def extended(
    log: Tensor, labels: NDArray[np.int64], rows: Tensor, proposals: Tensor, epoch: int
) -> Tensor:
    """The log after an epoch, whose changes stand in the order of the faces.

    Args:
        log: int64 ``[R, 4]``.
        labels: Current labels of the training faces, int64 ``[N]``.
        rows: The faces served in the epoch, each once, int64 ``[M]``.
        proposals: The new label of each of them; -1 where it keeps its own, int64 ``[M]``.
        epoch: Counted from 1.
    """
    order = rows.argsort()
    rows, proposals = rows[order], proposals[order]
    changed = proposals != NO_LABEL
    faces, new = rows[changed], proposals[changed]
    old = torch.from_numpy(labels)[faces]
    return torch.cat((log, torch.stack((faces, old, new, torch.full_like(new, epoch)), dim=1)))


def changes_table(log: Tensor, faces: FaceSet) -> str:
    """The log as CSV: name of the face, names of the old and the new expression, epoch."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("name", "from", "to", "epoch"))
    for face, old, new, epoch in log.tolist():
        texts = (faces.names[face], faces.classes[old], faces.classes[new])
        table.writerow((*map(safe_cell, texts), epoch))
    return text.getvalue()
