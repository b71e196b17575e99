"""The task "check": open every image of a data set, with progress."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from clfer.data.check import DataReport, Examination, examine_faces
from clfer.data.root import root_stamp
from clfer.work.request import Request
from clfer.work.tasks import Arguments, Arrays, Progress


def check_request(dataset: str, root: str | None) -> Request:
    """Ask for the examination of a data set as it lies on disk now.

    A changed file changes the request, so that an old result is never taken for a new one.

    Raises:
        DataError: the root does not exist or cannot be listed.
    """
    stamp = None if root is None else root_stamp(root)
    return Request("check", {"dataset": dataset, "root": root, "stamp": stamp})


def check(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; :func:`read` turns what it returns into an examination.

    Raises:
        DataError: there is no such data set, or its root is missing or laid out otherwise.
    """
    found = examine_faces(arguments["dataset"], arguments["root"], progress)
    report = found.report
    counts = [list(row.values()) for row in report.counts.values()]
    return {
        "dataset": _text([report.dataset, report.root or ""]),
        "classes": _text(report.classes),
        "counted": _text(report.counts),
        "counts": np.array(counts, dtype=np.int64).reshape(len(counts), len(report.classes)),
        "totals": np.array([report.images, report.duplicates, report.problems]),
        "problem": _text([report.first_problem or ""]),
        "splits": _text(found.splits),
        "names": _text(found.names),
        "labels": found.labels,
        "digests": _text(found.digests),
    }


def read(arrays: Arrays) -> Examination:
    """The result of the task as it was before it was stored."""
    classes = tuple(arrays["classes"].tolist())
    dataset, root = arrays["dataset"].tolist()
    images, duplicates, problems = arrays["totals"].tolist()
    report = DataReport(
        dataset,
        root or None,
        classes,
        {
            split: dict(zip(classes, row, strict=True))
            for split, row in zip(
                arrays["counted"].tolist(), arrays["counts"].tolist(), strict=True
            )
        },
        images,
        duplicates,
        problems,
        arrays["problem"].item() or None,
    )
    splits, names, digests = (tuple(arrays[key].tolist()) for key in ("splits", "names", "digests"))
    return Examination(report, splits, names, arrays["labels"], digests)


def _text(values: Iterable[str]) -> NDArray[np.str_]:
    return np.array(list(values), dtype=np.str_)
